#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace wayside::features {

/// How far one asset's event time has come: its watermark. No wall clock. Allocates only when made.
class EventClock {
 public:
  /// `signals`: how many signals the features use; they are numbered from 0.
  EventClock(std::size_t signals, Duration lateness, Duration idle);

  /// A sample came, of any quality, of one of the used signals or (nullopt) of another.
  void observe(std::optional<std::size_t> signal, Time time) {
    if (time > newest_) {
      newest_ = time;
      newest_less_lateness_ = time - lateness_;
    }
    if (!start_fixed_ && time < earliest_) earliest_ = time;
    if (signal && time > newest_of_[*signal]) newest_of_[*signal] = time;
  }
  /// From now on a signal never seen counts from the earliest sample so far.
  void fix_start() { start_fixed_ = true; }
  /// Whether the watermark has come to `t`. Amortised constant time.
  [[nodiscard]] bool reached(Time t) {
    if (newest_less_lateness_ < t) return false;
    if (newest_of_.empty()) return true;
    return !holds_back(holder_, t) && nobody_holds_back(t);
  }
  /// As long as only `signal` has samples, of times that do not decrease and are before this, the
  /// watermark does not come to `t`, to which it has not come yet. Perhaps not even then.
  [[nodiscard]] Time not_reached_before(std::size_t signal, Time t) const {
    if (holder_ == signal || !holds_back(holder_, t)) return t + lateness_;
    return std::max(t + lateness_, seen(holder_) + idle_ + nanoseconds(1));
  }
  [[nodiscard]] Time newest_of(std::size_t signal) const { return newest_of_[signal]; }
  /// Whether a used signal keeps the watermark from coming to `t`.
  [[nodiscard]] bool holds_back(std::size_t signal, Time t) const {
    return seen(signal) - lateness_ < t && !idle(signal);
  }
  /// The watermark: the lowest, over the used signals that are not idle, of newest − lateness;
  /// where all are idle or none is used, the asset's. nullopt before the first sample.
  [[nodiscard]] std::optional<Time> watermark() const;
  /// The asset's newest sample.
  [[nodiscard]] std::optional<Time> newest() const;

  [[nodiscard]] static std::size_t bytes(std::size_t signals) {
    return sizeof(EventClock) + signals * sizeof(Time);
  }

 private:
  [[nodiscard]] Time seen(std::size_t signal) const {
    return newest_of_[signal] == Time::min() ? earliest_ : newest_of_[signal];
  }
  [[nodiscard]] bool idle(std::size_t signal) const { return seen(signal) < newest_ - idle_; }
  [[nodiscard]] bool nobody_holds_back(Time t);

  Duration lateness_;
  Duration idle_;
  std::vector<Time> newest_of_;  ///< Time::min() for a signal never seen
  Time newest_ = Time::min();
  Time newest_less_lateness_ = Time::min();
  Time earliest_ = Time::max();
  bool start_fixed_ = false;
  std::size_t holder_ = 0;  ///< the signal that last held the watermark back
};

}  // namespace wayside::features
