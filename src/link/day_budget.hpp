#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace wayside::link {

/// What of a day's budget is spent; its owner keeps it from run to run.
struct SpentBudget {
  std::int64_t day = 0;  ///< local, since 1970-01-01; 0: not known yet
  std::uint64_t bytes = 0;

  friend bool operator==(const SpentBudget&, const SpentBudget&) = default;
};

/// Bytes that may be sent a day.
class DayBudget {
 public:
  static constexpr double low_share = 0.8;
  enum class Level : std::uint8_t { fine, low, spent };

  /// 0: no limit.
  explicit DayBudget(std::uint64_t bytes_a_day = 0) : limit_(bytes_a_day) {}
  void restore(SpentBudget spent) { spent_ = spent; }
  /// Another day begins anew. A clock that went back a day goes on with the day it was in, so that
  /// no budget is given out twice; what was spent before the day was known is of this one.
  void enter(std::int64_t day) {
    if (spent_.day == 0)
      spent_.day = day;
    else if (day > spent_.day || day < spent_.day - 1)
      spent_ = {day, 0};
  }
  void spend(std::uint64_t bytes) { spent_.bytes += bytes; }
  [[nodiscard]] Level level() const {
    if (limit_ == 0) return Level::fine;
    if (spent_.bytes >= limit_) return Level::spent;
    const double share = static_cast<double>(spent_.bytes) / static_cast<double>(limit_);
    return share >= low_share ? Level::low : Level::fine;
  }
  [[nodiscard]] const SpentBudget& spent() const { return spent_; }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }

 private:
  std::uint64_t limit_;
  SpentBudget spent_;
};

}  // namespace wayside::link
