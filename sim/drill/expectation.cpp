#include "sim/drill/expectation.hpp"

#include <fmt/format.h>

#include "sim/drill/format.hpp"
#include "sim/drill/outcome.hpp"

namespace wayside::drill {
namespace {

std::string tier_name(std::size_t tier) {
  return std::string(telemetry::to_string(telemetry::all_tiers[tier]));
}

/// What is promised whatever a script says.
void judge_promises(const Outcome& outcome, std::vector<Finding>& out) {
  std::uint64_t silent = 0;
  for (const TierOutcome& tier : outcome.tiers) silent += tier.silent_samples;
  out.push_back({silent == 0, "lost without a gap", format_count(silent) + " samples", "none"});
  const std::size_t faults = outcome.account_faults.size();
  out.push_back({faults == 0, "the account",
                 faults == 0 ? std::string("holds")
                             : fmt::format("{}{}", outcome.account_faults.front(),
                                           faults > 1 ? fmt::format(" (and {} more)", faults - 1)
                                                      : std::string()),
                 "every ledger balances at node and hub, and everything is stored once"});
  out.push_back({outcome.drained, "drained at the end",
                 outcome.drained ? "yes" : fmt::format("no: {}", fmt::join(outcome.waiting, ", ")),
                 "yes"});
}

double lost_share(const TierOutcome& tier) {
  if (tier.accepted_samples == 0) return 0;
  return static_cast<double>(tier.dropped_samples) / static_cast<double>(tier.accepted_samples);
}

void judge_tiers(const Expectations& expect, const Outcome& outcome, std::vector<Finding>& out) {
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    const TierOutcome& tier = outcome.tiers[t];
    if (const auto& limit = expect.loss[t]) {
      const double share = lost_share(tier);
      out.push_back(
          {share <= limit->share, "loss, " + tier_name(t),
           fmt::format("{:.3g} %, {} samples", share * 100, format_count(tier.dropped_samples)),
           limit->share == 0 ? "none" : fmt::format("at most {:g} %", limit->share * 100)});
    }
    const Duration found = tier.recovery_point.value_or(Duration{});
    // What every power cut is held to, and what the script holds it to.
    const auto limit = expect.recovery_point[t];
    if (limit || tier.recovery_point) {
      const Duration most = limit.value_or(durable_within(telemetry::all_tiers[t]));
      out.push_back({found <= most, "recovery point, " + tier_name(t), format_span(found),
                     "at most " + format_span(most)});
    }
  }
}

/// A limit on something that a run may not have had at all, which is no failure.
void at_most(const std::string& what, std::optional<Duration> limit, std::optional<Duration> found,
             std::vector<Finding>& out) {
  if (!limit) return;
  out.push_back({!found || *found <= *limit, what, found ? format_span(*found) : "none",
                 "at most " + format_span(*limit)});
}

void judge_bytes(const Expectations& expect, const Outcome& outcome, std::vector<Finding>& out) {
  if (expect.wire_bytes_per_day) {
    const double node_days =
        outcome.length.seconds() / days(1).seconds() * static_cast<double>(outcome.nodes);
    const double found = static_cast<double>(outcome.wire_bytes) / node_days;
    const auto limit = static_cast<double>(*expect.wire_bytes_per_day);
    out.push_back({found <= limit, "bytes sent, of a node", format_bytes(found) + " a day",
                   "at most " + format_bytes(limit)});
  }
  if (expect.disk_bytes) {
    const auto found = static_cast<double>(outcome.disk_bytes_max);
    const auto limit = static_cast<double>(*expect.disk_bytes);
    out.push_back({found <= limit, "bytes on disk, of a node", format_bytes(found),
                   "at most " + format_bytes(limit)});
  }
}

void judge_alerts(const Expectations& expect, const Outcome& outcome, std::vector<Finding>& out) {
  std::uint64_t missed = 0;
  std::uint64_t added = 0;
  std::optional<Duration> delay;
  for (const RuleComparison& rule : outcome.rules) {
    missed += rule.missed;
    added += rule.added;
    if (rule.delay_worst && (!delay || *rule.delay_worst > *delay)) delay = rule.delay_worst;
  }
  const auto count = [&](const char* what, std::optional<std::uint64_t> limit,
                         std::uint64_t found) {
    if (limit)
      out.push_back({found <= *limit, what, format_count(found),
                     *limit == 0 ? "none" : "at most " + format_count(*limit)});
  };
  count("alerts missed", expect.alerts_missed, missed);
  count("alerts false", expect.alerts_false, added);
  at_most("alerts' delay, worst", expect.alert_delay, delay, out);
}

}  // namespace

Duration durable_within(telemetry::Tier tier) {
  switch (tier) {
    case telemetry::Tier::critical:
      return milliseconds(100);
    case telemetry::Tier::diagnostic:
      return milliseconds(1'200);
    case telemetry::Tier::bulk:
      break;
  }
  return milliseconds(2'200);
}

std::vector<Finding> judge(const Expectations& expect, const Outcome& outcome) {
  std::vector<Finding> out;
  judge_promises(outcome, out);
  judge_tiers(expect, outcome, out);
  at_most("drain time", expect.drain, outcome.drain, out);
  at_most("critical latency, worst", expect.critical_worst, outcome.critical_worst, out);
  at_most("critical latency, live", expect.critical_live, outcome.critical_live, out);
  at_most("critical latency, p99", expect.critical_p99, outcome.critical_p99, out);
  judge_bytes(expect, outcome, out);
  judge_alerts(expect, outcome, out);
  return out;
}

}  // namespace wayside::drill
