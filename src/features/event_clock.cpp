#include "features/event_clock.hpp"

#include <algorithm>

namespace wayside::features {

EventClock::EventClock(std::size_t signals, Duration lateness, Duration idle)
    : lateness_(lateness), idle_(idle), newest_of_(signals, Time::min()) {}

bool EventClock::nobody_holds_back(Time t) {
  for (std::size_t i = 0; i < newest_of_.size(); ++i)
    if (holds_back(i, t)) {
      holder_ = i;
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
