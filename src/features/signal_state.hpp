#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "features/pair_windows.hpp"
#include "features/program.hpp"
#include "features/quantile_windows.hpp"
#include "features/reorder_buffer.hpp"
#include "features/tree_windows.hpp"
#include "features/waveform_window.hpp"

namespace wayside::features {

/// The last tick that was evaluated, and the next one to be due.
struct Ticks {
  Time last = Time::min();  ///< before the first: no sample is as old
  Time upcoming = Time::max();
};

/// A used signal of one asset: the samples that wait for their tick, and what its windows hold of
/// those before. Allocates only when made.
class alignas(64) SignalState {
 public:
  /// `pairs`: those of the program; they must stay where they are.
  SignalState(const Plan::Program& program, std::size_t source, std::span<PairWindows> pairs);

  /// Whether there is room for another sample.
  [[nodiscard]] bool full() const { return waiting_.full(); }
  /// Adds the oldest quarter to the windows before its tick. As long as samples come in time order
  /// this changes no bit of any result.
  void make_room(const Ticks& ticks);
  /// A sample after the last tick; there must be room. False where it came too late to be put in
  /// order: it counts, but in another order of summation; not in windows of another version.
  bool take(Time time, double value, std::uint32_t version, const Ticks& ticks);
  /// Samples after the last tick in time order, none older than any before; there must be room.
  void append(std::span<const Time> times, std::span<const double> values, std::uint32_t version,
              const Ticks& ticks);
  [[nodiscard]] std::size_t room() const { return waiting_.room(); }

  /// Writes what the windows give at the upcoming tick. May be repeated with the same result.
  void read(const Ticks& ticks, std::span<double> slots);
  /// Has what `read` needs on its way from memory, while others are read.
  void fetch(const Ticks& ticks) const {
    if (read_ == ticks.upcoming) return;
    for (const TreeWindows& tree : trees_) tree.fetch(ticks.upcoming);
  }
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
  /// How often the version changed from one sample to the next in time order, up to the newest
  /// sample added to the windows.
  [[nodiscard]] std::uint64_t version_changes() const { return history_.changes; }
  /// Panes whose values were too many for the bins of a quantile, and samples of waveforms that
  /// came faster than their rate.
  [[nodiscard]] std::uint64_t coarsened() const;
  [[nodiscard]] std::uint64_t crowded_out() const;

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(const Plan::Program& program,
                                         const PlannedSource& planned);

 private:
  /// What is known of the signal's version after the samples added to the windows.
  struct History {
    std::optional<std::uint32_t> version;
    Time since = Time::min();  ///< first sample of the version at the tick read last
    std::uint64_t changes = 0;
  };

  void add_first(std::size_t n);
  void change_version(Time first);
  void take_back(const Ticks& ticks);
  [[nodiscard]] bool is_of_this_version(Time time, std::uint32_t version) const;
  [[nodiscard]] Time since(Time tick);
  /// Calls `f` with each of the states of the signal's windows, whatever its kind.
  template <class F>
  void each(F f) {
    for (TreeWindows& tree : trees_) f(tree);
    // After the trees, from which they have their smallest and largest.
    for (QuantileWindows& quantiles : quantiles_) f(quantiles);
    for (WaveformWindow& waveform : waveforms_) f(waveform);
    for (PairWindows::Side& side : sides_) f(side);
  }

  // What every sample looks at lies in the first cache line.
  Time added_ = Time::min();  ///< samples up to here were added to the windows before their tick
  /// The tick that was read last. Until it is evaluated, the `taken_` samples that it was read from
  /// still wait.
  Time read_ = Time::min();
  ReorderBuffer waiting_;
  std::size_t taken_ = 0;
  Duration every_;
  std::vector<TreeWindows> trees_;
  std::vector<QuantileWindows> quantiles_;
  std::vector<WaveformWindow> waveforms_;
  std::vector<PairWindows::Side> sides_;
  Time taken_back_ = Time::min();  ///< the tick that was read ahead in vain
  bool quiet_ = false;
  History history_;
  History history_before_;      ///< the same before the tick that was read last
  std::vector<Time> restarts_;  ///< first samples of versions, the last of each tick to be read
};

}  // namespace wayside::features
