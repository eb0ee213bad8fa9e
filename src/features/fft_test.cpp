#include "features/fft.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <complex>
#include <vector>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

std::vector<Complex> any_signal(std::size_t n, Rng& rng) {
  std::vector<Complex> x(n);
  for (Complex& value : x) value = {rng.normal(), rng.normal()};
  return x;
}

/// By the definition, in long double.
std::vector<std::complex<long double>> plain(const std::vector<Complex>& x) {
  const std::size_t n = x.size();
  const long double step = 2 * std::acos(-1.0L) / static_cast<long double>(n);
  std::vector<std::complex<long double>> out(n);
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      out[k] += std::complex<long double>(x[i].re, x[i].im) *
                std::polar(1.0L, -step * static_cast<long double>(i * k % n));
  return out;
}

double energy(const std::vector<Complex>& x) {
  double sum = 0;
  for (const Complex& value : x) sum += value.re * value.re + value.im * value.im;
  return sum;
}

TEST(Fft, AgreesWithTheDefinitionAtEveryLength) {
  Rng rng(5);
  Fft fft(509);
  std::vector<std::size_t> lengths{64, 100, 121, 169, 210, 243, 256, 500, 509};
  for (std::size_t n = 1; n <= 60; ++n) lengths.push_back(n);
  for (const std::size_t n : lengths) {
    std::vector<Complex> x = any_signal(n, rng);
    const auto expected = plain(x);
    const double scale = std::sqrt(energy(x));
    fft.forward(x);
    for (std::size_t k = 0; k < n; ++k) {
      ASSERT_NEAR(x[k].re, static_cast<double>(expected[k].real()), 1e-14 * scale) << n;
      ASSERT_NEAR(x[k].im, static_cast<double>(expected[k].imag()), 1e-14 * scale) << n;
    }
  }
}

TEST(Fft, InverseGivesTheSignalBack) {
  Rng rng(6);
  Fft fft(5000);
  for (const std::size_t n : {1, 2, 37, 360, 1024, 2000, 4999}) {
    const std::vector<Complex> x = any_signal(n, rng);
    std::vector<Complex> y = x;
    fft.forward(y);
    // Parseval.
    ASSERT_NEAR(energy(y) / static_cast<double>(n), energy(x), 1e-12 * energy(x));
    fft.inverse(y);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_NEAR(y[i].re / static_cast<double>(n), x[i].re, 1e-13);
      ASSERT_NEAR(y[i].im / static_cast<double>(n), x[i].im, 1e-13);
    }
  }
}

TEST(Fft, BitsDoNotDependOnTheRoomNorOnFormerLengths) {
  Rng rng(7);
  Fft wide(3000);
  for (const std::size_t n : {97, 360, 1024}) {
    const std::vector<Complex> x = any_signal(n, rng);
    std::vector<Complex> a = x;
    std::vector<Complex> b = x;
    Fft narrow(n);
    narrow.forward(a);
    wide.forward(b);
    for (std::size_t k = 0; k < n; ++k) {
      ASSERT_EQ(a[k].re, b[k].re);
      ASSERT_EQ(a[k].im, b[k].im);
    }
  }
}

}  // namespace
}  // namespace wayside::features
