#pragma once

#include <cstddef>
#include <vector>

#include "base/time.hpp"

namespace wayside::hub {

/// Which of `count` equal stretches of [from, to] a time in it falls into.
[[nodiscard]] std::size_t stretch_of(Time time, Time from, Time to, std::size_t count);

/// Thins one series to at most `points` values while it is read, in any order and without holding
/// it all: the range is cut into points / 2 buckets, and each keeps its smallest and its largest
/// value with their times, so that no spike is averaged away. A bucket with times but no value
/// keeps one NaN, so that a hole stays visible. A series that has no more than `points` values is
/// kept whole.
class Reducer {
 public:
  /// `points` 0: keep everything. Times outside [from, to] must not be added.
  Reducer(Time from, Time to, std::size_t points);
  void add(Time time, double value);
  [[nodiscard]] std::size_t size() const { return seen_; }

  struct Output {
    std::vector<Time> times;
    std::vector<double> values;
    bool reduced = false;
  };
  /// Ordered by time; equal times in the order they were added.
  [[nodiscard]] Output finish() &&;

 private:
  struct Point {
    Time time;
    double value;
  };
  struct Bucket {
    Point low{}, high{};
    bool any = false, any_value = false;
  };
  void put(const Point& point);

  Time from_;
  Time to_;
  std::size_t points_;
  std::size_t seen_ = 0;
  std::vector<Point> raw_;
  std::vector<Bucket> buckets_;
};

}  // namespace wayside::hub
