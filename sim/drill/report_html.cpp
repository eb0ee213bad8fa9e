#include <fmt/format.h>
#include <algorithm>
#include <iterator>

#include "sim/drill/format.hpp"
#include "sim/drill/plot.hpp"
#include "sim/drill/verdict.hpp"

namespace wayside::drill {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr std::size_t dots_max = 1'500;
constexpr std::size_t fault_rows_max = 200;

constexpr const char* style = R"(
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b2126; --soft: #5c6770; --line: #dde2e6;
  --shade: #f0b42933; --c1: #c0392b; --c2: #1f6fb2; --c3: #5b7f3a; --good: #2e7d4f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #14181b; --ink: #e4e8eb; --soft: #97a3ad;
  --line: #2c343a; --shade: #f0b42926; --c1: #ff7b6b; --c2: #6cb4f5; --c3: #a5cf78; --good: #6fce94;
  --bad: #ff8a80; } }
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: var(--soft); } code { font-size: .9em; color: var(--ink); }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 4px; color: var(--page);
  font-weight: 600; margin-right: .5rem; }
.badge.good { background: var(--good); } .badge.bad { background: var(--bad); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child, .text td, .text th { text-align: left; }
td.good { color: var(--good); } td.bad { color: var(--bad); font-weight: 600; }
svg { width: 100%; height: auto; margin: .75rem 0; } svg text { font: 12px system-ui, sans-serif; }
.title { font-weight: 600 !important; fill: var(--ink); } .axis { fill: var(--soft); } .ink { fill: var(--ink); }
.grid { stroke: var(--line); } .shade { fill: var(--shade); }
.line { fill: none; stroke-width: 1.6; } .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); }
.line.c3 { stroke: var(--c3); } .dot { opacity: .7; } .dot.c1, .key.c1 { fill: var(--c1); }
.dot.c2, .key.c2 { fill: var(--c2); } .dot.c3, .key.c3 { fill: var(--c3); }
)";

std::string span_or(const std::optional<Duration>& value) {
  return value ? format_span(*value) : "–";
}

std::string tier_name(std::size_t tier) {
  return std::string(telemetry::to_string(telemetry::all_tiers[tier]));
}

void add_row(std::string& page, std::initializer_list<std::string> cells) {
  page += "<tr>";
  for (const std::string& cell : cells) fmt::format_to(Out(page), "<td>{}</td>", escaped(cell));
  page += "</tr>\n";
}

void begin_table(std::string& page, const char* title, std::initializer_list<const char*> heads,
                 bool text = false) {
  fmt::format_to(Out(page), "<h2>{}</h2>\n<div class='wide'><table{}><tr>", escaped(title),
                 text ? " class='text'" : "");
  for (const char* head : heads) fmt::format_to(Out(page), "<th>{}</th>", escaped(head));
  page += "</tr>\n";
}

void end_table(std::string& page) {
  page += "</table></div>\n";
}

void add_head(const Report& report, std::string& page) {
  fmt::format_to(Out(page), "<h1><span class='badge {}'>{}</span>{}</h1>\n",
                 report.passed() ? "good" : "bad", report.passed() ? "PASS" : "FAIL",
                 escaped(report.title));
  fmt::format_to(Out(page), "<p>{} node{}, {} from {}; agent: {}; {}; shown: seed {}</p>\n",
                 report.nodes, report.nodes == 1 ? "" : "s", format_span(report.length),
                 format_time(report.start),
                 report.agent_file.empty() ? "built-in" : escaped(report.agent_file),
                 report.runs == 1 ? std::string("one run")
                                  : fmt::format("{} runs, {} failed", format_count(report.runs),
                                                format_count(report.failed)),
                 report.shown.outcome.seed);
  fmt::format_to(Out(page), "<p>Again: <code>{}</code></p>\n", escaped(report.repeat_command()));
}

void add_findings(const std::vector<Finding>& findings, std::string& page) {
  page +=
      "<h2>Expected</h2>\n<div class='wide'><table "
      "class='text'><tr><th>what</th><th></th><th>found</th>"
      "<th>expected</th></tr>\n";
  for (const bool passed : {false, true})
    for (const Finding& finding : findings)
      if (finding.passed == passed)
        fmt::format_to(Out(page),
                       "<tr><td>{}</td><td class='{}'>{}</td><td>{}</td><td>{}</td></tr>\n",
                       escaped(finding.what), passed ? "good" : "bad", passed ? "ok" : "FAIL",
                       escaped(finding.found), escaped(finding.expected));
  end_table(page);
}

void add_tiers(const Outcome& outcome, std::string& page) {
  begin_table(page, "Tiers",
              {"tier", "records", "samples", "stored", "dropped", "cut", "silent", "came again",
               "recovery point", "sent"});
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    const TierOutcome& tier = outcome.tiers[t];
    add_row(page,
            {tier_name(t), format_count(tier.accepted_records), format_count(tier.accepted_samples),
             format_count(tier.stored_samples), format_count(tier.dropped_samples),
             format_count(tier.cut_samples), format_count(tier.silent_samples),
             format_count(tier.duplicates), span_or(tier.recovery_point),
             format_bytes(static_cast<double>(tier.wire_bytes))});
  }
  end_table(page);
  fmt::format_to(
      Out(page),
      "<p>Drain time {}; critical latency p99 {}, worst {}, worst with nothing in the way "
      "{}; at most {} on a node's disk.</p>\n",
      span_or(outcome.drain), span_or(outcome.critical_p99), span_or(outcome.critical_worst),
      span_or(outcome.critical_live), format_bytes(static_cast<double>(outcome.disk_bytes_max)));
}

void add_losses(const Outcome& outcome, std::string& page) {
  const bool any = std::ranges::any_of(
      outcome.tiers, [](const TierOutcome& tier) { return !tier.losses.empty(); });
  if (!any) return;
  begin_table(page, "Dropped, with a gap", {"tier", "reason", "records", "samples", "from", "to"});
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    for (const Loss& loss : outcome.tiers[t].losses)
      add_row(page,
              {tier_name(t), loss.reason, format_count(loss.records), format_count(loss.samples),
               loss.first_time ? format_time(*loss.first_time) : "",
               loss.last_time ? format_time(*loss.last_time) : ""});
  end_table(page);
}

std::vector<Plot::Shade> shades_of(const Outcome& outcome) {
  std::vector<Plot::Shade> out;
  for (const Episode& episode : outcome.episodes) {
    const bool whole = episode.from.ns == 0 && episode.to >= outcome.length;
    if (!whole)
      out.push_back({episode.from.seconds(), episode.to.seconds(),
                     fmt::format("{}, {}: from {} to {}", episode.text, episode.targets,
                                 format_span(episode.from), format_span(episode.to))});
  }
  return out;
}

double end_of(const Outcome& outcome) {
  double end = outcome.length.seconds();
  if (!outcome.points.empty()) end = std::max(end, outcome.points.back().at.seconds());
  return end;
}

Plot tier_plot(const Outcome& outcome, const char* title, Plot::Unit unit,
               std::array<std::uint64_t, telemetry::tier_count> Point::*values) {
  Plot plot;
  plot.title = title;
  plot.unit = unit;
  plot.x_max = end_of(outcome);
  plot.shades = shades_of(outcome);
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    Plot::Series series{tier_name(t), static_cast<int>(t) + 1, false, {}};
    for (const Point& point : outcome.points)
      series.points.emplace_back(point.at.seconds(), static_cast<double>((point.*values)[t]));
    plot.series.push_back(std::move(series));
  }
  return plot;
}

Plot latency_plot(const Outcome& outcome) {
  Plot plot;
  plot.title = "Critical records: from acceptance to the hub's commit";
  plot.unit = Plot::Unit::seconds;
  plot.log = true;
  plot.x_max = end_of(outcome);
  plot.shades = shades_of(outcome);
  Plot::Series series{"critical", 1, true, {}};
  for (const Latency& one : outcome.latencies)
    series.points.emplace_back(one.accepted.seconds(), one.latency.seconds());
  series.points = thinned(std::move(series.points), plot.x_max, dots_max);
  plot.series.push_back(std::move(series));
  return plot;
}

Plot disk_plot(const Outcome& outcome) {
  Plot plot;
  plot.title = "On the disks of all nodes";
  plot.unit = Plot::Unit::bytes;
  plot.x_max = end_of(outcome);
  plot.shades = shades_of(outcome);
  Plot::Series series{"spools", 2, false, {}};
  for (const Point& point : outcome.points)
    series.points.emplace_back(point.at.seconds(), static_cast<double>(point.disk_bytes));
  plot.series.push_back(std::move(series));
  return plot;
}

void add_alerts(const Outcome& outcome, std::string& page) {
  if (outcome.rules.empty()) return;
  begin_table(page, "Alerts beside the clean run of the same seed",
              {"rule", "clean", "here", "missed", "false", "later by", "hub knew by"});
  for (const RuleComparison& rule : outcome.rules)
    add_row(page, {rule.rule, format_count(rule.clean), format_count(rule.here),
                   format_count(rule.missed), format_count(rule.added), span_or(rule.delay_worst),
                   span_or(rule.known_worst)});
  end_table(page);
  if (outcome.labels.empty()) return;
  begin_table(
      page, "Alerts and the machines' labelled faults",
      {"rule", "faults", "seen", "seen clean", "after", "after clean", "without a fault", "clean"});
  for (const RuleComparison& rule : outcome.rules)
    add_row(page, {rule.rule, format_count(rule.labels), format_count(rule.here_seen),
                   format_count(rule.clean_seen), span_or(rule.here_after_worst),
                   span_or(rule.clean_after_worst), format_count(rule.here_outside),
                   format_count(rule.clean_outside)});
  end_table(page);
}

void add_faults(const Outcome& outcome, std::string& page) {
  if (outcome.episodes.empty()) return;
  begin_table(page, "What happened", {"from", "to", "what", "where"}, true);
  for (std::size_t i = 0; i < std::min(outcome.episodes.size(), fault_rows_max); ++i) {
    const Episode& episode = outcome.episodes[i];
    add_row(page,
            {format_span(episode.from), format_span(episode.to), episode.text, episode.targets});
  }
  end_table(page);
  if (outcome.episodes.size() > fault_rows_max)
    fmt::format_to(Out(page), "<p>… and {} more</p>\n",
                   format_count(outcome.episodes.size() - fault_rows_max));
}

}  // namespace

std::string report_html(const Report& report) {
  const Outcome& outcome = report.shown.outcome;
  std::string page = fmt::format(
      "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
      "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
      "<title>{}: {}</title>\n<style>{}</style></head><body>\n",
      report.passed() ? "PASS" : "FAIL", escaped(report.title), style);
  add_head(report, page);
  add_findings(report.shown.findings, page);
  page += "<h2>Over time</h2>\n<p>Shaded: while a fault held.</p>\n";
  page += plot_svg(
      tier_plot(outcome, "Records waiting, all nodes", Plot::Unit::count, &Point::queued_records));
  page += plot_svg(latency_plot(outcome));
  page +=
      plot_svg(tier_plot(outcome, "Sent so far, all nodes", Plot::Unit::bytes, &Point::wire_bytes));
  page += plot_svg(disk_plot(outcome));
  add_tiers(outcome, page);
  add_losses(outcome, page);
  add_alerts(outcome, page);
  add_faults(outcome, page);
  return page + "</body></html>\n";
}

}  // namespace wayside::drill
