#include "features/event_clock.hpp"

#include <algorithm>

namespace wayside::features {

EventClock::EventClock(std::size_t signals, Duration lateness, Duration idle)
    : lateness_(lateness), idle_(idle), newest_of_(signals, Time::min()) {}

bool EventClock::nobody_holds_back(Time t) {
  // On from the last holder: samples mostly come signal after signal.
  const std::size_t n = newest_of_.size();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t signal = holder_ + i < n ? holder_ + i : holder_ + i - n;
    if (!holds_back(signal, t)) continue;
    holder_ = signal;
    return false;
  }
  return true;
}

std::optional<Time> EventClock::watermark() const {
  if (newest_ == Time::min()) return std::nullopt;
  Time lowest = newest_;
  for (std::size_t i = 0; i < newest_of_.size(); ++i)
    if (!idle(i)) lowest = std::min(lowest, seen(i));
  return lowest - lateness_;
}

std::optional<Time> EventClock::newest() const {
  if (newest_ == Time::min()) return std::nullopt;
  return newest_;
}

}  // namespace wayside::features
