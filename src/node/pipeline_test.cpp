#include "node/pipeline.hpp"

#include <gmock/gmock.h>
#include <cmath>
#include <limits>

#include "node/node_fixture.hpp"
#include "node/record_text.hpp"

namespace wayside::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const SignalId temp{0};
const SignalId flow{1};

/// One pump's pipeline with a model whose score is what the test sets.
struct Bench {
  explicit Bench(const std::string& rules, const std::string& model_options = "")
      : config(parse_good(pump_yaml(rules, model_options))),
        pipeline(config, sink, clock, metrics) {
    loader.files["wear.onnx"] = pump_model([this](auto, auto outputs, auto shares) -> Status {
      clock.advance(takes);
      if (fails) return fail(Errc::io, "the runtime failed");
      outputs[0] = score;
      outputs[1] = 7;
      if (!shares.empty()) {
        shares[0] = 0.25;
        shares[1] = -0.75;
      }
      return {};
    });
    // Both signals have been seen before the first tick, so that each tick waits for both.
    for (const SignalId signal : {temp, flow})
      pipeline.push({AssetId{0}, signal, at_second(0) - milliseconds(500), 50, {}});
    sink.samples.clear();
  }

  void load() {
    auto model = load_model(config.kinds[0].models[0], config.kinds[0], pipeline.assets_of_kind(0),
                            loader, infos);
    ASSERT_TRUE(model) << model.error().message;
    pipeline.slot(0, 0).offer(std::move(*model));
  }

  void push(SignalId signal, std::int64_t second, double value, std::uint32_t asset = 0) {
    const auto& own = config.table.kind_of(AssetId{asset})[signal];
    pipeline.push({AssetId{asset}, signal, at_second(second), value, own.judge(value)});
  }
  /// Both signals, which makes the tick of this second due.
  void second(std::int64_t s, double temperature = 50, double rate = 10) {
    push(temp, s, temperature);
    push(flow, s, rate);
  }
  double counter(const std::string& name) {
    double sum = 0;
    for (const auto& value : metrics.values(name)) sum += value.value;
    return sum;
  }

  double score = 0.1;
  bool fails = false;
  Duration takes{0};
  AgentConfig config;
  RecordingSink sink;
  ManualClock clock{at_second(0)};
  Metrics metrics;
  ModelInfos infos;
  FakeLoader loader;
  Pipeline pipeline;
};

const std::string worn = "      worn: {when: wear.score > 0.9}\n";

TEST(Pipeline, FromSamplesToFeaturesToDecision) {
  Bench b(worn);
  b.load();
  b.second(0, 40);
  b.second(1, 60);
  ASSERT_EQ(b.sink.samples.size(), 4u);
  ASSERT_GE(b.sink.rows.size(), 2u);
  EXPECT_EQ(b.sink.rows.back().time, at_second(1));
  EXPECT_THAT(b.sink.rows.back().values, ElementsAre(50, 10));
  ASSERT_FALSE(b.sink.decisions.empty());
  const auto& decided = b.sink.decisions.back();
  EXPECT_THAT(decided.inputs, ElementsAre(50, 10));
  EXPECT_THAT(decided.outputs, ElementsAre(0.1, 7));
  EXPECT_THAT(decided.contributions, ElementsAre(0.25, -0.75));
  EXPECT_EQ(decided.row.model->digest, "0123456789abcdef");
  EXPECT_FALSE(decided.row.alarmed);
  EXPECT_TRUE(b.sink.alerts.empty());
}

TEST(Pipeline, AnAlertCarriesItsEvidence) {
  Bench b("      worn: {when: wear.score > 0.9 and wear.t2 > 5, for: 2s, tier: diagnostic}\n");
  b.load();
  b.score = 0.95;
  for (int s = 0; s < 6; ++s) b.second(s);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_EQ(b.sink.alerts[0].time, at_second(2));
  EXPECT_TRUE(b.sink.decisions.back().row.alarmed);
  const telemetry::Event event = make_alert(b.config, b.sink.alerts[0]);
  EXPECT_EQ(event.kind, "alert_raised");
  EXPECT_EQ(event.asset, "p1");
  EXPECT_EQ(event.severity, telemetry::Severity::alarm);
  EXPECT_EQ(event.text, "worn: wear.score > 0.9 and wear.t2 > 5 for 2s");
  EXPECT_EQ(event.data_json, R"({"rule":"worn","values":{"wear.score":0.95,"wear.t2":7.0},)"
                             R"("evidence":{"wear":{"flow_last":-0.75,"temp_mean":0.25}}})");
  b.score = 0.5;
  b.second(6);
  ASSERT_EQ(b.sink.alerts.size(), 2u);
  const telemetry::Event cleared = make_alert(b.config, b.sink.alerts[1]);
  EXPECT_EQ(cleared.kind, "alert_cleared");
  EXPECT_THAT(cleared.data_json, HasSubstr("\"raised\":" + std::to_string(at_second(2).ns)));
}

TEST(Pipeline, HysteresisClearsOnlyByItsOwnCondition) {
  Bench b("      hot: {when: temp_mean > 90, clear: temp_mean < 80}\n");
  for (int s = 0; s < 8; ++s) b.second(s, 95);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  for (int s = 8; s < 16; ++s) b.second(s, 85);
  EXPECT_EQ(b.sink.alerts.size(), 1u);
  for (int s = 16; s < 24; ++s) b.second(s, 70);
  ASSERT_EQ(b.sink.alerts.size(), 2u);
  EXPECT_FALSE(b.sink.alerts[1].raised);
  EXPECT_EQ(b.sink.alerts[1].raised_at, b.sink.alerts[0].time);
}

TEST(Pipeline, AnInterlockActsOnTheSampleItself) {
  Bench b("      dry: {when: flow < 1, on: sample, severity: warning}\n");
  b.push(temp, 0, 50);
  b.push(flow, 0, 10);
  b.push(flow, 1, 0.5);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_EQ(b.sink.alerts[0].time, at_second(1));
  EXPECT_EQ(b.sink.alerts[0].values[0], 0.5);
  b.push(temp, 1, 50);
  EXPECT_EQ(b.sink.alerts.size(), 1u);
  b.push(flow, 2, 5);
  EXPECT_EQ(b.sink.alerts.size(), 2u);
}

TEST(Pipeline, AValueThatIsNotGoodIsStoredButMovesNothing) {
  Bench b("      hot: {when: temp > 100, on: sample}\n");
  b.push(temp, 0, 900);
  b.push(temp, 1, nan);
  EXPECT_TRUE(b.sink.alerts.empty());
  ASSERT_EQ(b.sink.samples.size(), 2u);
  EXPECT_EQ(b.sink.samples[0].quality, telemetry::Quality::out_of_range);
  EXPECT_EQ(b.sink.samples[1].quality, telemetry::Quality::not_finite);
}

TEST(Pipeline, ALateSampleIsMarked) {
  Bench b("      hot: {when: temp > 100, on: sample}\n");
  for (int s = 0; s < 5; ++s) b.second(s);
  b.push(temp, 2, 120);
  EXPECT_EQ(b.sink.samples.back().quality, telemetry::Quality::late);
  EXPECT_TRUE(b.sink.alerts.empty());
}

TEST(Pipeline, AnInterlockSeesASampleThatCameAfterItsTick) {
  Bench b("      hot: {when: temp > 100, on: sample}\n");
  for (int s = 0; s < 5; ++s) b.second(s);
  // The tick of second 5 falls while the flow alone has come so far: the temperature is idle.
  for (int s = 5; s < 20; ++s) b.push(flow, s, 10);
  b.push(temp, 12, 120);
  EXPECT_EQ(b.sink.samples.back().quality, telemetry::Quality::late);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_EQ(b.sink.alerts[0].time, at_second(12));
}

TEST(Pipeline, WithoutAModelItsRulesWait) {
  Bench b("      worn: {when: wear.score > 0.9}\n      low: {when: wear.score < 0.5}\n");
  for (int s = 0; s < 3; ++s) b.second(s);
  EXPECT_TRUE(b.sink.decisions.empty());
  EXPECT_TRUE(b.sink.alerts.empty());
  EXPECT_GE(b.counter("wayside_model_skipped_total"), 3);
  b.load();
  b.second(3);
  EXPECT_EQ(b.sink.decisions.size(), 1u);
  EXPECT_EQ(b.sink.alerts.size(), 1u);
}

TEST(Pipeline, AMissingInputSkipsTheModelAndHoldsItsRules) {
  Bench b(worn);
  b.load();
  b.score = 0.95;
  for (int s = 0; s < 3; ++s) b.second(s);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  const std::size_t decided = b.sink.decisions.size();
  // Only the temperature goes on: after 60 s `flow_last` has no value.
  for (int s = 3; s < 120; ++s) b.push(temp, s, 50);
  EXPECT_GT(b.counter("wayside_model_skipped_total"), 10);
  EXPECT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_GT(b.sink.decisions.size(), decided);
  EXPECT_TRUE(b.sink.changes.empty());
}

TEST(Pipeline, InputsThatAreMissingForLongAreAFailure) {
  Bench b(worn, ", on_failure: alarm");
  b.load();
  for (int s = 0; s < 3; ++s) b.second(s);
  // After 60 s `flow_last` has no value, and 60 s later that is a failure.
  int s = 3;
  for (; s < 120; ++s) b.push(temp, s, 50);
  EXPECT_TRUE(b.sink.changes.empty());
  EXPECT_TRUE(b.sink.alerts.empty());
  for (; s < 140; ++s) b.push(temp, s, 50);
  ASSERT_EQ(b.sink.changes.size(), 1u);
  EXPECT_TRUE(b.sink.changes[0].failed);
  EXPECT_EQ(b.sink.changes[0].failure, ModelFailure::inputs_missing);
  EXPECT_THAT(make_model_change(b.config, b.sink.changes[0]).text,
              HasSubstr("its input flow_last has had no value for 1min or more"));
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_TRUE(b.sink.alerts[0].by_failure);
  EXPECT_GT(b.counter("wayside_model_failures_total"), 5);
  for (; s < 160; ++s) b.second(s);
  ASSERT_EQ(b.sink.changes.size(), 2u);
  EXPECT_FALSE(b.sink.changes[1].failed);
  EXPECT_EQ(b.sink.alerts.size(), 2u);
}

TEST(Pipeline, AModelReadsTheTicksItsManifestAsksFor) {
  Bench b(worn);
  std::vector<double> seen;
  auto& file = b.loader.files["wear.onnx"];
  file.manifest.sequence = {.history = 3, .missing = infer::Missing::fill, .fill = {-1}};
  file.answer = [&](auto inputs, auto outputs, auto) -> Status {
    seen.assign(inputs.begin(), inputs.end());
    outputs[0] = 0.1;
    return {};
  };
  b.load();
  b.second(0, 50, 10);
  EXPECT_THAT(seen, ElementsAre(-1, -1, -1, -1, 50, 10));
  b.second(1, 70, 11);
  b.second(2, 60, 12);
  b.second(3, 60, 13);
  EXPECT_THAT(seen, ElementsAre(testing::DoubleEq(170.0 / 3), 11, 57.5, 12, 58, 13));
  ASSERT_EQ(b.sink.decisions.size(), 4u);
  EXPECT_THAT(b.sink.decisions[3].inputs, ElementsAre(58, 13));
}

TEST(Pipeline, ARefusedModelIsAFailureAndAnAbsentOneIsNot) {
  Bench b(worn, ", on_failure: alarm");
  for (int s = 0; s < 3; ++s) b.second(s);
  EXPECT_TRUE(b.sink.alerts.empty());
  b.pipeline.slot(0, 0).refuse();
  b.second(3);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_TRUE(b.sink.alerts[0].by_failure);
  EXPECT_EQ(b.counter("wayside_model_failures_total"), 1);
  b.load();
  b.second(4);
  ASSERT_EQ(b.sink.alerts.size(), 2u);
  EXPECT_FALSE(b.sink.alerts[1].raised);
}

TEST(Pipeline, ADeadSensorTakesNoAlertBack) {
  Bench b("      hot: {when: temp_mean > 90}\n");
  for (int s = 0; s < 6; ++s) b.second(s, 95);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  // The window of the temperature empties.
  for (int s = 6; s < 40; ++s) b.push(flow, s, 10);
  ASSERT_TRUE(std::isnan(b.sink.rows.back().values[0]));
  EXPECT_EQ(b.sink.alerts.size(), 1u);
  for (int s = 40; s < 46; ++s) b.second(s, 50);
  EXPECT_EQ(b.sink.alerts.size(), 2u);
}

struct Failure {
  std::string name;
  std::function<void(Bench&)> begin;
  ModelFailure kind;
};

struct PipelineFailure : testing::TestWithParam<Failure> {};

TEST_P(PipelineFailure, IsCountedAndReportedOncePerChange) {
  Bench b(worn, ", budget: 5ms");
  b.load();
  for (int s = 0; s < 3; ++s) b.second(s);
  GetParam().begin(b);
  for (int s = 3; s < 8; ++s) b.second(s);
  ASSERT_EQ(b.sink.changes.size(), 1u);
  EXPECT_TRUE(b.sink.changes[0].failed);
  EXPECT_EQ(b.sink.changes[0].failure, GetParam().kind);
  EXPECT_EQ(b.sink.changes[0].time, at_second(3));
  EXPECT_EQ(b.counter("wayside_model_failures_total"), 5);
  b.fails = false;
  b.score = 0.1;
  b.takes = Duration{0};
  for (int s = 8; s < 8 + static_cast<int>(ModelStage::recovery_runs) - 1; ++s) b.second(s);
  EXPECT_EQ(b.sink.changes.size(), 1u);
  for (int s = 20; s < 23; ++s) b.second(s);
  ASSERT_EQ(b.sink.changes.size(), 2u);
  EXPECT_FALSE(b.sink.changes[1].failed);
  EXPECT_EQ(make_model_change(b.config, b.sink.changes[1]).kind, "model_recovered");
}

TEST_P(PipelineFailure, HoldKeepsTheRuleAsItWas) {
  Bench b(worn, ", budget: 5ms, on_failure: hold");
  b.load();
  GetParam().begin(b);
  for (int s = 0; s < 3; ++s) b.second(s);
  EXPECT_TRUE(b.sink.alerts.empty());
  b.fails = false;
  b.takes = Duration{0};
  b.score = 0.95;
  b.second(3);
  EXPECT_EQ(b.sink.alerts.size(), 1u);
  GetParam().begin(b);
  for (int s = 4; s < 8; ++s) b.second(s);
  EXPECT_EQ(b.sink.alerts.size(), 1u);
}

TEST_P(PipelineFailure, AlarmRaisesTheRuleAtOnce) {
  Bench b("      worn: {when: wear.score > 0.9, for: 1min}\n", ", budget: 5ms, on_failure: alarm");
  b.load();
  GetParam().begin(b);
  b.second(0);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_TRUE(b.sink.alerts[0].by_failure);
  EXPECT_THAT(make_alert(b.config, b.sink.alerts[0]).text, HasSubstr("has failed"));
  b.fails = false;
  b.takes = Duration{0};
  b.score = 0.1;
  b.second(1);
  ASSERT_EQ(b.sink.alerts.size(), 2u);
  EXPECT_FALSE(b.sink.alerts[1].raised);
}

TEST_P(PipelineFailure, IgnoreTakesTheConditionAsNotMet) {
  Bench b(worn, ", budget: 5ms, on_failure: ignore");
  b.load();
  b.score = 0.95;
  b.second(0);
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  GetParam().begin(b);
  b.second(1);
  ASSERT_EQ(b.sink.alerts.size(), 2u);
  EXPECT_FALSE(b.sink.alerts[1].raised);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, PipelineFailure,
    testing::Values(Failure{"error", [](Bench& b) { b.fails = true; }, ModelFailure::error},
                    Failure{"nan", [](Bench& b) { b.score = nan; }, ModelFailure::not_a_number},
                    Failure{"slow", [](Bench& b) { b.takes = milliseconds(6); },
                            ModelFailure::over_budget}),
    [](const auto& instance) { return instance.param.name; });

TEST(Pipeline, ANewModelTakesOverAtATick) {
  Bench b(worn);
  b.load();
  b.second(0);
  b.loader.files["wear.onnx"].digest = "fedcba9876543210";
  b.load();
  b.second(1);
  b.pipeline.slot(0, 0).collect();
  b.load();
  b.load();
  b.second(2);
  ASSERT_EQ(b.sink.decisions.size(), 3u);
  EXPECT_EQ(b.sink.decisions[0].row.model->digest, "0123456789abcdef");
  EXPECT_EQ(b.sink.decisions[1].row.model->digest, "fedcba9876543210");
  EXPECT_EQ(b.sink.decisions[2].row.model->digest, "fedcba9876543210");
}

TEST(Pipeline, AssetsDoNotDisturbEachOther) {
  Bench b("      hot: {when: temp_mean > 90}\n");
  for (int s = 0; s < 8; ++s) {
    b.second(s, 95);
    b.push(temp, s, 20, 1);
    b.push(flow, s, 10, 1);
  }
  ASSERT_EQ(b.sink.alerts.size(), 1u);
  EXPECT_EQ(b.sink.alerts[0].asset.value, 0u);
}

TEST(Pipeline, TheEndOfAReplayEvaluatesTheLastTicks) {
  Bench b("      hot: {when: temp_mean > 90}\n");
  b.push(temp, 0, 95);
  b.push(flow, 0, 10);
  b.push(temp, 3, 95);
  const std::size_t before = b.sink.rows.size();
  b.pipeline.finish();
  EXPECT_EQ(b.sink.rows.size(), before + 3);
  EXPECT_EQ(b.sink.rows.back().time, at_second(3));
}

TEST(LoadModel, ARefusalSaysWhatDoesNotFit) {
  Bench b("      worn: {when: wear.q > 3}\n");
  const auto refusal = [&] {
    const auto model =
        load_model(b.config.kinds[0].models[0], b.config.kinds[0], 1, b.loader, b.infos);
    return model ? std::string("loaded") : model.error().message;
  };
  EXPECT_THAT(refusal(), HasSubstr("a rule reads its output 'q', but it has only: score, t2"));
  infer::Manifest& manifest = b.loader.files["wear.onnx"].manifest;
  manifest.outputs = {"score", "q"};
  EXPECT_EQ(refusal(), "loaded");
  manifest.features_digest = "other";
  EXPECT_THAT(refusal(), HasSubstr("fitted on other feature definitions (digest other)"));
  manifest.features_digest = b.config.kinds[0].plan->digest();
  EXPECT_EQ(refusal(), "loaded");
  manifest.inputs = {"temp_mean", "pressure"};
  EXPECT_THAT(refusal(), HasSubstr("its input 'pressure' is no feature of this kind"));
  manifest.inputs = {"temp_mean", "flow_last"};
  b.fails = true;
  EXPECT_THAT(refusal(), HasSubstr("its trial run failed: the runtime failed"));
}

}  // namespace
}  // namespace wayside::node
