#include "sim/world/event_queue.hpp"

#include <algorithm>

namespace wayside::sim {

void EventQueue::at(Duration when, Action action) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(actions_.size());
    actions_.push_back(std::move(action));
  } else {
    slot = free_.back();
    free_.pop_back();
    actions_[slot] = std::move(action);
  }
  heap_.push_back({std::max(when, now_), next_number_++, slot});
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

void EventQueue::run_until(Duration when) {
  while (!heap_.empty() && heap_.front().at <= when) {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Entry entry = heap_.back();
    heap_.pop_back();
    now_ = entry.at;
    ++happened_;
    const Action action = std::move(actions_[entry.slot]);
    actions_[entry.slot] = nullptr;
    free_.push_back(entry.slot);
    action();
  }
  now_ = std::max(now_, when);
}

}  // namespace wayside::sim
