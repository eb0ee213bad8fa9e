#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace wayside::sim {

/// What will happen, by time and, at equal times, in the order in which it was asked for. It holds
/// the only time that passes in a world.
class EventQueue {
 public:
  using Action = std::function<void()>;

  [[nodiscard]] Duration now() const { return now_; }
  /// Not before now.
  void at(Duration when, Action action);
  void after(Duration pause, Action action) { at(now_ + pause, std::move(action)); }
  /// Lets everything up to `when` happen; afterwards it is `when`.
  void run_until(Duration when);
  [[nodiscard]] std::uint64_t happened() const { return happened_; }

 private:
  struct Entry {
    Duration at;
    std::uint64_t number;
    std::uint32_t slot;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };

  Duration now_{0};
  std::uint64_t next_number_ = 0;
  std::uint64_t happened_ = 0;
  std::vector<Entry> heap_;
  std::vector<Action> actions_;
  std::vector<std::uint32_t> free_;
};

/// Asks for one thing to happen at the earliest of the moments that were named since it last did.
class Timer {
 public:
  /// `queue` and this must outlive what was asked for.
  Timer(EventQueue& queue, std::function<void()> action)
      : queue_(queue), action_(std::move(action)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void at(Duration when) {
    if (next_ && *next_ <= when) return;
    next_ = when;
    queue_.at(when, [this, when] {
      if (!next_ || *next_ != when) return;
      next_.reset();
      action_();
    });
  }
  void cancel() { next_.reset(); }

 private:
  EventQueue& queue_;
  std::function<void()> action_;
  std::optional<Duration> next_;
};

}  // namespace wayside::sim
