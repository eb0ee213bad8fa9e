#pragma once

#include <cstdint>
#include <map>

#include "base/time.hpp"

namespace wayside::hub {

/// One series' good samples in [start, start + every): how many, their sum, and the smallest, the
/// largest, the first and the last with their times. Of equal values the earliest is kept as
/// smallest and largest; of equal times the one that arrived first is `first`, the one that arrived
/// last is `last`. The mean is sum / count.
///
/// Two of them over different samples of the same interval add up to the one over all.
struct Interval {
  std::uint64_t count = 0;
  double sum = 0;
  double min = 0, max = 0, first = 0, last = 0;
  Time min_time, max_time, first_time, last_time;

  void add(Time time, double value) {
    add({1, value, value, value, value, value, time, time, time, time});
  }
  /// `later` holds samples that arrived after these.
  void add(const Interval& later);
  [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }

  friend bool operator==(const Interval&, const Interval&) = default;
};

/// Intervals by start.
using Intervals = std::map<Time, Interval>;

}  // namespace wayside::hub
