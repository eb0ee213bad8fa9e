#include "sim/drill/feed.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <map>

#include "node/sources/source.hpp"
#include "sim/drill/generator.hpp"
#include "sim/drill/script_fixture.hpp"
#include "sim/drill/sensor_faults.hpp"

namespace wayside::drill {
namespace {

node::AssetTable table_of(const std::string& kind) {
  node::AssetTable table;
  table.kinds.push_back(*node::builtin_kind(kind));
  table.assets.push_back({"loco-1", 0});
  return table;
}

std::vector<telemetry::Sample> all(Feed feed, Duration until) {
  std::vector<telemetry::Sample> out;
  while (feed.next() < until) feed.take(out);
  return out;
}

bool same(const telemetry::Sample& a, const telemetry::Sample& b) {
  return a.asset == b.asset && a.signal == b.signal && a.time == b.time && a.value == b.value;
}

const std::vector<Duration> tick{seconds(1)};

TEST(Feed, GivesEverySignalItsSamplesWithinItsRange) {
  const auto drill = read("drill: x\nfor: 1h\n");
  const auto agent = drill->agent(0);
  const std::vector<Duration> ticks{seconds(10)};
  const auto samples =
      all(Feed(agent.table, ticks, drill->script.signals, {}, {}, Rng(1)), hours(1));
  std::map<std::uint32_t, int> counts;
  for (const telemetry::Sample& sample : samples) {
    ++counts[sample.signal.value];
    EXPECT_EQ(agent.table.kinds[0][sample.signal].judge(sample.value), telemetry::Quality::good);
  }
  ASSERT_EQ(counts.size(), agent.table.kinds[0].signals.size());
  for (const auto& [signal, count] : counts) EXPECT_EQ(count, 360) << "one a tick";
}

TEST(Feed, IsAFunctionOfTheSeed) {
  const node::AssetTable table = table_of("locomotive");
  const Signals signals;
  const auto feed = [&](std::uint64_t seed) {
    return all(Feed(table, tick, signals, {}, {}, Rng(seed)), minutes(10));
  };
  const auto a = feed(1);
  const auto b = feed(1);
  const auto c = feed(2);
  ASSERT_EQ(a.size(), b.size());
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), same));
  EXPECT_FALSE(std::equal(a.begin(), a.end(), c.begin(), c.end(), same));
}

TEST(Feed, RunsThePlantOfTheKindWithItsWaveformsAndFaults) {
  const node::AssetTable table = table_of("locomotive");
  const SignalId pressure = *table.kinds[0].find("coolant_pressure");
  const SignalId vibration = *table.kinds[0].find("axle_vib");
  Signals signals;
  signals.speed = 10;
  const std::vector<Feed::MachineFault> leak{
      {AssetId{0}, {"coolant_leak", "", minutes(10), minutes(10), 1}}};
  const auto sound = all(Feed(table, tick, signals, {}, {}, Rng(1)), hours(1));
  const auto leaking = all(Feed(table, tick, signals, leak, {}, Rng(1)), hours(1));
  double last_sound = 0, last_leaking = 0;
  std::size_t recorded = 0;
  for (std::size_t i = 0; i < sound.size(); ++i) {
    ASSERT_EQ(sound[i].signal, leaking[i].signal);
    if (sound[i].time < Time{minutes(10).ns}) {
      ASSERT_TRUE(same(sound[i], leaking[i]));
    }
    if (sound[i].signal == pressure) last_sound = sound[i].value, last_leaking = leaking[i].value;
    if (sound[i].signal == vibration) ++recorded;
  }
  EXPECT_LT(last_leaking, last_sound - 20);
  EXPECT_EQ(recorded, 6u * 1024u) << "one recording in ten minutes";
}

TEST(Feed, PlaysAFileAgainAndAgain) {
  const auto drill = read("drill: x\nfor: 1h\n");
  const auto agent = drill->agent(0);
  const SignalId flow = *agent.table.kinds[0].find("flow");
  const std::vector<telemetry::Sample> recorded{{AssetId{0}, flow, Time{0}, 1},
                                                {AssetId{0}, flow, Time{seconds(10).ns}, 2}};
  const std::vector<Duration> ticks{seconds(10)};
  std::vector<double> values;
  for (const auto& sample :
       all(Feed(agent.table, ticks, drill->script.signals, {}, recorded, Rng(1)), seconds(40)))
    if (sample.signal == flow) values.push_back(sample.value);
  EXPECT_EQ(values, (std::vector<double>{1, 2, 1, 2}));
}

TEST(Waves, KeepTheirShape) {
  telemetry::Signal signal;
  signal.min = 0;
  signal.max = 10;
  Generator generator;
  generator.noise = 0;
  generator.low = 2;
  generator.high = 4;
  generator.period = seconds(100);
  const auto bounds = [&](Generator::Shape shape) {
    generator.shape = shape;
    Waves waves(signal, generator, Rng(5));
    std::pair<double, double> out{INFINITY, -INFINITY};
    for (int i = 0; i < 1000; ++i) {
      const double value = waves.at(seconds(i));
      out = {std::min(out.first, value), std::max(out.second, value)};
    }
    return out;
  };
  EXPECT_NEAR(bounds(Generator::Shape::sine).first, 2, 0.01);
  EXPECT_NEAR(bounds(Generator::Shape::sine).second, 4, 0.01);
  EXPECT_EQ(bounds(Generator::Shape::square), std::pair(2.0, 4.0));
  EXPECT_EQ(bounds(Generator::Shape::constant), std::pair(2.0, 2.0));
  EXPECT_GT(bounds(Generator::Shape::walk).second, 3);
}

class SensorFaultsTest : public ::testing::Test {
 protected:
  telemetry::Sample sample(double value, const char* signal = "coolant_temp") {
    return {AssetId{0}, *table_.kinds[0].find(signal), Time{}, value};
  }
  /// What a sensor shows of `value`; NaN where nothing comes.
  double shown(double value, Duration now = {}, const char* signal = "coolant_temp") {
    telemetry::Sample one = sample(value, signal);
    return faults_.apply(one, now) ? one.value : NAN;
  }
  node::AssetTable table_ = table_of("locomotive");
  SensorFaults faults_{table_};
};

TEST_F(SensorFaultsTest, BiasDriftAndQuantumWorkInTheirOrder) {
  SensorAction action;
  action.signals = {"coolant_temp"};
  action.bias = 1;
  action.drift_per_h = 2;
  action.quantum = 0.5;
  const std::size_t id = faults_.begin(action, hours(1), Rng(1));
  EXPECT_DOUBLE_EQ(shown(80.1, hours(2)), 83);
  EXPECT_DOUBLE_EQ(shown(80.1, hours(2), "oil_temp"), 80.1) << "another signal";
  EXPECT_DOUBLE_EQ(shown(150, hours(2)), 150) << "the sensor's span ends there";
  faults_.end(id);
  EXPECT_DOUBLE_EQ(shown(80.1, hours(2)), 80.1);
}

TEST_F(SensorFaultsTest, StuckKeepsTheValueOfTheOnset) {
  SensorAction action;
  action.stuck = true;
  const std::size_t id = faults_.begin(action, {}, Rng(1));
  EXPECT_EQ(shown(80), 80);
  EXPECT_EQ(shown(90), 80);
  EXPECT_EQ(shown(50, {}, "oil_temp"), 50) << "each sensor sticks to its own";
  faults_.end(id);
  EXPECT_EQ(shown(91), 91);
}

TEST_F(SensorFaultsTest, NoiseAndDropoutHaveTheStrengthAskedFor) {
  SensorAction action;
  action.noise = 2;
  action.dropout = 0.25;
  faults_.begin(action, {}, Rng(1));
  int gone = 0;
  double sum = 0, squares = 0;
  constexpr int n = 20'000;
  for (int i = 0; i < n; ++i) {
    const double value = shown(80);
    if (std::isnan(value)) {
      ++gone;
      continue;
    }
    sum += value - 80;
    squares += (value - 80) * (value - 80);
  }
  EXPECT_NEAR(gone, n / 4, n / 50);
  EXPECT_NEAR(sum / (n - gone), 0, 0.1);
  EXPECT_NEAR(std::sqrt(squares / (n - gone)), 2, 0.1);
}

}  // namespace
}  // namespace wayside::drill
