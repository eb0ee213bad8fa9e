#include "hub/store/downsample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wayside::hub {
namespace {

TEST(Interval, KeepsSpikesWithTheirTimes) {
  Interval interval;
  interval.add(Time{10}, 1);
  interval.add(Time{20}, 99);
  interval.add(Time{30}, -5);
  interval.add(Time{25}, 2);  // late
  EXPECT_EQ(interval, (Interval{4, 97, -5, 99, 1, -5, {30}, {20}, {10}, {30}}));
  EXPECT_EQ(interval.mean(), 24.25);
}

TEST(Interval, GoesByArrivalWhereTimesAreEqual) {
  Interval interval;
  for (const double value : {3.0, 1.0, 2.0}) interval.add(Time{10}, value);
  EXPECT_EQ(interval.first, 3);
  EXPECT_EQ(interval.last, 2);
}

/// Cut anywhere, the parts add up to the whole.
RC_GTEST_PROP(IntervalProperty, PartsAddUp, ()) {
  const auto samples = *rc::gen::container<std::vector<std::pair<std::int64_t, int>>>(
      rc::gen::pair(rc::gen::inRange<std::int64_t>(0, 50), rc::gen::inRange(-5, 6)));
  const auto cut = *rc::gen::inRange<std::size_t>(0, samples.size() + 1);
  Interval whole, parts[2];
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto [time, value] = samples[i];
    whole.add(Time{time}, value);
    parts[i < cut ? 0 : 1].add(Time{time}, value);
  }
  parts[0].add(parts[1]);
  RC_ASSERT(parts[0] == whole);
}

}  // namespace
}  // namespace wayside::hub
