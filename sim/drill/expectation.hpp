#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "telemetry/tier.hpp"

namespace wayside::drill {

struct Outcome;

/// How much of a tier may be dropped, with a gap that says so.
struct LossLimit {
  double share = 0;  ///< of the samples accepted
};

/// What a script expects of every run. Absent: anything goes. Beside these, always: nothing is lost
/// without a gap but what a power cut took within the tier's durability; the account holds (every
/// ledger balances at node and hub, nothing is stored twice or changed); and the queues drain in
/// time.
struct Expectations {
  template <class T>
  using PerTier = std::array<std::optional<T>, telemetry::tier_count>;

  PerTier<LossLimit> loss;
  /// How old the oldest of what a power cut took may be.
  PerTier<Duration> recovery_point;
  std::optional<Duration> drain;
  std::optional<Duration> critical_worst;
  std::optional<Duration> critical_p99;
  std::optional<Duration> critical_live;            ///< the worst while nothing stands in the way
  std::optional<std::uint64_t> wire_bytes_per_day;  ///< of a node
  std::optional<std::uint64_t> disk_bytes;          ///< that a node's spool takes at most
  std::optional<std::uint64_t> alerts_missed;
  std::optional<std::uint64_t> alerts_false;
  std::optional<Duration> alert_delay;
};

/// How old a sample is at most that is not on stable storage: its block is closed after 1 s (a
/// critical one at once), and durable at once, 100 ms or 1 s later; a round of the recorder and the
/// commit itself come on top.
[[nodiscard]] Duration durable_within(telemetry::Tier tier);

/// One expectation of a run that was judged.
struct Finding {
  bool passed = false;
  std::string what;      ///< "critical latency, worst"
  std::string found;     ///< "7.2s"
  std::string expected;  ///< "at most 5s"
};

/// Every expectation, and the promises that are always checked, in a fixed order.
[[nodiscard]] std::vector<Finding> judge(const Expectations& expect, const Outcome& outcome);

}  // namespace wayside::drill
