#include "sim/drill/run.hpp"

#include <algorithm>

#include "sim/drill/alerts.hpp"
#include "sim/drill/rehearsal.hpp"

namespace wayside::drill {
namespace {

/// Rules of all kinds, each name once.
std::vector<std::string> rules_of(const node::AgentConfig& config) {
  std::vector<std::string> rules;
  for (const node::KindConfig& kind : config.kinds)
    for (const node::RuleConfig& rule : kind.rules)
      if (std::ranges::find(rules, rule.name) == rules.end()) rules.push_back(rule.name);
  return rules;
}

/// A second run is worth its time where the script is about what sensors show and rules see.
bool compares(const Script& script) {
  const Expectations& expect = script.expect;
  if (expect.alerts_missed || expect.alerts_false || expect.alert_delay) return true;
  return std::ranges::any_of(script.timeline, [](const TimelineEntry& entry) {
    return std::holds_alternative<SensorAction>(entry.action) ||
           std::holds_alternative<MachineAction>(entry.action);
  });
}

}  // namespace

Outcome run_drill(const Drill& drill, std::uint64_t seed, const RunOptions& options) {
  Outcome outcome = Rehearsal(drill, seed, options, false).run();
  const std::vector<std::string> rules = rules_of(drill.agent(0));
  if (rules.empty() || !compares(drill.script)) return outcome;
  const Outcome clean = Rehearsal(drill, seed, options, true).run();
  outcome.rules =
      compare_alerts(rules, clean.alerts, outcome.alerts, outcome.labels, outcome.length);
  return outcome;
}

Verdict run_and_judge(const Drill& drill, std::uint64_t seed, const RunOptions& options) {
  Verdict verdict;
  verdict.outcome = run_drill(drill, seed, options);
  verdict.findings = judge(drill.script.expect, verdict.outcome);
  return verdict;
}

}  // namespace wayside::drill
