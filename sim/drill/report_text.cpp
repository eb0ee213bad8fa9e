#include <fmt/format.h>
#include <algorithm>
#include <iterator>

#include "sim/drill/format.hpp"
#include "sim/drill/verdict.hpp"

namespace wayside::drill {
namespace {

using Out = std::back_insert_iterator<std::string>;

std::string span_or(const std::optional<Duration>& value, const char* otherwise = "-") {
  return value ? format_span(*value) : otherwise;
}

void add_head(const Report& report, std::string& text) {
  const Outcome& run = report.shown.outcome;
  fmt::format_to(Out(text), "{}: {}\n", report.passed() ? "PASS" : "FAIL", report.title);
  fmt::format_to(Out(text), "  {} node{}, {}, {}; {}\n", report.nodes, report.nodes == 1 ? "" : "s",
                 format_span(report.length),
                 report.agent_file.empty() ? "the built-in agent" : report.agent_file,
                 report.runs == 1
                     ? fmt::format("seed {}", run.seed)
                     : fmt::format("{} runs, {} failed; shown: seed {}", format_count(report.runs),
                                   format_count(report.failed), run.seed));
  if (report.passed()) return;
  if (report.runs > 1) {
    constexpr std::size_t shown_max = 10;
    const auto& seeds = report.failed_seeds;
    fmt::format_to(
        Out(text), "  failed with seed {}{}\n",
        fmt::join(seeds.begin(),
                  seeds.begin() + static_cast<std::ptrdiff_t>(std::min(seeds.size(), shown_max)),
                  ", "),
        report.failed > shown_max ? ", …" : "");
  }
  fmt::format_to(Out(text), "  again: {}\n", report.repeat_command());
}

void add_findings(const std::vector<Finding>& findings, std::string& text) {
  text += "\nexpected\n";
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.what.size());
  for (const bool passed : {false, true})
    for (const Finding& finding : findings)
      if (finding.passed == passed)
        fmt::format_to(Out(text), "  {:4}  {:<{}}  {}{}\n", passed ? "ok" : "FAIL", finding.what,
                       width, finding.found,
                       passed ? std::string() : fmt::format("; expected {}", finding.expected));
}

void add_tiers(const Outcome& outcome, std::string& text) {
  fmt::format_to(Out(text), "\n{:<11}{:>12}{:>14}{:>14}{:>12}{:>12}{:>12}{:>12}\n", "tier",
                 "records", "samples", "stored", "dropped", "cut", "again", "sent");
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    const TierOutcome& tier = outcome.tiers[t];
    fmt::format_to(Out(text), "{:<11}{:>12}{:>14}{:>14}{:>12}{:>12}{:>12}{:>12}\n",
                   telemetry::to_string(telemetry::all_tiers[t]),
                   format_count(tier.accepted_records), format_count(tier.accepted_samples),
                   format_count(tier.stored_samples), format_count(tier.dropped_samples),
                   format_count(tier.cut_samples), format_count(tier.duplicates),
                   format_bytes(static_cast<double>(tier.wire_bytes)));
  }
  text +=
      "  dropped: and accounted for; cut: gone with a process or the power before they had to be "
      "on "
      "the disk;\n  again: records that came twice and were stored once\n";
}

void add_losses(const Outcome& outcome, std::string& text) {
  bool any = false;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    for (const Loss& loss : outcome.tiers[t].losses) {
      if (!std::exchange(any, true)) text += "\ndropped\n";
      fmt::format_to(Out(text), "  {:<10}  {:<12}  {} records, {} samples",  // one line a reason
                     telemetry::to_string(telemetry::all_tiers[t]), loss.reason,
                     format_count(loss.records), format_count(loss.samples));
      if (loss.first_time && loss.last_time)
        fmt::format_to(Out(text), ", from {} to {}", format_time(*loss.first_time),
                       format_time(*loss.last_time));
      text += "\n";
    }
}

void add_figures(const Outcome& outcome, std::string& text) {
  text += "\n";
  const auto line = [&](const char* what, const std::string& value) {
    fmt::format_to(Out(text), "{:<22}{}\n", what, value);
  };
  line("drain time", span_or(outcome.drain, "nothing to drain"));
  line("critical latency",
       fmt::format("p99 {}, worst {}; with nothing in the way: worst {}",
                   span_or(outcome.critical_p99), span_or(outcome.critical_worst),
                   span_or(outcome.critical_live)));
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    if (const auto& point = outcome.tiers[t].recovery_point)
      line("recovery point", fmt::format("{}: {}", telemetry::to_string(telemetry::all_tiers[t]),
                                         format_span(*point)));
  const double node_days =
      outcome.length.seconds() / days(1).seconds() * static_cast<double>(outcome.nodes);
  line("sent",
       fmt::format("{}, {} a node and day", format_bytes(static_cast<double>(outcome.wire_bytes)),
                   format_bytes(static_cast<double>(outcome.wire_bytes) / node_days)));
  line("on disk", format_bytes(static_cast<double>(outcome.disk_bytes_max)) + " a node, at most");
}

void add_rules(const Outcome& outcome, std::string& text) {
  if (outcome.rules.empty()) return;
  std::size_t width = 5;
  for (const RuleComparison& rule : outcome.rules) width = std::max(width, rule.rule.size());
  fmt::format_to(Out(text), "\n{:<{}}{:>8}{:>8}{:>8}{:>8}{:>12}{:>14}\n", "alerts", width + 2,
                 "clean", "here", "missed", "false", "later by", "hub knew by");
  for (const RuleComparison& rule : outcome.rules)
    fmt::format_to(Out(text), "{:<{}}{:>8}{:>8}{:>8}{:>8}{:>12}{:>14}\n", rule.rule, width + 2,
                   rule.clean, rule.here, rule.missed, rule.added, span_or(rule.delay_worst),
                   span_or(rule.known_worst));
  if (outcome.labels.empty()) return;
  fmt::format_to(Out(text), "{} labelled fault{}\n", outcome.labels.size(),
                 outcome.labels.size() == 1 ? "" : "s");
  for (const RuleComparison& rule : outcome.rules)
    fmt::format_to(Out(text),
                   "{:<{}}saw {} of {} after {} at worst (clean: {} after {}); {} alerts without a "
                   "fault (clean: {})\n",
                   rule.rule, width + 2, rule.here_seen, rule.labels,
                   span_or(rule.here_after_worst), rule.clean_seen, span_or(rule.clean_after_worst),
                   rule.here_outside, rule.clean_outside);
}

}  // namespace

std::string report_text(const Report& report) {
  std::string text;
  const Outcome& outcome = report.shown.outcome;
  add_head(report, text);
  add_findings(report.shown.findings, text);
  add_tiers(outcome, text);
  add_losses(outcome, text);
  add_figures(outcome, text);
  add_rules(outcome, text);
  return text;
}

}  // namespace wayside::drill
