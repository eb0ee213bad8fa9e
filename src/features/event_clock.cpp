#include "features/event_clock.hpp"

#include <algorithm>

namespace wayside::features {

EventClock::EventClock(std::size_t signals, Duration lateness, Duration idle)
    : lateness_(lateness), idle_(idle), newest_of_(signals, Time::min()) {}

void EventClock::observe(std::optional<std::size_t> signal, Time time) {
  newest_ = std::max(newest_, time);
  if (!start_fixed_) earliest_ = std::min(earliest_, time);
  if (signal) newest_of_[*signal] = std::max(newest_of_[*signal], time);
}

Time EventClock::seen(std::size_t signal) const {
  return newest_of_[signal] == Time::min() ? earliest_ : newest_of_[signal];
}

bool EventClock::reached(Time t) {
  if (newest_ == Time::min() || newest_ - lateness_ < t) return false;
  if (newest_of_.empty()) return true;
  if (holds_back(holder_, t)) return false;
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

std::optional<Time> EventClock::earliest() const {
  if (newest_ == Time::min()) return std::nullopt;
  return earliest_;
}

}  // namespace wayside::features
