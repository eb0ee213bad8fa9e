#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "node/sources/source_fixture.hpp"
#include "plants/plant.hpp"

namespace wayside::node::sources {
namespace {

using ::testing::HasSubstr;

class SimTest : public SourceTest {
 protected:
  SimTest() {
    assets_.kinds.push_back(*builtin_kind("locomotive"));
    assets_.assets.push_back({"loco-1", assets_.kinds.size() - 1});
  }
  std::vector<telemetry::Sample> of(const std::vector<telemetry::Sample>& samples,
                                    std::string_view signal) {
    const AssetId loco = *assets_.find("loco-1");
    const SignalId id = *assets_.kind_of(loco).find(signal);
    std::vector<telemetry::Sample> out;
    for (const auto& sample : samples)
      if (sample.asset == loco && sample.signal == id) out.push_back(sample);
    return out;
  }
};

const char* const replay =
    "sim: {plant: locomotive, asset: loco-1, seed: 4, every: 100ms, speed: 60, pace: max, "
    "start: 2026-01-01T00:00:00Z, for: 10s}";

TEST_F(SimTest, ReplaysAsFastAsItCan) {
  const auto source = create(replay);
  EXPECT_TRUE(source->finite());
  source->run({});
  const auto samples = sink_.samples();
  const auto temps = of(samples, "coolant_temp");
  ASSERT_EQ(temps.size(), 100u);
  EXPECT_EQ(format_time(temps[0].time), "2026-01-01T00:00:00Z");
  EXPECT_EQ(format_time(temps[99].time), "2026-01-01T00:00:09.9Z");
  EXPECT_EQ(rejected(), 0u);
  EXPECT_EQ(sink_.waited(), samples.size());
}

TEST_F(SimTest, SameSeedGivesTheSameSamples) {
  const auto first = run(replay);
  const auto both = run(replay);
  ASSERT_EQ(both.size(), 2 * first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(both[first.size() + i].time, first[i].time);
    ASSERT_EQ(both[first.size() + i].value, first[i].value);
  }
}

TEST_F(SimTest, WaveformsLeaveAsTheirTimeComes) {
  const auto samples = run(replay);
  const auto wave = of(samples, "axle_vib");
  EXPECT_EQ(wave.size(), 10u * 1024) << "one recording a second";
  EXPECT_EQ((wave[1].time - wave[0].time).ns, 500'000);
  EXPECT_EQ((wave[1024].time - wave[0].time).ns, seconds(1).ns);
  Time newest = Time::min();
  for (const auto& sample : samples) {
    EXPECT_GE(sample.time + milliseconds(100), newest) << "nothing later than one step";
    newest = std::max(newest, sample.time);
  }
}

TEST_F(SimTest, ConvertsToTheUnitsOfTheKind) {
  telemetry::Kind kind{"steamer", {}};
  telemetry::Signal signal;
  signal.name = "coolant_temp";
  signal.unit = "degF";
  kind.signals.push_back(signal);
  assets_.kinds.push_back(kind);
  assets_.assets.push_back({"steamer-1", assets_.kinds.size() - 1});
  const auto samples =
      run("sim: {plant: locomotive, asset: steamer-1, pace: max, for: 1s, every: 100ms}");
  ASSERT_EQ(samples.size(), 10u) << "only the signals that the kind has";
  EXPECT_GT(samples[0].value, 150);
  EXPECT_LT(samples[0].value, 200);
}

TEST_F(SimTest, FaultsDevelopInTheTimeOfTheSamplesAndAreLabelled) {
  const std::string faulty =
      "sim: {plant: locomotive, asset: loco-1, seed: 4, every: 100ms, speed: 60, pace: max, for: "
      "60s, "
      "start: 2026-01-01T00:00:00Z, faults: [{kind: coolant_leak, at: 20s, over: 10s}]}";
  const auto pressure = of(run(faulty), "coolant_pressure");
  ASSERT_EQ(pressure.size(), 600u);
  for (std::size_t i = 0; i < 200; ++i) ASSERT_GT(pressure[i].value, 60) << i;
  for (std::size_t i = 350; i < 600; ++i) ASSERT_LT(pressure[i].value, 30) << i;
  EXPECT_THAT(said_, HasSubstr("fault coolant_leak begins at 2026-01-01T00:00:20"));
  const auto labels = metrics_.values("wayside_sim_fault_level");
  ASSERT_EQ(labels.size(), 1u);
  EXPECT_EQ(labels[0].value, 1);
  EXPECT_EQ(labels[0].labels.at("fault"), "coolant_leak");
}

TEST_F(SimTest, AFaultInTheFarFutureNeverComes) {
  run("sim: {plant: locomotive, asset: loco-1, speed: 60, pace: max, for: 10s, "
      "faults: [{kind: coolant_leak, at: 3650d, over: 3650d}]}");
  EXPECT_EQ(metrics_.values("wayside_sim_fault_level")[0].value, 0);
}

TEST_F(SimTest, LiveSamplesBearTheClocksTimeAndNeverWaitForRoom) {
  const auto source = create("sim: {plant: locomotive, asset: loco-1, every: 10ms}");
  EXPECT_FALSE(source->finite());
  const Time before = system_clock_.now();
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  ASSERT_TRUE(sink_.wait_for(100));
  thread.request_stop();
  thread.join();
  EXPECT_EQ(sink_.waited(), 0u);
  for (const auto& sample : of(sink_.samples(), "notch")) {
    EXPECT_GE(sample.time + milliseconds(10), before);
    EXPECT_LE(sample.time, system_clock_.now());
  }
}

TEST_F(SimTest, LocatesMistakes) {
  const std::string said = mistakes(
      "sim:\n"
      "  plant: locomotiv\n"
      "  asset: loco-2\n"
      "  speed: 0\n"
      "  pace: max\n");
  EXPECT_THAT(
      said,
      HasSubstr("agent.yaml:2:10: error: unknown plant 'locomotiv' (did you mean locomotive?)"));
  EXPECT_THAT(said,
              HasSubstr("agent.yaml:3:10: error: unknown asset 'loco-2' (did you mean loco-1?)"));
  EXPECT_THAT(said, HasSubstr("'speed' must be above 0"));
  EXPECT_THAT(said, HasSubstr("pace max needs 'for'"));
  EXPECT_THAT(
      mistakes("sim:\n"
               "  plant: locomotive\n"
               "  asset: loco-1\n"
               "  waveform_every: 100ms\n"
               "  faults:\n"
               "    - {kind: coolant_leek, at: 5s}\n"
               "    - {kind: sensor_drift, signal: oil_tmp, at: 5s}\n"),
      ::testing::AllOf(HasSubstr("agent.yaml:6:7: error: a locomotive has no fault 'coolant_leek'"),
                       HasSubstr("did you mean oil_temp?"),
                       HasSubstr("'waveform_every' must be at least 512ms")));
  EXPECT_THAT(mistakes("sim: {plant: locomotive, asset: this-computer}"),
              HasSubstr("the kind computer has none of the signals of locomotive"));
}

}  // namespace
}  // namespace wayside::node::sources
