#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/clock.hpp"

namespace wayside::spool {

/// Wall time that something may be thrown away by. A wall clock that jumps forward is believed only
/// once the new time has stood for an hour of the monotonic clock; until then time goes on from
/// what it was. One that goes back is believed at once: that only keeps things longer. What the
/// clock says at the start is believed.
class TrustedTime {
 public:
  static constexpr Duration stands_min = hours(1);
  static constexpr Duration same_within = minutes(1);  ///< the clock is slewed meanwhile

  explicit TrustedTime(const Clock& clock) : clock_(clock), zero_(zero_now()) {}

  /// To be asked every minute or so, or a jump there and back is not noticed (and does no harm).
  [[nodiscard]] Time now() {
    const Duration monotonic = clock_.monotonic();
    const Time zero = zero_now();
    if (zero <= zero_) {
      zero_ = zero;
      jumped_.reset();
    } else if (!jumped_ || std::abs((zero - jumped_->zero).ns) > same_within.ns) {
      jumped_ = Jump{zero, monotonic};
    } else if (monotonic - jumped_->since >= stands_min) {
      zero_ = zero;
      jumped_.reset();
    }
    return zero_ + monotonic;
  }

 private:
  struct Jump {
    Time zero;
    Duration since;
  };
  /// The wall time at which the monotonic clock was zero.
  [[nodiscard]] Time zero_now() const { return clock_.now() - clock_.monotonic(); }

  const Clock& clock_;
  Time zero_;
  std::optional<Jump> jumped_;
};

}  // namespace wayside::spool
