#pragma once

#include <cstdint>
#include <utility>

#include "base/clock.hpp"
#include "sim/world/event_queue.hpp"

namespace wayside::sim {

/// The two clocks of one computer: they drift together, and the wall clock can be set. While the
/// computer is at work, `spend` lets time pass for it alone.
class ComputerClock final : public Clock {
 public:
  ComputerClock(const EventQueue& world, Time wall) : world_(world), wall_{wall} {}

  [[nodiscard]] Time now() const override { return wall_ + elapsed(); }
  [[nodiscard]] Duration monotonic() const override { return monotonic_ + elapsed(); }

  void set(Time wall) {
    settle();
    wall_ = wall;
  }
  /// So many thousand-millionths fast.
  void drift(std::int64_t ppb) {
    settle();
    ppb_ = ppb;
  }
  /// The power came: the monotonic clock begins again.
  void boot(Time wall) {
    settle();
    wall_ = wall;
    monotonic_ = seconds(5);
  }

  /// The world's time that passes until this clock has gone so far.
  [[nodiscard]] Duration to_world(Duration own) const {
    return {static_cast<std::int64_t>(static_cast<__int128>(own.ns) * unit / (unit + ppb_)) +
            (ppb_ == 0 ? 0 : 1)};
  }

  void begin_work() { spent_ = Duration{0}; }
  void spend(Duration time) { spent_ = spent_ + time; }
  /// What was spent of the world's time since `begin_work`; the clock is at the world's time again.
  Duration end_work() { return std::exchange(spent_, Duration{0}); }

 private:
  static constexpr std::int64_t unit = 1'000'000'000;

  [[nodiscard]] Duration elapsed() const {
    const Duration world = world_.now() + spent_ - since_;
    if (ppb_ == 0) return world;
    return {world.ns + static_cast<std::int64_t>(static_cast<__int128>(world.ns) * ppb_ / unit)};
  }
  void settle() {
    const Duration passed = elapsed();
    wall_ = wall_ + passed;
    monotonic_ = monotonic_ + passed;
    since_ = world_.now() + spent_;
  }

  const EventQueue& world_;
  Time wall_;
  Duration monotonic_ = seconds(5);
  Duration since_{0};
  std::int64_t ppb_ = 0;
  Duration spent_{0};
};

}  // namespace wayside::sim
