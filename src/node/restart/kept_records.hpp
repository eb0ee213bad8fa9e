#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/result.hpp"
#include "spool/spool.hpp"
#include "telemetry/tier.hpp"

namespace wayside::node {

/// What a spool keeps, from some numbers up to those that were durable at the start, in the order
/// in which it was appended: by time over all tiers, by number within one.
class KeptRecords {
 public:
  struct Item {
    telemetry::Tier tier = telemetry::Tier::bulk;
    spool::Spool::Kept record;
  };

  /// `from`: by tier.
  KeptRecords(const spool::Spool& spool,
              const std::array<std::uint64_t, telemetry::tier_count>& from);

  /// The next one; nullopt at the end. Errors: the store's.
  [[nodiscard]] Result<std::optional<Item>> next();

  /// Numbers passed over so far, of which no record was there.
  [[nodiscard]] std::uint64_t missing() const { return missing_; }
  /// Wall time of the first record behind the last of them.
  [[nodiscard]] std::optional<Time> whole_from() const { return whole_from_; }

 private:
  struct Stream {
    std::deque<spool::Spool::Kept> read;
    std::uint64_t from = 1;      ///< where to read on
    std::uint64_t expected = 1;  ///< the next number
    std::uint64_t last = 0;
    Time appended = Time::min();  ///< of the newest read; a clock set back is left as it was
  };
  [[nodiscard]] Status fill(telemetry::Tier tier);

  const spool::Spool& spool_;
  std::array<Stream, telemetry::tier_count> streams_;
  std::uint64_t missing_ = 0;
  std::optional<Time> whole_from_;
};

}  // namespace wayside::node
