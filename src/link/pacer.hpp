#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace wayside::link {

/// A token bucket, as the moment from which on sending is free again: a message may go as soon as
/// those before it are paid for, so that the mean keeps to the rate whatever the messages' size.
class Pacer {
 public:
  static constexpr Duration burst = seconds(1);  ///< what was not used is kept so long

  /// 0: no limit.
  explicit Pacer(std::uint64_t bytes_per_second = 0) : rate_(bytes_per_second) {}
  [[nodiscard]] bool ready(Duration now) const { return rate_ == 0 || now >= next_; }
  void sent(std::uint64_t bytes, Duration now) {
    if (rate_ == 0) return;
    const double cost = static_cast<double>(bytes) / static_cast<double>(rate_) * 1e9;
    next_ = std::max(next_, now - burst) + Duration{static_cast<std::int64_t>(cost)};
  }
  /// When the next message may go; not later than `now` where it may at once.
  [[nodiscard]] Duration next(Duration now) const { return rate_ == 0 ? now : next_; }
  [[nodiscard]] std::uint64_t rate() const { return rate_; }

 private:
  std::uint64_t rate_;
  Duration next_{-burst.ns};  ///< a clock may begin at 0
};

}  // namespace wayside::link
