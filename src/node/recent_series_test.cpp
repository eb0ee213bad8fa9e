#include "node/recent_series.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <algorithm>
#include <limits>

namespace wayside::node {
namespace {

Time ms(std::int64_t n) {
  return Time{} + milliseconds(n);
}

std::vector<double> values_of(const std::vector<Point>& points) {
  std::vector<double> out;
  for (const Point& point : points) out.push_back(point.value);
  return out;
}

TEST(RecentSeries, KeepsLowestAndHighestOfEachBucketInOrder) {
  RecentSeries series(10, seconds(1));
  for (const auto& [t, v] : std::vector<std::pair<int, double>>{
           {0, 5}, {100, 9}, {200, 1}, {900, 4}, {1000, 7}, {2500, 3}})
    series.add(ms(t), v);
  std::vector<Point> points;
  series.collect(Time::min(), Time::max(), points);
  EXPECT_EQ(values_of(points), (std::vector<double>{9, 1, 7, 3}));
  EXPECT_EQ(series.newest(), ms(2500));
  points.clear();
  series.collect(ms(150), ms(1000), points);
  EXPECT_EQ(values_of(points), (std::vector<double>{1, 7}));
}

TEST(RecentSeries, ForgetsTheOldestAndTakesOnlyNumbers) {
  RecentSeries series(3, seconds(1));
  for (int i = 0; i < 8; ++i) series.add(ms(i * 1000), i);
  series.add(ms(9000), std::numeric_limits<double>::quiet_NaN());
  series.add(ms(1000), 99);
  std::vector<Point> points;
  series.collect(Time::min(), Time::max(), points);
  EXPECT_EQ(values_of(points), (std::vector<double>{5, 6, 7}));
}

RC_GTEST_PROP(ReducePoints, KeepsTheExtremesAndTheLimit, (const std::vector<double>& raw)) {
  const auto limit = *rc::gen::inRange<std::size_t>(2, 50);
  std::vector<Point> points;
  for (std::size_t i = 0; i < raw.size(); ++i)
    points.push_back({ms(static_cast<std::int64_t>(i) * 10), raw[i]});
  const std::vector<Point> before = points;
  const bool reduced = reduce_points(points, limit);
  RC_ASSERT(reduced == (before.size() > limit));
  RC_ASSERT(points.size() <= limit);
  const auto by_value = [](const Point& a, const Point& b) { return a.value < b.value; };
  if (before.empty()) return;
  RC_ASSERT(std::max_element(points.begin(), points.end(), by_value)->value ==
            std::max_element(before.begin(), before.end(), by_value)->value);
  RC_ASSERT(std::min_element(points.begin(), points.end(), by_value)->value ==
            std::min_element(before.begin(), before.end(), by_value)->value);
  RC_ASSERT(std::is_sorted(points.begin(), points.end(),
                           [](const Point& a, const Point& b) { return a.time < b.time; }));
}

}  // namespace
}  // namespace wayside::node
