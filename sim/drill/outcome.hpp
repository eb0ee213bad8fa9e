#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "telemetry/tier.hpp"

namespace wayside::drill {

/// Moments are durations since the start of the drill, by the world's clock.

/// What was dropped for one reason, from a node's account.
struct Loss {
  std::string reason;
  std::uint64_t records = 0;
  std::uint64_t samples = 0;
  std::optional<Time> first_time, last_time;  ///< of the samples, by their own stamps
};

struct TierOutcome {
  std::uint64_t accepted_records = 0;  ///< that the spools numbered
  std::uint64_t accepted_samples = 0;
  std::uint64_t stored_samples = 0;  ///< that the hub holds, each once
  /// Dropped, and accounted for: by gaps, and by what the next epoch tells.
  std::uint64_t dropped_samples = 0;
  std::uint64_t cut_samples =
      0;  ///< gone with a process or the power before they had to be durable
  /// Gone with a store of the hub that a fault of the script took.
  std::uint64_t store_samples = 0;
  /// Neither stored nor accounted for: what must never be.
  std::uint64_t silent_samples = 0;
  std::vector<Loss> losses;
  std::optional<Duration> recovery_point;  ///< age of the oldest of what was cut
  std::uint64_t wire_bytes = 0;            ///< sent up, repetitions included
  std::uint64_t duplicates = 0;            ///< records that came again and were recognised
};

/// One moment of the fleet, for plots.
struct Point {
  Duration at;
  std::array<std::uint64_t, telemetry::tier_count> queued_records{};
  std::array<std::uint64_t, telemetry::tier_count> wire_bytes{};  ///< so far
  std::uint64_t disk_bytes = 0;                                   ///< of all spools
};

struct Latency {
  Duration accepted;  ///< when
  Duration latency;   ///< until the hub had committed it
};

/// When which fault held.
struct Episode {
  Duration from, to;
  std::string text;     ///< "link down"
  std::string targets;  ///< "all nodes", "node 2", "hub"
};

/// An alert of one rule on one asset, from raising to clearing.
struct Alert {
  std::string node, asset, rule;
  Duration raised;
  std::optional<Duration> cleared;
  std::optional<Duration> known;  ///< when the hub had committed it
};

/// A fault of a machine, as the script set it: the truth that alerts are held against.
struct Label {
  std::string node, asset, fault;
  Duration from;
  Duration to;
};

/// How the alerts of one rule differ from those of the clean run, and from the labels.
struct RuleComparison {
  std::string rule;
  std::uint64_t clean = 0;              ///< alerts of the clean run
  std::uint64_t here = 0;               ///< of this one
  std::uint64_t missed = 0;             ///< alerts of the clean run to which none here belongs
  std::uint64_t added = 0;              ///< alerts here that belong to none of the clean run
  std::optional<Duration> delay_worst;  ///< raised later than in the clean run; negative: earlier
  std::optional<Duration> known_worst;  ///< from raising in the clean run to the hub's commit here
  /// Against the labels: of so many faults, how many were seen by this rule.
  std::uint64_t labels = 0, clean_seen = 0, here_seen = 0;
  std::optional<Duration> clean_after_worst, here_after_worst;  ///< from onset to alert
  std::uint64_t clean_outside = 0, here_outside = 0;            ///< raised while no fault was there
};

struct Outcome {
  std::uint64_t seed = 0;
  Duration length;
  std::size_t nodes = 0;
  std::array<TierOutcome, telemetry::tier_count> tiers;
  bool drained = false;
  std::vector<std::string> waiting;  ///< where it is not: a sentence for each stream
  std::optional<Duration> drain;     ///< the longest; absent where nothing had to drain
  std::optional<Duration> critical_worst, critical_p99;
  /// The worst of those critical records in whose way no fault stood, a backlog or not.
  std::optional<Duration> critical_live;
  std::uint64_t wire_bytes = 0;
  std::uint64_t disk_bytes_max = 0;         ///< of the largest spool, at any moment
  std::vector<std::string> account_faults;  ///< sentences: promises that were broken
  std::vector<Episode> episodes;
  std::vector<Point> points;
  std::vector<Latency> latencies;
  std::vector<Alert> alerts;
  std::vector<Label> labels;
  /// Beside the clean run of the same seed; empty where the agent has no rules.
  std::vector<RuleComparison> rules;
  std::uint64_t digest = 0;  ///< of everything that happened: same seed, same digest
};

}  // namespace wayside::drill
