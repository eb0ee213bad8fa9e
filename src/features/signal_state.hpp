#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "features/program.hpp"
#include "features/reorder_buffer.hpp"
#include "features/tree_windows.hpp"

namespace wayside::features {

/// The last tick that was evaluated, and the next one to be due.
struct Ticks {
  Time last = Time::min();  ///< before the first: no sample is as old
  Time upcoming = Time::max();
};

/// A used signal of one asset: the samples that wait for their tick, and what its windows hold of
/// those before. Allocates only when made.
class SignalState {
 public:
  SignalState(const Plan::Program& program, const PlannedSource& planned);

  /// Whether there is room for another sample.
  [[nodiscard]] bool full() const { return waiting_.full(); }
  /// Adds the oldest quarter to the windows before its tick. As long as samples come in time order
  /// this changes no bit of any result.
  void make_room(const Ticks& ticks);
  /// A sample after the last tick; there must be room. False where it came too late to be put in
  /// order: it counts, but in another order of summation.
  bool take(Time time, double value, const Ticks& ticks);

  /// Writes what the windows give at the upcoming tick. May be repeated with the same result.
  void read(const Ticks& ticks, std::span<double> slots);
  /// The upcoming tick, which was read, is evaluated: its samples need not wait any longer.
  void pass();
  /// As `read`, before the tick is due. A sample that comes for it nevertheless takes the reading
  /// back; then, and where a full buffer forbids it, the tick is not read ahead (again): false.
  bool read_ahead(const Ticks& ticks, std::span<double> slots);
  /// Does what of the upcoming tick can be done while its samples are still to come.
  void join_ahead(const Ticks& ticks);

  /// The windows of the tick read last are empty and nothing younger was added.
  [[nodiscard]] bool quiet() const { return quiet_; }
  /// The oldest sample that waits.
  [[nodiscard]] std::optional<Time> next_sample() const;

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(const Plan::Program& program,
                                         const PlannedSource& planned);

 private:
  void add_first(std::size_t n);
  void take_back(const Ticks& ticks);
  /// Calls `f` with each of the states of the signal's windows, whatever its kind.
  template <class F>
  void each(F f) {
    for (TreeWindows& tree : trees_) f(tree);
  }

  ReorderBuffer waiting_;
  std::vector<TreeWindows> trees_;
  Time added_ = Time::min();  ///< samples up to here were added to the windows before their tick
  /// The tick that was read last. Until it is evaluated, the `taken_` samples that it was read from
  /// still wait.
  Time read_ = Time::min();
  std::size_t taken_ = 0;
  Time taken_back_ = Time::min();  ///< the tick that was read ahead in vain
  bool quiet_ = false;
};

}  // namespace wayside::features
