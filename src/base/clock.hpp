#pragma once

#include <atomic>

#include "base/time.hpp"

namespace wayside {

/// The only way to learn the time outside `base/os/`; a simulation passes its own.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock, may step. Safe from any thread.
  [[nodiscard]] virtual Time now() const = 0;
  /// Never goes back; for timeouts and latencies. Safe from any thread.
  [[nodiscard]] virtual Duration monotonic() const = 0;
};

/// A clock that moves only when told to.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_ns_(start.ns) {}
  [[nodiscard]] Time now() const override { return {now_ns_.load()}; }
  [[nodiscard]] Duration monotonic() const override { return {monotonic_ns_.load()}; }
  void advance(Duration d) {
    now_ns_ += d.ns;
    monotonic_ns_ += d.ns;
  }
  /// Steps the wall clock alone, as an NTP correction does.
  void step_to(Time t) { now_ns_ = t.ns; }

 private:
  std::atomic<std::int64_t> now_ns_;
  std::atomic<std::int64_t> monotonic_ns_{0};
};

}  // namespace wayside
