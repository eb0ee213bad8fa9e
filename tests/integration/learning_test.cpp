// The fleet learns from its own healthy data, and then catches a fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fstream>

#include "fleet.hpp"
#include "support/data.hpp"

namespace wayside::test {
namespace {

using ::testing::HasSubstr;

std::string locomotive(const std::string& node, const std::string& rest, const std::string& model) {
  return "node: " + node + "\nhub: {broker: \"@BROKER@\"}\nstate: \"@STATE@\"\n" + R"(
kinds:
  locomotive:
    signals:
      traction_power:   {unit: kW}
      engine_speed:     {unit: rpm}
      notch:            {unit: "1"}
      train_speed:      {unit: km/h}
      brake_force:      {unit: kN}
      coolant_temp:     {unit: degC}
      coolant_pressure: {unit: kPa}
      oil_pressure:     {unit: kPa}
      oil_temp:         {unit: degC}
      ambient_temp:     {unit: degC}
      fan_speed:        {unit: "%"}
      motor_current:    {unit: A}
      motor_temp:       {unit: degC}
      bearing_temp:     {unit: degC}
      fuel_rate:        {unit: l/min}
      axle_vib:         {unit: g, waveform: {rate: 2 kHz, length: 1024}, tier: bulk}
    features:
      every: 10s
      define:
        coolant_mean: mean(coolant_temp, 60s)
        pressure_mean: mean(coolant_pressure, 60s)
        fan_mean: mean(fan_speed, 60s)
        oil_mean: mean(oil_temp, 60s)
        power_mean: mean(traction_power, 60s)
        over_ambient: coolant_mean - mean(ambient_temp, 60s)
    models:
      cooling: {file: ")" +
         model +
         R"(", inputs: [coolant_mean, pressure_mean, fan_mean, oil_mean, over_ambient], budget: 50ms}
    rules:
      cooling_fault: {when: cooling.score > 0.9999, for: 2min, tier: critical, do: [alert]}
assets: [{name: )" +
         node + R"(, kind: locomotive}]
sources:
  - {sim: {plant: locomotive, asset: )" +
         node + ", every: 1s, pace: max, " + rest + R"(}}
tiers:
  diagnostic: {send: every 100ms}
  bulk: {send: every 100ms}
)";
}

TEST(Learning, AModelFromHealthyDataCatchesALeak) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  const std::string model = fleet.file("cooling.onnx");
  for (int n = 1; n <= 3; ++n) {
    const std::string node = "loco-" + std::to_string(n);
    Process agent = fleet.start_agent(
        node,
        locomotive(node, "seed: " + std::to_string(n) + ", start: 2026-03-01T00:00:00Z, for: 8h",
                   model),
        {"--until-eof"});
    ASSERT_EQ(agent.wait(std::chrono::seconds(60)), 0) << agent.output();
  }
  const Outcome fit =
      fleet.ask({"model", "fit", "pca", "--kind", "locomotive", "--from", "2026-03-01T00:30:00Z",
                 "--to", "2026-03-01T08:00:00Z", "--features",
                 "coolant_mean,pressure_mean,fan_mean,oil_mean,over_ambient", "--out", model});
  ASSERT_EQ(fit.status, 0) << fit.output;
  const Outcome show = run({program("wayside"), "model", "show", model});
  EXPECT_EQ(show.status, 0);
  EXPECT_THAT(show.output, HasSubstr("pressure_mean"));

  Process faulty = fleet.start_agent(
      "loco-9",
      locomotive("loco-9",
                 "seed: 9, start: 2026-03-01T00:00:00Z, for: 8h, faults: [{kind: coolant_leak, at: "
                 "4h, over: 30min}]",
                 model),
      {"--until-eof"});
  ASSERT_EQ(faulty.wait(std::chrono::seconds(60)), 0) << faulty.output();
  const std::string alerts =
      "select count(*) from events where asset = 'loco-9' and kind = 'alert_raised' and time ";
  EXPECT_EQ(fleet.number(alerts + "< '2026-03-01T04:00:00Z'"), 0)
      << fleet.ask({"query", "select * from events"}).output;
  EXPECT_GE(fleet.number(alerts + "between '2026-03-01T04:00:00Z' and '2026-03-01T05:00:00Z'"), 1)
      << fleet.ask({"query", "select time, kind, text from events"}).output << faulty.output();
  EXPECT_GT(fleet.number("select count(*) from decisions where asset = 'loco-9'"), 0);
  // Its evidence names the inputs that made the score, the coolant's pressure among them.
  const auto events = fleet.get("/api/v1/events?asset=loco-9&kind=alert_raised");
  ASSERT_TRUE(events.is_object());
  const auto evidence = events.at("events").back().at("data").at("evidence").at("cooling");
  EXPECT_GT(evidence.value("pressure_mean", 0.0), 0) << events.dump(1);
}

TEST(Learning, AnAgentWithoutAModelDoesNotLoadTheRuntime) {
  Fleet fleet;
  Process agent = fleet.start_agent("loco", R"(
node: loco
state: "@STATE@"
listen: 127.0.0.1:)" + std::to_string(free_port()) +
                                                R"(
assets: [{name: loco, kind: locomotive}]
sources: [{sim: {plant: locomotive, asset: loco, every: 10ms}}]
)");
  ASSERT_TRUE(eventually([&] { return fleet.log("loco").find("local API") != std::string::npos; }))
      << agent.output();
  std::ifstream maps("/proc/" + std::to_string(agent.pid()) + "/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  EXPECT_NE(mapped.find("libsqlite3"), std::string::npos);
  EXPECT_EQ(mapped.find("onnxruntime"), std::string::npos);
  EXPECT_EQ(agent.terminate(), 0) << agent.output();
}

TEST(Learning, NabMachineTemperatureReplaysIntoDecisions) {
  const std::string csv =
      data_file("nab/data/realKnownCause/machine_temperature_system_failure.csv");
  if (csv.empty()) GTEST_SKIP() << "the NAB data set is not on this machine (WAYSIDE_DATA)";
  std::ifstream example(std::string(WAYSIDE_SOURCE_DIR) +
                        "/examples/machine-temperature/agent.yaml");
  const std::string yaml{std::istreambuf_iterator<char>(example), {}};
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  const std::string model = fleet.file("machine.onnx");
  const auto replay = [&](const std::string& from, const std::string& until) {
    return run(
        {program("wayside-agent"), "--config", fleet.write("machine.yaml", yaml), "--until-eof"},
        {{"BROKER", fleet.broker_url()},
         {"STATE", fleet.file("machine")},
         {"CSV", csv},
         {"MODEL", model},
         {"FROM", from},
         {"UNTIL", until}});
  };
  const Outcome healthy = replay("2013-12-02", "2013-12-10");
  ASSERT_EQ(healthy.status, 0) << healthy.output;
  const Outcome fit =
      fleet.ask({"model", "fit", "pca", "--kind", "machine", "--from", "2013-12-03", "--to",
                 "2013-12-10", "--false-alarm-rate", "0.002", "--out", model});
  ASSERT_EQ(fit.status, 0) << fit.output;
  const Outcome rest = replay("2013-12-10", "2014-02-20");
  ASSERT_EQ(rest.status, 0) << rest.output;
  EXPECT_EQ(fleet.number("select count(*) from samples"), 22'695);
  EXPECT_GT(fleet.number("select count(*) from decisions where model = 'machine_anomaly'"), 15'000);
  // The catastrophic failure of 8 February 2014 (its labelled window) does not pass unnoticed.
  EXPECT_GE(fleet.number("select count(*) from events where kind = 'alert_raised' and time between "
                         "'2014-02-07T00:00:00Z' and '2014-02-09T20:00:00Z'"),
            1);
  EXPECT_TRUE(fleet.settled("press-1"));
}

TEST(Learning, TurbofanEnginesWarnBeforeTheyFail) {
  const std::string gz = data_file("cmapss/train_FD001.txt.gz");
  if (gz.empty()) GTEST_SKIP() << "the C-MAPSS data set is not on this machine (WAYSIDE_DATA)";
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  const std::string model = fleet.file("turbofan.onnx");
  const std::string config = std::string(WAYSIDE_SOURCE_DIR) + "/examples/turbofan/agent.yaml";
  // As its README says: packed data comes through a pipe.
  const auto replay = [&](const std::string& cycles) {
    return run({"bash", "-c",
                "zcat " + gz + " | awk '" + cycles + "' | " + program("wayside-agent") +
                    " --config " + config + " --until-eof"},
               {{"BROKER", fleet.broker_url()}, {"STATE", fleet.file("stand")}, {"MODEL", model}});
  };
  const Outcome sound = replay("$2 <= 50");
  ASSERT_EQ(sound.status, 0) << sound.output;
  const Outcome fit =
      fleet.ask({"model", "fit", "pca", "--kind", "turbofan", "--from", "2026-01-01T10:00:00Z",
                 "--to", "2026-01-03T02:00:00Z", "--out", model});
  ASSERT_EQ(fit.status, 0) << fit.output;
  const Outcome rest = replay("$2 > 50");
  ASSERT_EQ(rest.status, 0) << rest.output;
  EXPECT_EQ(fleet.number("select count(*) from samples"), 20'631 * 21.0);
  // degR to K: 518.67 °R is 288.15 K.
  EXPECT_NEAR(fleet.number("select avg(value) from samples where signal = 't2'"), 288.15, 1e-6);
  EXPECT_GE(fleet.number("select count(distinct asset) from events where kind = 'alert_raised'"),
            90);
  EXPECT_TRUE(fleet.settled("test-stand"));
}

}  // namespace
}  // namespace wayside::test
