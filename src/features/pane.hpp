#pragma once

#include <cstddef>
#include <span>

#include "base/time.hpp"
#include "features/aggregate.hpp"
#include "features/lanes.hpp"

namespace wayside::features {

/// The samples of one pane, added one after another in time order. What a run of samples adds up to
/// does not depend on how it is cut into calls of `add`.
///
/// Every sum is four sums: the sample with index i, in the order in which they are added, goes to
/// lane i mod 4. That is the definition, whatever a machine can do at once.
///
/// Sums are taken around the pane's first sample, in value and time: no power sum is then larger
/// than (n + 1) times the central moment it is turned into, so that little cancels.
class Pane {
 public:
  /// `start`: the pane's left end, which is not part of it.
  void open(Time start);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Time start() const { return start_; }
  /// `others`: the y of pairs (x, y), where that component is kept.
  void add(const Layout& layout, std::span<const Time> times, std::span<const double> values,
           std::span<const double> others = {});
  /// Writes the node of what was added. Must not be empty.
  void close(const Layout& layout, double* node) const;

 private:
  void begin(Components components, Time time, double value);
  void add_lane(Components components, Time time, double value);
  void add_fours(Components components, std::span<const Time> times,
                 std::span<const double> values);
  template <bool squares, bool cubes>
  void add_moments(std::span<const double> values);
  void add_sums(Components components, std::span<const double> values);
  void add_extremes(Components components, std::span<const double> values);
  void add_times(std::span<const Time> times, std::span<const double> values);
  void add_weighted(Duration half_life, std::span<const Time> times,
                    std::span<const double> values);
  void add_pairs(std::span<const double> values, std::span<const double> others);
  void close_moments(const Layout& layout, double* node) const;

  std::size_t count_ = 0;
  Time start_;
  Time origin_time_, first_time_, last_time_;
  double origin_ = 0, first_ = 0, last_ = 0;
  // Of these only what is kept is ever looked at; what is kept most often comes first.
  Lanes s1_, s1_low_, s2_;  // Σd, compensated, and Σd² with d = x − origin
  Lanes min_, max_;
  Lanes s3_, s4_;                 // Σd³, Σd⁴
  Lanes sum_, sum_low_, square_;  // Σx, compensated; Σx²
  Lanes peak_;
  Lanes u1_, u2_, ud_;  // Σu, Σu², Σud with u in seconds from origin_time
  // Σw and Σwx / Σw, w falling from 1 at the last sample, in time order; of the last step back.
  double weight_ = 0, weighted_ = 0, factor_ = 1;
  Time weighted_last_;
  Duration step_;
  // Pairs (x, y), one after another: Σe, compensated, Σe², Σde with e = y − y of the first.
  double origin_other_ = 0, e1_ = 0, e1_low_ = 0, e2_ = 0, de_ = 0;
};

}  // namespace wayside::features
