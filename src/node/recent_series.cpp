#include "node/recent_series.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::node {

RecentSeries::RecentSeries(std::size_t buckets_max, Duration bucket)
    : buckets_max_(buckets_max), bucket_(bucket) {}

void RecentSeries::add(Time time, double value) {
  if (!std::isfinite(value)) return;
  const Point point{time, value};
  if (!ring_.empty()) {
    Bucket& newest = ring_[(next_ + ring_.size() - 1) % ring_.size()];
    const Time begin = floor_to(newest.low.time, bucket_);
    if (time < begin) return;
    if (time < begin + bucket_) {
      if (value < newest.low.value) newest.low = point;
      // Equal values move on, so that the newest time shows.
      if (value >= newest.high.value) newest.high = point;
      return;
    }
  }
  if (ring_.size() < buckets_max_) {
    if (ring_.empty()) ring_.reserve(buckets_max_);
    ring_.push_back({point, point});
    return;
  }
  ring_[next_] = {point, point};
  next_ = (next_ + 1) % ring_.size();
}

void RecentSeries::collect(Time from, Time to, std::vector<Point>& out) const {
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    const Bucket& bucket = ring_[(next_ + i) % ring_.size()];
    const bool low_first = bucket.low.time < bucket.high.time;
    const Point& first = low_first ? bucket.low : bucket.high;
    const Point& second = low_first ? bucket.high : bucket.low;
    if (first.time >= from && first.time <= to) out.push_back(first);
    if (second.time != first.time && second.time >= from && second.time <= to)
      out.push_back(second);
  }
}

std::optional<Time> RecentSeries::newest() const {
  if (ring_.empty()) return std::nullopt;
  const Bucket& bucket = ring_[(next_ + ring_.size() - 1) % ring_.size()];
  return std::max(bucket.low.time, bucket.high.time);
}

bool reduce_points(std::vector<Point>& points, std::size_t points_max) {
  if (points.size() <= points_max) return false;
  const std::size_t parts = std::max<std::size_t>(points_max / 2, 1);
  const Time begin = points.front().time;
  const double span = std::max((points.back().time - begin).seconds(), 1e-9);
  std::vector<Point> out;
  std::size_t i = 0;
  while (i < points.size()) {
    const auto part_of = [&](const Point& p) {
      const auto part =
          static_cast<std::size_t>((p.time - begin).seconds() / span * static_cast<double>(parts));
      return std::min(part, parts - 1);
    };
    const std::size_t part = part_of(points[i]);
    std::size_t low = i;
    std::size_t high = i;
    for (; i < points.size() && part_of(points[i]) == part; ++i) {
      if (points[i].value < points[low].value) low = i;
      if (points[i].value > points[high].value) high = i;
    }
    out.push_back(points[std::min(low, high)]);
    if (low != high) out.push_back(points[std::max(low, high)]);
  }
  points = std::move(out);
  return true;
}

}  // namespace wayside::node
