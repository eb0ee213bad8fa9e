#pragma once

#include <optional>
#include <vector>

#include "base/time.hpp"

namespace wayside::node {

struct Point {
  Time time;
  double value = 0;
};

/// The recent course of one number in little memory: of each bucket of event time its lowest and
/// its highest value, in a ring of buckets. Not thread-safe.
class RecentSeries {
 public:
  /// Memory is taken with the first value.
  RecentSeries(std::size_t buckets_max, Duration bucket);

  /// Values that are not finite, and those before the newest bucket, are left out.
  void add(Time time, double value);
  /// Appends the points with from <= time <= to, in the order of time.
  void collect(Time from, Time to, std::vector<Point>& out) const;
  [[nodiscard]] std::optional<Time> newest() const;

  static constexpr std::size_t bucket_bytes = 32;

 private:
  struct Bucket {
    Point low;
    Point high;
  };

  std::size_t buckets_max_;
  Duration bucket_;
  std::vector<Bucket> ring_;
  std::size_t next_ = 0;  ///< where the bucket after the newest goes, once the ring is full
};

/// At most `points_max` (>= 2) of `points`: of each part of the time they span the lowest and the
/// highest. Returns whether anything was left out.
bool reduce_points(std::vector<Point>& points, std::size_t points_max);

}  // namespace wayside::node
