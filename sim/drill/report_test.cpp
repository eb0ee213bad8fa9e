#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/drill/alerts.hpp"
#include "sim/drill/format.hpp"
#include "sim/drill/plot.hpp"
#include "sim/drill/verdict.hpp"

namespace wayside::drill {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A run in which nothing went wrong.
Outcome sound(std::uint64_t seed = 1) {
  Outcome outcome;
  outcome.seed = seed;
  outcome.length = hours(12);
  outcome.nodes = 2;
  outcome.drained = true;
  outcome.drain = minutes(3);
  outcome.critical_worst = seconds(4);
  outcome.critical_p99 = seconds(1);
  outcome.wire_bytes = 3u << 20;
  outcome.disk_bytes_max = 5u << 20;
  for (TierOutcome& tier : outcome.tiers) {
    tier.accepted_records = 100;
    tier.accepted_samples = 1000;
    tier.stored_samples = 1000;
  }
  return outcome;
}

const Finding* find(const std::vector<Finding>& findings, const std::string& what) {
  for (const Finding& finding : findings)
    if (finding.what == what) return &finding;
  return nullptr;
}

Report report_of(const Outcome& outcome, const Expectations& expect = {}) {
  Report report;
  report.title = "six hours of <tunnel> & co";
  report.file = "my drills/tunnel.yaml";
  report.length = outcome.length;
  report.nodes = outcome.nodes;
  report.add({outcome, judge(expect, outcome)});
  return report;
}

TEST(Judge, AlwaysChecksThePromises) {
  EXPECT_TRUE((Verdict{sound(), judge({}, sound())}).passed());
  const auto fails = [](auto change, const std::string& what) {
    Outcome outcome = sound();
    change(outcome);
    const auto findings = judge({}, outcome);
    const Finding* finding = find(findings, what);
    return finding != nullptr && !finding->passed;
  };
  EXPECT_TRUE(fails([](Outcome& o) { o.tiers[2].silent_samples = 1; }, "lost without a gap"));
  EXPECT_TRUE(fails([](Outcome& o) { o.account_faults = {"node 1, bulk: …"}; }, "the account"));
  EXPECT_TRUE(fails([](Outcome& o) { o.drained = false; }, "drained at the end"));
  EXPECT_TRUE(fails([](Outcome& o) { o.tiers[1].recovery_point = milliseconds(1'201); },
                    "recovery point, diagnostic"));
  EXPECT_TRUE(fails([](Outcome& o) { o.tiers[0].recovery_point = milliseconds(101); },
                    "recovery point, critical"));
  EXPECT_FALSE(fails([](Outcome& o) { o.tiers[1].recovery_point = milliseconds(1'199); },
                     "recovery point, diagnostic"));
}

TEST(Judge, HoldsToEachLimit) {
  Outcome outcome = sound();
  outcome.tiers[2].dropped_samples = 20;
  Expectations expect;
  expect.loss[2] = LossLimit{0.01};
  expect.drain = minutes(2);
  expect.critical_worst = seconds(4);
  expect.critical_p99 = milliseconds(500);
  expect.wire_bytes_per_day = 3u << 20;
  expect.disk_bytes = 4u << 20;
  const auto findings = judge(expect, outcome);
  EXPECT_FALSE(find(findings, "loss, bulk")->passed);
  EXPECT_FALSE(find(findings, "drain time")->passed);
  EXPECT_TRUE(find(findings, "critical latency, worst")->passed) << "just so much is within";
  EXPECT_FALSE(find(findings, "critical latency, p99")->passed);
  EXPECT_TRUE(find(findings, "bytes sent, of a node")->passed) << "two nodes, half a day";
  EXPECT_FALSE(find(findings, "bytes on disk, of a node")->passed);
  expect.loss[2] = LossLimit{0.02};
  EXPECT_TRUE(find(judge(expect, outcome), "loss, bulk")->passed);
}

TEST(Report, ShowsTheFirstFailureAndHowToRepeatIt) {
  Outcome bad = sound(17);
  bad.tiers[1].silent_samples = 12;
  Report report = report_of(sound(16));
  report.add({bad, judge({}, bad)});
  report.add({sound(18), judge({}, sound(18))});
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.shown.outcome.seed, 17u);
  EXPECT_EQ(report.repeat_command(), "wayside drill 'my drills/tunnel.yaml' --seed 17");
  const std::string text = report_text(report);
  EXPECT_THAT(text, ::testing::StartsWith("FAIL: six hours"));
  EXPECT_THAT(text, HasSubstr("3 runs, 1 failed; shown: seed 17"));
  EXPECT_THAT(text, HasSubstr("FAIL  lost without a gap"));
  EXPECT_THAT(text, HasSubstr("12 samples; expected none"));
}

TEST(Report, IsJsonForPrograms) {
  Outcome outcome = sound();
  outcome.tiers[2].losses.push_back({"spool_full", 3, 30, Time{0}, Time{seconds(9).ns}});
  const auto json = nlohmann::json::parse(report_json(report_of(outcome)));
  EXPECT_EQ(json["passed"], true);
  EXPECT_EQ(json["tiers"]["bulk"]["losses"][0]["reason"], "spool_full");
  EXPECT_EQ(json["tiers"]["bulk"]["losses"][0]["last_time"], "1970-01-01T00:00:09Z");
  EXPECT_EQ(json["drain_s"], 180);
  EXPECT_EQ(json["tiers"]["critical"]["recovery_point_s"], nullptr);
}

TEST(Report, IsOnePageWithoutAnythingFromElsewhere) {
  Outcome outcome = sound();
  for (int i = 0; i <= 100; ++i)
    outcome.points.push_back({minutes(i * 8), {1, 2, static_cast<std::uint64_t>(i * i)}, {}, 0});
  outcome.episodes.push_back({hours(1), hours(7), "link down", "all nodes"});
  outcome.latencies.push_back({hours(2), seconds(3)});
  const std::string page = report_html(report_of(outcome));
  for (const char* outside : {"http:", "https:", "src=", "@import", "url("})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_THAT(page, HasSubstr("six hours of &lt;tunnel&gt; &amp; co"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("<rect class='shade'"));
  EXPECT_THAT(page, HasSubstr("link down, all nodes: from 1 h to 7 h"));
}

TEST(Plot, ThinningKeepsWhatStandsOut) {
  std::vector<std::pair<double, double>> points;
  for (int i = 0; i < 10'000; ++i) points.emplace_back(i, i == 5'000 ? 100 : 1);
  const auto few = thinned(points, 10'000, 200);
  EXPECT_LE(few.size(), 210u);
  EXPECT_TRUE(std::ranges::any_of(few, [](const auto& p) { return p.second == 100; }));
}

TEST(Format, IsForPeople) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(1'234'567), "1,234,567");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_span(milliseconds(82)), "82 ms");
  EXPECT_EQ(format_span(milliseconds(7300)), "7.3 s");
  EXPECT_EQ(format_span(seconds(250)), "4 min 10 s");
  EXPECT_EQ(format_span(minutes(362)), "6 h 2 min");
  EXPECT_EQ(format_span(days(3) + hours(4)), "3 d 4 h");
  EXPECT_EQ(format_span(seconds(-5)), "-5 s");
}

class AlertsTest : public ::testing::Test {
 protected:
  static Alert alert(int from_min, std::optional<int> to_min, const char* rule = "hot") {
    Alert one{"n", "a", rule, minutes(from_min), std::nullopt, std::nullopt};
    if (to_min) one.cleared = minutes(*to_min);
    return one;
  }
  static RuleComparison compare(const std::vector<Alert>& clean, const std::vector<Alert>& here,
                                const std::vector<Label>& labels = {}) {
    return compare_alerts({"hot"}, clean, here, labels, hours(10)).at(0);
  }
};

TEST_F(AlertsTest, TheSameAlertsDoNotDiffer) {
  const std::vector<Alert> alerts{alert(10, 20), alert(30, 40)};
  const RuleComparison same = compare(alerts, alerts);
  EXPECT_EQ(same.clean, 2u);
  EXPECT_EQ(same.here, 2u);
  EXPECT_EQ(same.missed, 0u);
  EXPECT_EQ(same.added, 0u);
  EXPECT_EQ(same.delay_worst, Duration{});
}

TEST_F(AlertsTest, CountsMissedFalseAndLateOnes) {
  const RuleComparison found = compare({alert(10, 20), alert(100, 200), alert(5, 6, "other")},
                                       {alert(120, 210), alert(300, 310)});
  EXPECT_EQ(found.clean, 2u);
  EXPECT_EQ(found.missed, 1u);
  EXPECT_EQ(found.added, 1u);
  EXPECT_EQ(found.delay_worst, minutes(20));
}

TEST_F(AlertsTest, AnAlertThatFlutersIsNotFalse) {
  const RuleComparison found =
      compare({alert(10, std::nullopt)}, {alert(11, 12), alert(13, 14), alert(15, std::nullopt)});
  EXPECT_EQ(found.added, 0u);
  EXPECT_EQ(found.missed, 0u);
  EXPECT_EQ(found.delay_worst, minutes(1));
}

TEST_F(AlertsTest, HoldsBothRunsAgainstTheLabels) {
  const std::vector<Label> labels{{"n", "a", "leak", minutes(60), hours(10)}};
  const RuleComparison found =
      compare({alert(70, std::nullopt)}, {alert(30, 35), alert(95, std::nullopt)}, labels);
  EXPECT_EQ(found.labels, 1u);
  EXPECT_EQ(found.clean_seen, 1u);
  EXPECT_EQ(found.here_seen, 1u);
  EXPECT_EQ(found.clean_after_worst, minutes(10));
  EXPECT_EQ(found.here_after_worst, minutes(35));
  EXPECT_EQ(found.clean_outside, 0u);
  EXPECT_EQ(found.here_outside, 1u);
}

}  // namespace
}  // namespace wayside::drill
