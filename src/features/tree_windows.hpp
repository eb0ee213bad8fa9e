#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/pane_tree.hpp"
#include "features/program.hpp"
#include "features/window_state.hpp"

namespace wayside::features {

/// The windows and lags that are read from one pane tree. See `WindowState`.
class TreeWindows {
 public:
  TreeWindows(const Plan::Program& program, const PlannedTree& planned);

  void add(std::span<const Time> times, std::span<const double> values,
           std::span<const double> others = {}) {
    tree_.add(times, values, others);
  }
  void add_straggler(Time time, double value) { tree_.add_straggler(time, value); }
  void restart(Time first) { tree_.restart(first); }
  void read(Time tick, Time since, std::span<double> slots);
  void join_ahead(Time tick);
  /// Has what `read` needs on its way from memory.
  void fetch(Time tick) const;
  void take_back(Time last, Time tick);
  [[nodiscard]] bool quiet(Time tick) const { return tree_.quiet(pane_at(tick)); }
  [[nodiscard]] bool mixed() const { return planned_->mixed; }
  [[nodiscard]] Time start_of_pane(Time sample) const {
    return planned_->shape.start_of(planned_->shape.pane_of(sample));
  }

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(const PlannedTree& planned);

 private:
  /// The first pane after `tick`, which is the end of one.
  [[nodiscard]] std::int64_t pane_at(Time tick) const { return tick.ns / planned_->shape.pane.ns; }
  [[nodiscard]] double* node_of(const PlannedWindow& window);
  void read_windows(Time tick, std::span<double> slots);
  void read_lags(Time tick, std::span<double> slots);

  const Plan::Program* program_;
  const PlannedTree* planned_;
  PaneTree tree_;
  std::vector<double> nodes_;               ///< of the windows
  std::vector<std::int64_t> joined_until_;  ///< pane up to which a window is joined ahead
  Time joined_ = Time::min();               ///< the tick of whose windows that was done
  Time since_ = Time::min();                ///< of the last `read`
};

}  // namespace wayside::features
