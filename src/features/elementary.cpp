#include "features/elementary.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/assert.hpp"

namespace wayside::features::elementary {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// ln 2 as a sum. The upper part of the first pair ends in zeros, so that its product with an
// exponent is exact.
constexpr double ln2_upper = 0x1.62e42feep-1;
constexpr double ln2_lower = 0x1.a39ef35793c76p-33;
constexpr double ln2 = 0x1.62e42fefa39efp-1;
constexpr double ln2_rest = 0x1.abc9e3b39803fp-56;

/// A number as high + low, |low| at most half a unit in the last place of high.
struct Double2 {
  double high = 0;
  double low = 0;
};

/// a + b without error. Knuth, The Art of Computer Programming, volume 2, 4.2.2.
Double2 sum_of(double a, double b) {
  const double high = a + b;
  const double back = high - a;
  return {high, (a - (high - back)) + (b - back)};
}

/// a · b without error, unless it underflows. Dekker, Numerische Mathematik 18 (1971).
Double2 product_of(double a, double b) {
  constexpr double splitter = 0x1p27 + 1;
  const double ca = splitter * a;
  const double cb = splitter * b;
  const double a1 = ca - (ca - a);
  const double b1 = cb - (cb - b);
  const double a2 = a - a1;
  const double b2 = b - b1;
  const double high = a * b;
  return {high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
}

/// 1 / n! for n from 2 on: the Taylor series of e^x after 1 + x.
constexpr std::array<double, 12> inverse_factorials = [] {
  std::array<double, 12> values{};
  double factorial = 1;
  for (std::size_t n = 2; n < values.size() + 2; ++n) {
    factorial *= static_cast<double>(n);
    values[n - 2] = 1 / factorial;
  }
  return values;
}();

/// 1 / ((n − 1) n) for n = 2 i + 3, the steps of the sine's series, and 2 i + 4, the cosine's.
constexpr std::array<std::array<double, 2>, 9> turn_steps = [] {
  std::array<std::array<double, 2>, 9> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double n = 2.0 * static_cast<double>(i) + 3;
    values[i] = {1 / ((n - 1) * n), 1 / (n * (n + 1))};
  }
  return values;
}();

/// 1 / (2 i + 3): the series of artanh s / s after 1.
constexpr std::array<double, 12> odd_reciprocals = [] {
  std::array<double, 12> values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 1 / (2.0 * static_cast<double>(i) + 3);
  return values;
}();

/// e^r · 2^k for |r.high| up to ln 2 / 2 and a little more.
double scaled_exp(Double2 r, int k) {
  double tail = 0;
  for (std::size_t i = inverse_factorials.size(); i-- > 0;)
    tail = tail * r.high + inverse_factorials[i];
  tail = tail * (r.high * r.high);
  const Double2 one = sum_of(1, r.high);
  // The part of r that was cut off moves e^r by e^r · low, for which 1 + r is close enough.
  const double value = one.high + (one.low + (tail + r.low * one.high));
  if (k > -1000 && k < 1000)
    return value * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52);
  // In two steps beyond what one power of two holds; a subnormal is rounded once, in the second.
  const int half = k / 2;
  return value * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + half) << 52) *
         std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k - half) << 52);
}

}  // namespace

double exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 710) return infinity;
  if (x < -746) return 0;
  const double k = std::floor(x * (1 / ln2) + 0.5);
  const double rough = x - k * ln2_upper;
  const double rest = k * ln2_lower;
  const double high = rough - rest;
  return scaled_exp({high, (rough - high) - rest}, static_cast<int>(k));
}

double exp2(double x) {
  if (std::isnan(x)) return x;
  if (x >= 1024) return infinity;
  if (x < -1076) return 0;
  const double k = std::floor(x + 0.5);
  const double part = x - k;
  // Below, the split of a product without error would underflow; nothing but 1 comes out.
  if (std::fabs(part) < 0x1p-60) return scaled_exp({}, static_cast<int>(k));
  Double2 r = product_of(part, ln2);
  r.low += part * ln2_rest;
  return scaled_exp(r, static_cast<int>(k));
}

double log(double x) {
  if (std::isnan(x)) return x;
  if (x < 0) return nan_value;
  if (x == 0) return -infinity;
  if (std::isinf(x)) return x;
  int k = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    k = -54;
  }
  // x = 2^k · m with m between √½ and √2.
  const auto bits = std::bit_cast<std::uint64_t>(x);
  k += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 0x1.6a09e667f3bcdp+0) {
    m /= 2;
    ++k;
  }
  // log m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …) with s = (m − 1) / (m + 1).
  const double above = m - 1;
  const Double2 below = sum_of(m, 1);
  const double s = above / below.high;
  const Double2 back = product_of(s, below.high);
  const double s_low = (((above - back.high) - back.low) - s * below.low) / below.high;
  const double square = s * s;
  double series = 0;
  for (std::size_t i = odd_reciprocals.size(); i-- > 0;)
    series = series * square + odd_reciprocals[i];
  const double tail = 2 * (s_low + s * square * series);
  const Double2 sum = sum_of(k * ln2_upper, 2 * s);
  return sum.high + (sum.low + (tail + k * ln2_lower));
}

namespace {

/// Of an angle from 0 to π / 4.
Turn small_turn(Double2 angle) {
  const double square = angle.high * angle.high;
  // sin x / x − 1 and (1 − cos x) / (x² / 2) − 1.
  double sine = 0;
  double cosine = 0;
  for (std::size_t i = turn_steps.size(); i-- > 0;) {
    sine = -(1 + sine) * square * turn_steps[i][0];
    cosine = -(1 + cosine) * square * turn_steps[i][1];
  }
  const double half = 0.5 * square;
  const Double2 one = sum_of(1, -half);
  const Double2 exact = product_of(angle.high, angle.high);
  return {one.high + (one.low - 0.5 * exact.low - half * cosine - angle.high * angle.low),
          angle.high + (angle.high * sine + angle.low * (1 - half))};
}

}  // namespace

Turn turn(std::uint64_t part, std::uint64_t whole) {
  WAYSIDE_ASSERT(part < whole && whole <= std::uint64_t{1} << 48, "a part of a full turn");
  // Whole eighths first, exactly; odd ones count back from the next.
  const std::uint64_t eighth = 8 * part / whole;
  std::uint64_t rest = 8 * part - eighth * whole;
  if (eighth % 2 == 1) rest = whole - rest;
  // rest / whole · π / 4, both factors as sums.
  const double quotient = static_cast<double>(rest) / static_cast<double>(whole);
  const Double2 back = product_of(quotient, static_cast<double>(whole));
  const double quotient_low =
      ((static_cast<double>(rest) - back.high) - back.low) / static_cast<double>(whole);
  constexpr Double2 quarter{0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55};
  Double2 angle = product_of(quotient, quarter.high);
  angle.low += quotient * quarter.low + quotient_low * quarter.high;
  const Turn small = small_turn(angle);
  switch (eighth) {
    case 0:
      return small;
    case 1:
      return {small.sine, small.cosine};
    case 2:
      return {-small.sine, small.cosine};
    case 3:
      return {-small.cosine, small.sine};
    case 4:
      return {-small.cosine, -small.sine};
    case 5:
      return {-small.sine, -small.cosine};
    case 6:
      return {small.sine, -small.cosine};
    default:
      return {small.cosine, -small.sine};
  }
}

}  // namespace wayside::features::elementary
