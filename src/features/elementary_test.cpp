#include "features/elementary.hpp"

#include <gtest/gtest.h>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "base/rng.hpp"

namespace wayside::features::elementary {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tiny = std::numeric_limits<double>::denorm_min();

/// |x − exact| in units in the last place of `exact`.
double error_ulp(double x, long double exact) {
  const auto rounded = static_cast<double>(exact);
  const double next = std::nextafter(std::fabs(rounded), infinity);
  const long double unit = static_cast<long double>(next) - std::fabs(rounded);
  return static_cast<double>(std::fabs(x - exact) / unit);
}

double between(Rng& rng, double low, double high) {
  return low + (high - low) * (static_cast<double>(rng.below(1u << 30)) / (1u << 30)) +
         static_cast<double>(rng.below(1u << 30)) * 0x1p-60;
}

TEST(Elementary, ExpIsWithinOneUnitInTheLastPlace) {
  Rng rng(1);
  for (int i = 0; i < 200'000; ++i) {
    const double x = i % 2 == 0 ? between(rng, -745, 709.7) : between(rng, -2, 2);
    ASSERT_LE(error_ulp(exp(x), std::exp(static_cast<long double>(x))), 1) << x;
  }
  for (double x = 1; x > tiny; x /= 3) {
    ASSERT_LE(error_ulp(exp(x), std::exp(static_cast<long double>(x))), 1) << x;
    ASSERT_LE(error_ulp(exp(-x), std::exp(static_cast<long double>(-x))), 1) << -x;
  }
}

TEST(Elementary, Exp2IsWithinOneUnitInTheLastPlace) {
  Rng rng(2);
  for (int i = 0; i < 200'000; ++i) {
    const double x = i % 2 == 0 ? between(rng, -1074, 1023.9) : between(rng, -2, 2);
    ASSERT_LE(error_ulp(exp2(x), std::exp2(static_cast<long double>(x))), 1) << x;
  }
  for (double x = 1; x > tiny; x /= 3)
    ASSERT_LE(error_ulp(exp2(-x), std::exp2(static_cast<long double>(-x))), 1) << -x;
  for (int k = -1074; k <= 1023; ++k) ASSERT_EQ(exp2(k), std::ldexp(1.0, k));
}

TEST(Elementary, LogIsWithinOneUnitInTheLastPlace) {
  Rng rng(3);
  for (int i = 0; i < 200'000; ++i) {
    const double x = i % 2 == 0 ? std::bit_cast<double>(rng.below(0x7ff0000000000000ULL))
                                : between(rng, 0.25, 4);
    ASSERT_LE(error_ulp(log(x), std::log(static_cast<long double>(x))), 1) << x;
  }
  for (double step = 0.5; step > 0x1p-53; step /= 1.7)
    for (const double x : {1 + step, 1 - step})
      ASSERT_LE(error_ulp(log(x), std::log(static_cast<long double>(x))), 1) << x;
}

TEST(Elementary, SpecialValues) {
  EXPECT_EQ(exp(0), 1);
  EXPECT_EQ(exp(-0.0), 1);
  EXPECT_EQ(exp(infinity), infinity);
  EXPECT_EQ(exp(-infinity), 0);
  EXPECT_EQ(exp(709.9), infinity);
  EXPECT_EQ(exp(-1e300), 0);
  EXPECT_EQ(exp(tiny), 1);
  EXPECT_TRUE(std::isnan(exp(std::nan(""))));
  EXPECT_EQ(exp2(infinity), infinity);
  EXPECT_EQ(exp2(-infinity), 0);
  EXPECT_EQ(exp2(-1075), 0);
  EXPECT_EQ(exp2(tiny), 1);
  EXPECT_TRUE(std::isnan(exp2(std::nan(""))));
  EXPECT_EQ(log(1), 0);
  EXPECT_FALSE(std::signbit(log(1)));
  EXPECT_EQ(log(0.0), -infinity);
  EXPECT_EQ(log(-0.0), -infinity);
  EXPECT_EQ(log(infinity), infinity);
  EXPECT_TRUE(std::isnan(log(-1)));
  EXPECT_TRUE(std::isnan(log(-infinity)));
  EXPECT_TRUE(std::isnan(log(std::nan(""))));
}

/// The bits that every machine gives.
TEST(Elementary, Bits) {
  EXPECT_EQ(exp(1), 0x1.5bf0a8b145769p+1);
  EXPECT_EQ(exp(-20.5), 0x1.57a3afeed00abp-30);
  EXPECT_EQ(exp2(0.1), 0x1.125fbee250664p+0);
  EXPECT_EQ(log(10), 0x1.26bb1bbb55516p+1);
  EXPECT_EQ(log(0.7), -0x1.6d3c324e13f5p-2);
}

TEST(Elementary, TurnsAreWithinOneUnitInTheLastPlace) {
  const long double full = 2 * std::acos(-1.0L);
  for (const std::uint64_t whole : {1, 2, 3, 7, 8, 360, 1000, 1024, 65537}) {
    for (std::uint64_t part = 0; part < whole; part += 1 + whole / 2000) {
      const Turn found = turn(part, whole);
      // The reference turns by less than an eighth and then by whole quarters, which is exact.
      const auto quarters = static_cast<std::int64_t>((8 * part + whole) / (2 * whole));
      const auto rest =
          static_cast<std::int64_t>(4 * part) - quarters * static_cast<std::int64_t>(whole);
      const long double angle = full * rest / (4 * static_cast<long double>(whole));
      long double cosine = std::cos(angle);
      long double sine = std::sin(angle);
      for (std::int64_t i = 0; i < quarters; ++i) cosine = std::exchange(sine, cosine) * -1;
      ASSERT_LE(error_ulp(found.cosine, cosine), 1) << part << "/" << whole;
      ASSERT_LE(error_ulp(found.sine, sine), 1) << part << "/" << whole;
    }
  }
  EXPECT_EQ(turn(0, 4).cosine, 1);
  EXPECT_EQ(turn(1, 4).cosine, 0);
  EXPECT_EQ(turn(1, 4).sine, 1);
  EXPECT_EQ(turn(2, 4).cosine, -1);
  EXPECT_EQ(turn(2, 4).sine, 0);
  EXPECT_EQ(turn(3, 4).sine, -1);
  EXPECT_EQ(turn(1, 8).cosine, turn(1, 8).sine);
}

}  // namespace
}  // namespace wayside::features::elementary
