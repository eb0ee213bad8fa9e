#include "features/value_bin.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.hpp"
#include "features/bin_histogram.hpp"

namespace wayside::features {
namespace {

using Limits = std::numeric_limits<double>;

double any_double(Rng& rng) {
  const double x = std::bit_cast<double>(rng.below(0x7ff0000000000000ULL));
  return rng.below(2) == 0 ? x : -x;
}

TEST(ValueBin, TheMiddleIsWithinTheStatedError) {
  Rng rng(1);
  std::vector<double> values{
      Limits::denorm_min(), Limits::min(), Limits::max(), 1, -1, 0x1p-1070, 0x1p-1030, 90.5, -1e9};
  for (int i = 0; i < 100'000; ++i) values.push_back(any_double(rng));
  for (int octave = -1074; octave < -1015; ++octave)
    values.push_back(std::ldexp(1 + rng.uniform(), octave));
  for (const double x : values) {
    const std::uint32_t bin = ValueBin::of(x);
    ASSERT_LT(bin, ValueBin::count);
    const double middle = ValueBin::middle(bin);
    ASSERT_EQ(ValueBin::of(middle), bin) << x;
    ASSERT_LE(std::fabs(middle - x) / std::fabs(x), ValueBin::error_max) << x;
  }
  EXPECT_EQ(ValueBin::middle(ValueBin::of(0.0)), 0);
  EXPECT_EQ(ValueBin::of(-0.0), ValueBin::of(0.0));
}

TEST(ValueBin, BinsAreInTheOrderOfTheirNumbers) {
  Rng rng(2);
  for (int i = 0; i < 100'000; ++i) {
    const double a = any_double(rng);
    const double b = i % 2 == 0 ? any_double(rng) : a * rng.uniform(0.97, 1.03);
    if (!std::isfinite(b) || b == 0) continue;
    ASSERT_LE(ValueBin::of(std::min(a, b)), ValueBin::of(std::max(a, b)));
  }
}

TEST(ValueBin, CoarseBinsAreWithinTheirStatedErrorAndNest) {
  Rng rng(3);
  for (int i = 0; i < 50'000; ++i) {
    const double x = any_double(rng);
    const std::uint32_t bin = ValueBin::of(x);
    for (std::uint32_t level = 1; level <= ValueBin::level_max; ++level) {
      const std::uint32_t coarse = ValueBin::coarse(bin, level);
      ASSERT_LT(coarse, ValueBin::zero);
      ASSERT_EQ(ValueBin::coarse(coarse, level), coarse);
      ASSERT_EQ(ValueBin::coarse(ValueBin::coarse(bin, level - 1), level), coarse);
      if (level > 5 || std::fabs(x) < 0x1p-1000) continue;
      const double error = (std::ldexp(1.0, static_cast<int>(level) - 1) + 0.5) / 64;
      ASSERT_LE(std::fabs(ValueBin::middle(coarse) - x) / std::fabs(x), error) << x << " " << level;
    }
  }
  EXPECT_EQ(ValueBin::coarse(ValueBin::zero, 5), ValueBin::zero);
}

TEST(BinHistogram, FindsWhatASortedListFindsAndForgetsWithoutATrace) {
  Rng rng(4);
  BinHistogram histogram;
  std::vector<std::uint32_t> kept;
  for (int i = 0; i < 3000; ++i) {
    if (!kept.empty() && rng.below(3) == 0) {
      const auto at = kept.begin() + static_cast<std::ptrdiff_t>(rng.below(kept.size()));
      histogram.subtract(*at, 1);
      kept.erase(at);
    } else {
      const double x = rng.below(10) == 0 ? 0 : rng.below(4) == 0 ? any_double(rng) : rng.normal();
      kept.push_back(ValueBin::of(x));
      histogram.add(kept.back(), 1);
    }
    ASSERT_EQ(histogram.total(), kept.size());
    if (i % 10 != 0 || kept.empty()) continue;
    // Zero is the last bin by number, the middle one by value.
    const auto place = [](std::uint32_t bin) {
      return bin == ValueBin::zero ? ValueBin::positive - 0.5 : static_cast<double>(bin);
    };
    std::vector<std::uint32_t> sorted = kept;
    std::sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return place(a) < place(b); });
    for (const std::size_t rank :
         {std::size_t{1}, 1 + static_cast<std::size_t>(rng.below(sorted.size())), sorted.size()})
      ASSERT_EQ(histogram.find(static_cast<std::uint32_t>(rank)), sorted[rank - 1]);
  }
}

}  // namespace
}  // namespace wayside::features
