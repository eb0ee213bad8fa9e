#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "features/program.hpp"
#include "features/tree_windows.hpp"
#include "features/window_state.hpp"

namespace wayside::features {

/// The windows of pairs: a pair is a sample of one signal and one of another with the same time,
/// the first with the first, the second with the second. Each signal adds its samples to a side of
/// its own; as soon as both sides have come past a time, its pairs go to a tree.
class PairWindows {
 public:
  PairWindows(const Plan::Program& program, const PlannedPairs& planned);

  /// What a `SignalState` holds of the pairs. See `WindowState`; values are read from the pairs.
  class Side {
   public:
    Side(PairWindows& pairs, std::size_t index) : pairs_(&pairs), index_(index) {}
    void add(std::span<const Time> times, std::span<const double> values) {
      pairs_->add(index_, times, values);
    }
    void add_straggler(Time time, double value) { pairs_->add_straggler(index_, time, value); }
    void restart(Time first) { pairs_->restart(index_, first); }
    void read(Time, Time since, std::span<double>) { pairs_->sides_[index_].since = since; }
    void join_ahead(Time) {}
    void take_back(Time last, Time) { pairs_->forget_after(index_, last); }
    [[nodiscard]] bool quiet(Time) const { return true; }
    [[nodiscard]] bool mixed() const { return pairs_->tree_.mixed(); }

   private:
    PairWindows* pairs_;
    std::size_t index_;
  };

  /// After both signals have been read at `tick`: writes the values of the windows that end there.
  void read(Time tick, std::span<double> slots);
  /// The windows that `read` found are empty, and no pair comes before another sample.
  [[nodiscard]] bool quiet(Time tick) const;
  /// Samples that found no partner because it came too late, or might have found one had there been
  /// more room to wait.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  /// Upper bound of the memory of one.
  [[nodiscard]] static std::size_t bytes(const Plan::Program& program, const PlannedPairs& planned);

 private:
  /// Samples in time order that wait for those of the other side.
  struct Waiting {
    std::vector<Time> times;
    std::vector<double> values;
    Time newest = Time::min();
    Time since = Time::min();
  };

  void add(std::size_t side, std::span<const Time> times, std::span<const double> values);
  void add_straggler(std::size_t side, Time time, double value);
  void restart(std::size_t side, Time first);
  void forget_after(std::size_t side, Time time);
  void make_room(std::size_t side, std::size_t samples);
  void join(Time until);
  void drop(std::size_t side, std::size_t samples);

  const PlannedPairs* planned_;
  Waiting sides_[2];
  Time joined_ = Time::min();  ///< both sides up to here are in the tree
  /// Of the pairs on their way to the tree.
  std::vector<Time> times_;
  std::vector<double> values_[2];
  TreeWindows tree_;
  std::uint64_t lost_ = 0;
};

}  // namespace wayside::features
