#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/time.hpp"

namespace wayside::link {

/// How much of what can wait (a backlog, bulk) may be under way, so that what cannot stands behind
/// little of it on a thin link: it grows while acknowledgements come nearly as soon as the soonest
/// one of this connection, and shrinks in proportion once they take `delay_max` longer. (The idea
/// of TCP Vegas and of LEDBAT, RFC 6817; the hub's grouping of commits is part of the delay here,
/// which is why it is allowed so much.)
class DrainPace {
 public:
  static constexpr std::size_t window_min = 16u << 10;
  static constexpr std::size_t window_max = 4u << 20;
  static constexpr std::size_t window_start = 64u << 10;
  static constexpr Duration delay_max = milliseconds(500);

  /// Of a new connection nothing is known.
  void reset() { *this = DrainPace(); }
  /// A frame of `bytes` was acknowledged after `delay`.
  void acknowledged(Duration delay, std::size_t bytes, Duration now) {
    soonest_ = soonest_ ? std::min(*soonest_, delay) : delay;
    const Duration bearable = *soonest_ + delay_max;
    if (delay <= bearable) {
      window_ = std::min(window_ + bytes, window_max);
    } else if (!cut_ || now - *cut_ >= delay) {
      const double share = static_cast<double>(bearable.ns) / static_cast<double>(delay.ns);
      const auto less = static_cast<std::size_t>(static_cast<double>(window_) * share);
      window_ = std::max(less, window_min);
      cut_ = now;
    }
  }
  /// What was under way did not arrive.
  void lost() { window_ = window_min; }
  [[nodiscard]] std::size_t window() const { return window_; }

 private:
  std::size_t window_ = window_start;
  std::optional<Duration> soonest_;
  std::optional<Duration> cut_;
};

}  // namespace wayside::link
