#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/bin_histogram.hpp"
#include "features/pane_bins.hpp"
#include "features/program.hpp"
#include "features/window_state.hpp"

namespace wayside::features {

/// The quantiles of one window of one signal: a histogram that panes enter and leave. See
/// `WindowState`.
class QuantileWindows {
 public:
  QuantileWindows(const Plan::Program& program, const PlannedQuantiles& planned);

  void add(std::span<const Time> times, std::span<const double> values);
  void add_straggler(Time time, double value) { add({&time, 1}, {&value, 1}); }
  void restart(Time first);
  /// The smallest and the largest of the window must stand in their slots.
  void read(Time tick, Time since, std::span<double> slots);
  void join_ahead(Time tick);
  void take_back(Time last, Time tick);
  [[nodiscard]] bool quiet(Time tick) const;
  [[nodiscard]] bool mixed() const { return planned_->mixed; }
  /// Panes whose samples fell into too many bins.
  [[nodiscard]] std::uint64_t coarsened() const { return panes_.coarsened(); }

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(const PlannedQuantiles& planned);

  /// The rank of a quantile among `n` numbers: the smallest k with k / n ≥ q, at least 1.
  [[nodiscard]] static std::uint32_t rank(double q, std::uint32_t n);

 private:
  /// The first pane after `tick`, which is the end of one.
  [[nodiscard]] std::int64_t pane_at(Time tick) const { return tick.ns / planned_->shape.pane.ns; }
  [[nodiscard]] std::int64_t pane_of(Time sample) const {
    return floor_to(sample - nanoseconds(1), planned_->shape.pane).ns / planned_->shape.pane.ns;
  }
  [[nodiscard]] double quantile(double q, double min, double max) const;
  void open(std::int64_t pane);
  void enter(std::int64_t pane);
  void leave(std::int64_t pane);
  void leave_until(std::int64_t begin);

  const Plan::Program* program_;
  const PlannedQuantiles* planned_;
  PaneBins panes_;
  BinHistogram histogram_;
  std::int64_t begin_;   ///< the panes from here on
  std::int64_t end_;     ///< until here are in the histogram
  std::int64_t newest_;  ///< newest pane that ever held a sample
};

}  // namespace wayside::features
