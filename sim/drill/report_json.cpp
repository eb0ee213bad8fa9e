#include <nlohmann/json.hpp>

#include "sim/drill/verdict.hpp"

namespace wayside::drill {
namespace {

using nlohmann::json;

json seconds_or_null(const std::optional<Duration>& value) {
  return value ? json(value->seconds()) : json();
}

json tier_json(const TierOutcome& tier) {
  json losses = json::array();
  for (const Loss& loss : tier.losses)
    losses.push_back(
        {{"reason", loss.reason},
         {"records", loss.records},
         {"samples", loss.samples},
         {"first_time", loss.first_time ? json(format_time(*loss.first_time)) : json()},
         {"last_time", loss.last_time ? json(format_time(*loss.last_time)) : json()}});
  return {{"records", tier.accepted_records},
          {"samples", tier.accepted_samples},
          {"stored_samples", tier.stored_samples},
          {"dropped_samples", tier.dropped_samples},
          {"cut_samples", tier.cut_samples},
          {"store_samples", tier.store_samples},
          {"silent_samples", tier.silent_samples},
          {"duplicates", tier.duplicates},
          {"wire_bytes", tier.wire_bytes},
          {"recovery_point_s", seconds_or_null(tier.recovery_point)},
          {"losses", std::move(losses)}};
}

json rule_json(const RuleComparison& rule) {
  return {{"rule", rule.rule},
          {"clean", rule.clean},
          {"here", rule.here},
          {"missed", rule.missed},
          {"false", rule.added},
          {"delay_worst_s", seconds_or_null(rule.delay_worst)},
          {"known_worst_s", seconds_or_null(rule.known_worst)},
          {"labels", rule.labels},
          {"labels_seen", rule.here_seen},
          {"labels_seen_clean", rule.clean_seen},
          {"after_worst_s", seconds_or_null(rule.here_after_worst)},
          {"after_worst_clean_s", seconds_or_null(rule.clean_after_worst)},
          {"without_fault", rule.here_outside},
          {"without_fault_clean", rule.clean_outside}};
}

json faults_json(const Outcome& outcome) {
  json faults = json::array();
  for (const Episode& episode : outcome.episodes)
    faults.push_back({{"from_s", episode.from.seconds()},
                      {"to_s", episode.to.seconds()},
                      {"what", episode.text},
                      {"where", episode.targets}});
  return faults;
}

}  // namespace

std::string report_json(const Report& report) {
  const Outcome& outcome = report.shown.outcome;
  json findings = json::array();
  for (const Finding& finding : report.shown.findings)
    findings.push_back({{"passed", finding.passed},
                        {"what", finding.what},
                        {"found", finding.found},
                        {"expected", finding.expected}});
  json tiers = json::object();
  for (const telemetry::Tier tier : telemetry::all_tiers)
    tiers[std::string(telemetry::to_string(tier))] =
        tier_json(outcome.tiers[static_cast<std::size_t>(tier)]);
  json rules = json::array();
  for (const RuleComparison& rule : outcome.rules) rules.push_back(rule_json(rule));
  const json out = {{"drill", report.title},
                    {"file", report.file},
                    {"passed", report.passed()},
                    {"runs", report.runs},
                    {"failed", report.failed},
                    {"failed_seeds", report.failed_seeds},
                    {"repeat", report.repeat_command()},
                    {"seed", outcome.seed},
                    {"digest", fmt::format("{:016x}", outcome.digest)},
                    {"length_s", outcome.length.seconds()},
                    {"nodes", outcome.nodes},
                    {"expected", std::move(findings)},
                    {"tiers", std::move(tiers)},
                    {"drained", outcome.drained},
                    {"drain_s", seconds_or_null(outcome.drain)},
                    {"critical_latency_worst_s", seconds_or_null(outcome.critical_worst)},
                    {"critical_latency_p99_s", seconds_or_null(outcome.critical_p99)},
                    {"critical_latency_live_s", seconds_or_null(outcome.critical_live)},
                    {"wire_bytes", outcome.wire_bytes},
                    {"disk_bytes_max", outcome.disk_bytes_max},
                    {"account_faults", outcome.account_faults},
                    {"alerts", std::move(rules)},
                    {"faults", faults_json(outcome)}};
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace wayside::drill
