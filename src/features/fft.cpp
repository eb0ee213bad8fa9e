#include "features/fft.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "features/elementary.hpp"

namespace wayside::features {
namespace {

Complex operator+(Complex a, Complex b) {
  return {a.re + b.re, a.im + b.im};
}
Complex operator-(Complex a, Complex b) {
  return {a.re - b.re, a.im - b.im};
}
Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
Complex operator*(double a, Complex b) {
  return {a * b.re, a * b.im};
}
Complex conjugate(Complex a) {
  return {a.re, -a.im};
}
/// −i · a.
Complex quarter_back(Complex a) {
  return {a.im, -a.re};
}

/// The factor to take out of `n` next: 4 before 2; 0 where only primes above the largest are left.
std::size_t factor_of(std::size_t n) {
  for (const std::size_t p : {4, 2, 3, 5, 7, 11, 13})
    if (n % p == 0) return p;
  return 0;
}

bool is_smooth(std::size_t n) {
  while (n > 1) {
    const std::size_t p = factor_of(n);
    if (p == 0) return false;
    n /= p;
  }
  return true;
}

/// The shortest smooth length that holds the linear convolution Bluestein's needs.
std::size_t convolution_length(std::size_t n) {
  std::size_t m = 2 * n - 1;
  while (!is_smooth(m)) ++m;
  return m;
}

/// One pass of Stockham's algorithm: in turn r of `n` / p, p numbers that stand n / p apart are
/// transformed, turned by r / n, and put side by side. `stride` independent sequences interleave.
struct Pass {
  std::span<const Complex> from;
  std::span<Complex> to;
  std::span<const Complex> roots;  ///< of the whole transform
  std::size_t n;
  std::size_t stride;

  [[nodiscard]] Complex root(std::size_t r, std::size_t k) const { return roots[r * k * stride]; }
};

void pass2(const Pass& p) {
  const std::size_t half = p.n / 2;
  for (std::size_t r = 0; r < half; ++r) {
    const Complex w = p.root(r, 1);
    const Complex* from = &p.from[p.stride * r];
    Complex* to = &p.to[p.stride * 2 * r];
    for (std::size_t c = 0; c < p.stride; ++c) {
      const Complex a = from[c];
      const Complex b = from[c + p.stride * half];
      to[c] = a + b;
      to[c + p.stride] = (a - b) * w;
    }
  }
}

void pass3(const Pass& p) {
  const std::size_t third = p.n / 3;
  constexpr double sine = 0x1.bb67ae8584caap-1;  // √3 / 2
  for (std::size_t r = 0; r < third; ++r) {
    const Complex w1 = p.root(r, 1);
    const Complex w2 = p.root(r, 2);
    const Complex* from = &p.from[p.stride * r];
    Complex* to = &p.to[p.stride * 3 * r];
    for (std::size_t c = 0; c < p.stride; ++c) {
      const Complex a = from[c];
      const Complex b = from[c + p.stride * third];
      const Complex d = from[c + p.stride * 2 * third];
      const Complex sum = b + d;
      const Complex middle = a - 0.5 * sum;
      const Complex side = sine * quarter_back(b - d);
      to[c] = a + sum;
      to[c + p.stride] = (middle + side) * w1;
      to[c + p.stride * 2] = (middle - side) * w2;
    }
  }
}

void pass4(const Pass& p) {
  const std::size_t quarter = p.n / 4;
  for (std::size_t r = 0; r < quarter; ++r) {
    const Complex w1 = p.root(r, 1);
    const Complex w2 = p.root(r, 2);
    const Complex w3 = p.root(r, 3);
    const Complex* from = &p.from[p.stride * r];
    Complex* to = &p.to[p.stride * 4 * r];
    for (std::size_t c = 0; c < p.stride; ++c) {
      const Complex a = from[c];
      const Complex b = from[c + p.stride * quarter];
      const Complex d = from[c + p.stride * 2 * quarter];
      const Complex e = from[c + p.stride * 3 * quarter];
      const Complex even = a + d;
      const Complex odd = a - d;
      const Complex sum = b + e;
      const Complex side = quarter_back(b - e);
      to[c] = even + sum;
      to[c + p.stride] = (odd + side) * w1;
      to[c + p.stride * 2] = (even - sum) * w2;
      to[c + p.stride * 3] = (odd - side) * w3;
    }
  }
}

/// Any prime, by its definition; pairs k and p − k share their products.
void pass_prime(const Pass& p, std::size_t prime) {
  const std::size_t part = p.n / prime;
  const std::size_t step = p.roots.size() / prime;
  for (std::size_t r = 0; r < part; ++r) {
    for (std::size_t c = 0; c < p.stride; ++c) {
      const Complex* from = &p.from[c + p.stride * r];
      Complex* to = &p.to[c + p.stride * prime * r];
      const std::size_t apart = p.stride * part;
      Complex total = from[0];
      for (std::size_t q = 1; q < prime; ++q) total = total + from[q * apart];
      to[0] = total;
      for (std::size_t k = 1; k <= prime / 2; ++k) {
        Complex even = from[0];
        Complex odd{0, 0};
        for (std::size_t q = 1; q <= prime / 2; ++q) {
          const Complex a = from[q * apart];
          const Complex b = from[(prime - q) * apart];
          const Complex w = p.roots[q * k % prime * step];
          even = even + w.re * (a + b);
          odd = odd + w.im * (a - b);
        }
        const Complex turned = -1.0 * quarter_back(odd);
        to[k * p.stride] = (even + turned) * p.root(r, k);
        to[(prime - k) * p.stride] = (even - turned) * p.root(r, prime - k);
      }
    }
  }
}

}  // namespace

Fft::Fft(std::size_t points_max)
    : points_max_(points_max),
      roots_(convolution_length(points_max)),
      scratch_(convolution_length(points_max)),
      chirp_(points_max),
      chirp_spectrum_(convolution_length(points_max)),
      padded_(convolution_length(points_max)) {
  WAYSIDE_ASSERT(points_max >= 1 && points_max <= points_limit, "a length that can be transformed");
}

std::size_t Fft::bytes(std::size_t points_max) {
  return sizeof(Fft) + (4 * convolution_length(points_max) + points_max) * sizeof(Complex);
}

void Fft::fill_roots(std::size_t n) {
  if (roots_n_ == n) return;
  roots_n_ = n;
  for (std::size_t k = 0; k < n; ++k) {
    const elementary::Turn turn = elementary::turn(k, n);
    roots_[k] = {turn.cosine, -turn.sine};
  }
}

void Fft::prepare(std::size_t n) {
  WAYSIDE_ASSERT(n >= 1 && n <= points_max_, "no longer than what room was made for");
  if (prepared_ == n) return;
  prepared_ = n;
  convolved_ = is_smooth(n) ? 0 : convolution_length(n);
  fill_roots(convolved_ == 0 ? n : convolved_);
  if (convolved_ != 0) prepare_convolution(n);
}

void Fft::prepare_convolution(std::size_t n) {
  std::fill_n(&chirp_spectrum_[0], convolved_, Complex{0, 0});
  // k² modulo 2 n, from each k to the next.
  std::size_t square = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const elementary::Turn turn = elementary::turn(square, 2 * n);
    chirp_[k] = {turn.cosine, -turn.sine};
    chirp_spectrum_[k] = conjugate(chirp_[k]);
    if (k > 0) chirp_spectrum_[convolved_ - k] = conjugate(chirp_[k]);
    square = (square + 2 * k + 1) % (2 * n);
  }
  smooth(chirp_spectrum_.first(convolved_));
}

void Fft::forward(std::span<Complex> x) {
  prepare(x.size());
  if (convolved_ == 0)
    smooth(x);
  else
    convolve(x);
}

void Fft::inverse(std::span<Complex> x) {
  for (Complex& value : x) std::swap(value.re, value.im);
  forward(x);
  for (Complex& value : x) std::swap(value.re, value.im);
}

void Fft::smooth(std::span<Complex> x) {
  Pass pass{x, scratch_.first(x.size()), roots_.first(x.size()), x.size(), 1};
  std::span<Complex> back = x;
  while (pass.n > 1) {
    const std::size_t p = factor_of(pass.n);
    if (p == 2)
      pass2(pass);
    else if (p == 3)
      pass3(pass);
    else if (p == 4)
      pass4(pass);
    else
      pass_prime(pass, p);
    pass.n /= p;
    pass.stride *= p;
    pass.from = std::exchange(pass.to, back);
    back = scratch_.first(x.size()).data() == back.data() ? x : scratch_.first(x.size());
  }
  if (pass.from.data() != x.data()) std::copy(pass.from.begin(), pass.from.end(), x.begin());
}

void Fft::convolve(std::span<Complex> x) {
  const std::size_t n = x.size();
  const std::span<Complex> padded = padded_.first(convolved_);
  std::fill(padded.begin(), padded.end(), Complex{0, 0});
  for (std::size_t k = 0; k < n; ++k) padded[k] = x[k] * chirp_[k];
  smooth(padded);
  // The inverse by the conjugate of the forward transform of the conjugate.
  for (std::size_t k = 0; k < convolved_; ++k)
    padded[k] = conjugate(padded[k] * chirp_spectrum_[k]);
  smooth(padded);
  const double scale = 1 / static_cast<double>(convolved_);
  for (std::size_t k = 0; k < n; ++k) x[k] = scale * conjugate(padded[k]) * chirp_[k];
}

}  // namespace wayside::features
