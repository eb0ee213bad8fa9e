#pragma once

#include <cstddef>
#include <vector>

#include "base/result.hpp"
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
  /// At most so many values are in memory and come out of it.
  [[nodiscard]] std::size_t held() const {
    return buckets_.empty() ? raw_.size() : 2 * buckets_.size();
  }

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

/// Bounds what all series of one answer hold together.
class SeriesTotal {
 public:
  explicit SeriesTotal(std::size_t values_max) : values_max_(values_max) {}
  /// Nothing more is added once there are too many.
  void add(Reducer& series, Time time, double value) {
    if (held_ > values_max_) return;
    const std::size_t before = series.held();
    series.add(time, value);
    held_ = held_ - before + series.held();
  }
  /// One that was read without it.
  void add(const Reducer& series) { held_ += series.held(); }
  /// Errors: `full`.
  [[nodiscard]] Status status() const;

 private:
  std::size_t values_max_;
  std::size_t held_ = 0;
};

}  // namespace wayside::hub
