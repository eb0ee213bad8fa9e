#include "hub/store/reducer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::hub {
namespace {

constexpr Time from{1'000'000};
constexpr Time to{2'000'000};

TEST(Reducer, KeepsShortSeriesWholeAndInOrder) {
  Reducer reducer(from, to, 4);
  reducer.add({1'500'000}, 2);
  reducer.add({1'200'000}, 1);
  reducer.add({1'200'000}, 9);
  const auto out = std::move(reducer).finish();
  EXPECT_FALSE(out.reduced);
  EXPECT_EQ(out.values, (std::vector<double>{1, 9, 2}));
}

TEST(Reducer, KeepsAHoleVisible) {
  Reducer reducer(from, to, 4);
  for (int i = 0; i < 10; ++i) reducer.add({1'000'000 + i}, i);
  reducer.add({1'900'000}, std::numeric_limits<double>::quiet_NaN());
  const auto out = std::move(reducer).finish();
  ASSERT_EQ(out.values.size(), 3u);
  EXPECT_EQ(out.values[0], 0);
  EXPECT_EQ(out.values[1], 9);
  EXPECT_TRUE(std::isnan(out.values[2]));
}

TEST(Reducer, SurvivesTheLargestRange) {
  Reducer reducer(Time::min(), Time::max(), 2);
  reducer.add(Time::min(), 1);
  reducer.add(Time::max(), 2);
  reducer.add({0}, 3);
  const auto out = std::move(reducer).finish();
  EXPECT_EQ(out.values, (std::vector<double>{1, 3}));
}

RC_GTEST_PROP(Reducer, KeepsExtremesAndItsLimit, ()) {
  const auto points = static_cast<std::size_t>(*rc::gen::inRange(2, 50));
  const auto offsets =
      *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1'000'001));
  Reducer reducer(from, to, points);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const double value = std::sin(static_cast<double>(i * i));
    reducer.add({from.ns + offsets[i]}, value);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const auto out = std::move(reducer).finish();
  RC_ASSERT(out.values.size() <= std::max(points, std::size_t{2}));
  RC_ASSERT(out.times.size() == out.values.size());
  RC_ASSERT(std::is_sorted(out.times.begin(), out.times.end()));
  RC_ASSERT(out.reduced == (offsets.size() > points));
  if (offsets.empty()) return;
  RC_ASSERT(*std::min_element(out.values.begin(), out.values.end()) == low);
  RC_ASSERT(*std::max_element(out.values.begin(), out.values.end()) == high);
}

}  // namespace
}  // namespace wayside::hub
