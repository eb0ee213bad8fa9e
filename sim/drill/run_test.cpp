// Drills on a simulated world: that they find what is planted, find nothing where nothing is, and
// are the same for the same seed.
#include "sim/drill/run.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "infer/onnx/onnx_loader.hpp"
#include "infer/onnx/tiny_model.hpp"
#include "sim/drill/script_fixture.hpp"

namespace wayside::drill {
namespace {

std::string failures(const Verdict& verdict) {
  std::string out;
  for (const Finding& finding : verdict.findings)
    if (!finding.passed) out += finding.what + ": " + finding.found + "\n";
  return out;
}

/// The first of some seeds that the drill fails with, or 0.
std::uint64_t first_failure(const Drill& drill, Canary canary, std::uint64_t seeds) {
  RunOptions options;
  options.canary = canary;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    if (!run_and_judge(drill, seed, options).passed()) return seed;
  return 0;
}

const std::string short_line =
    "drill: a short line\nfor: 30min\nnodes: 2\nstorage: memory\n"
    "timeline:\n"
    "  - {at: 0s, link: {latency: 50ms, jitter: 50ms, loss: 5%, duplicate: 5%}}\n"
    "  - {at: 5min..10min, for: 5min, node: any, link: down}\n"
    "expect: {loss: none, drain: 5min}\n";

TEST(Run, TheSameSeedGivesTheSameBits) {
  const auto drill = read(short_line);
  const Outcome a = run_drill(*drill, 5, {});
  const Outcome b = run_drill(*drill, 5, {});
  const Outcome c = run_drill(*drill, 6, {});
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_EQ(a.wire_bytes, b.wire_bytes);
  EXPECT_NE(a.digest, c.digest);
}

TEST(Run, AnOutageLosesNothingAndIsMeasured) {
  const auto drill = read(short_line);
  const Verdict verdict = run_and_judge(*drill, 1, {});
  const Outcome& outcome = verdict.outcome;
  EXPECT_TRUE(verdict.passed()) << failures(verdict);
  ASSERT_TRUE(outcome.drain);
  EXPECT_GE(*outcome.critical_worst, minutes(4)) << "critical records waited for the line";
  EXPECT_LT(*outcome.critical_live, seconds(10));
  for (const TierOutcome& tier : outcome.tiers) {
    EXPECT_GT(tier.accepted_samples, 0u);
    EXPECT_EQ(tier.stored_samples, tier.accepted_samples);
  }
  const auto queued = [](const Point& point) {
    return point.queued_records[0] + point.queued_records[1] + point.queued_records[2];
  };
  EXPECT_GT(std::ranges::max(outcome.points, {}, queued).queued_records[1], 10u);
}

TEST(Run, WhatTheSpoolMustDropIsTold) {
  const auto drill = read(
      "drill: too small\nfor: 8h\nsignals: {every: 1s}\nstorage: memory\n"
      "timeline: [{at: 1min, for: 9h, link: down}]\nexpect: {loss: {bulk: none}}\n");
  config::Node* limit = nullptr;
  for (config::Node::Entry& entry : drill->agent_root.entries)
    if (entry.key == "spool") limit = &entry.value.entries.front().value;
  ASSERT_NE(limit, nullptr);
  limit->scalar = "1MiB";
  const Verdict verdict = run_and_judge(*drill, 1, {});
  EXPECT_EQ(failures(verdict).find("loss, bulk"), 0u) << failures(verdict);
  const TierOutcome& bulk = verdict.outcome.tiers[2];
  ASSERT_FALSE(bulk.losses.empty());
  EXPECT_EQ(bulk.losses.front().reason, "spool_full");
  EXPECT_EQ(bulk.accepted_samples, bulk.stored_samples + bulk.dropped_samples);
  EXPECT_EQ(bulk.silent_samples, 0u);
}

TEST(Run, SensorsWearChangesAlertsAndNothingElse) {
  const auto drill = read(
      "drill: biased\nfor: 1h\nstorage: memory\n"
      "signals: {set: {motor_temp: {shape: sine, low: 60, high: 78, noise: 0, period: 30min}}}\n"
      "timeline: [{at: 0s, sensor: {signal: motor_temp, bias: 5}}]\n"
      "expect: {alerts: {false: 0}}\n");
  const Verdict verdict = run_and_judge(*drill, 1, {});
  EXPECT_EQ(failures(verdict).find("alerts false"), 0u) << failures(verdict);
  const auto hot = std::ranges::find(verdict.outcome.rules, "hot", &RuleComparison::rule);
  ASSERT_NE(hot, verdict.outcome.rules.end());
  EXPECT_EQ(hot->clean, 0u);
  EXPECT_GE(hot->added, 1u);
}

constexpr const char* press_agent = R"(
node: press
state: state
kinds:
  press:
    signals: {force: {unit: kN, range: [0, 100]}}
    features:
      every: 10s
      define:
        force_mean: mean(force, 1min)
    models: {heavy: {file: max.onnx, inputs: [force_mean], budget: 10s}}
    rules: {overload: {when: heavy.score > 60, for: 30s}}
assets: [{name: press, kind: press}]
sources: [{stdin: {}}]
)";

/// The score is the largest of the inputs, from the user's own file.
TEST(Run, ModelsOfTheAgentRunAndTheirAlertsAreCompared) {
  const std::filesystem::path folder = ::testing::TempDir() + "drill_model";
  std::filesystem::create_directories(folder);
  const infer::testing::TinyModel model{.inputs = {{"x", infer::testing::Element::f32, {1, 1}}},
                                        .nodes = {{"ReduceMax", {"x"}, "score", "keepdims", 0}},
                                        .outputs = {"score"}};
  std::ofstream(folder / "max.onnx", std::ios::binary) << model.bytes();
  std::ofstream(folder / "agent.yaml") << press_agent;
  config::Diagnostics diagnostics;
  const auto drill = read_drill(
      "drill: a model\nfor: 1h\nstorage: memory\n"
      "signals: {set: {force: {shape: square, low: 20, high: 50, noise: 1, period: 20min}}}\n"
      "timeline: [{at: 30min, sensor: {signal: force, bias: 20, noise: 2}}]\n",
      "drill.yaml", (folder / "agent.yaml").string(), no_environment, diagnostics);
  ASSERT_NE(drill, nullptr) << diagnostics.format();
  RunOptions options;
  options.loader = [] { return infer::make_onnx_loader(); };
  const Outcome outcome = run_drill(*drill, 1, options);
  ASSERT_EQ(outcome.rules.size(), 1u);
  EXPECT_EQ(outcome.rules[0].clean, 0u);
  EXPECT_GE(outcome.rules[0].added, 1u) << "a biased sensor makes the model see an overload";
  EXPECT_TRUE(outcome.account_faults.empty());
}

class CanaryTest : public ::testing::Test {
 protected:
  /// Sound, the drill passes with every seed; with the canary it fails with one of them.
  static void expect_caught(const std::string& script, Canary canary) {
    const auto drill = read(script);
    constexpr std::uint64_t seeds = 8;
    EXPECT_EQ(first_failure(*drill, Canary::none, seeds), 0u) << "the seed that fails without";
    EXPECT_NE(first_failure(*drill, canary, seeds), 0u) << "no seed of " << seeds << " sees it";
  }
};

TEST_F(CanaryTest, AHubThatAcknowledgesBeforeItsStoreHasCommitted) {
  expect_caught(
      "drill: hub without power\nfor: 20min\nnodes: 2\nstorage: memory\ndrain_max: 1h\n"
      "timeline: [{at: 1min..15min, times: 3, hub: power_cut}]\n",
      Canary::hub_commits_late);
}

TEST_F(CanaryTest, ADiskThatLiesAboutSync) {
  expect_caught(
      "drill: power\nfor: 20min\ndrain_max: 1h\n"
      "timeline:\n"
      "  - {at: 1min..15min, times: 4, agent: power_cut}\n"
      "  - {at: 1min, for: 10min, link: down}\n",
      Canary::disk_lies);
}

TEST_F(CanaryTest, ASpoolThatLetsGoOfWhatTheBrokerTook) {
  expect_caught(
      "drill: broker\nfor: 20min\nnodes: 2\nstorage: memory\ndrain_max: 1h\n"
      "timeline:\n"
      "  - {at: 1min..15min, times: 5, for: 20s, hub: kill}\n"
      "  - {at: 1min..15min, times: 5, for: 5s, broker: restart}\n",
      Canary::release_at_puback);
}

}  // namespace
}  // namespace wayside::drill
