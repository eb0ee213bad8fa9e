#include "plants/locomotive/locomotive.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace wayside::plants {
namespace {

std::unique_ptr<Plant> locomotive(std::uint64_t seed, std::vector<Fault> faults = {}) {
  return make_plant("locomotive", {.seed = seed, .faults = std::move(faults)}).value();
}

std::vector<double> history(Plant& plant, int steps, Duration dt) {
  const SignalId vibration = *plant.kind().find("axle_vib");
  std::vector<double> out;
  for (int i = 0; i < steps; ++i) {
    plant.step(dt);
    for (const Reading& reading : plant.read()) out.push_back(reading.value);
    if (i % 10 == 0)
      for (const double v : plant.record(vibration)) out.push_back(v);
  }
  return out;
}

double value_of(Plant& plant, std::string_view signal) {
  return plant.read()[plant.kind().find(signal)->index()].value;
}

TEST(LocomotiveTest, SameSeedGivesTheSameBits) {
  const std::vector<Fault> faults{{"bearing_wear", "", seconds(30), minutes(1), 1}};
  EXPECT_EQ(history(*locomotive(7, faults), 200, milliseconds(700)),
            history(*locomotive(7, faults), 200, milliseconds(700)));
  EXPECT_NE(history(*locomotive(7), 20, seconds(1)), history(*locomotive(8), 20, seconds(1)));
}

TEST(LocomotiveTest, AFaultChangesNothingBeforeItsOnset) {
  for (const FaultType& fault : find_plant_type("locomotive")->faults)
    EXPECT_EQ(
        history(*locomotive(3, {{fault.name, fault.signal, hours(1), {}, 1}}), 100, seconds(1)),
        history(*locomotive(3), 100, seconds(1)))
        << fault.name;
}

TEST(LocomotiveTest, ReadsEveryScalarSignalInOrder) {
  const auto plant = locomotive(1);
  plant->step(seconds(1));
  const auto readings = plant->read();
  ASSERT_EQ(readings.size() + 1, plant->kind().signals.size()) << "all but the waveform";
  for (std::size_t i = 0; i < readings.size(); ++i) EXPECT_EQ(readings[i].signal.index(), i);
  const SignalId vibration = *plant->kind().find("axle_vib");
  EXPECT_EQ(plant->record(vibration).size(), plant->kind()[vibration].waveform->length);
}

TEST(LocomotiveTest, AStuckSensorRepeatsItself) {
  const auto plant = locomotive(2, {{"stuck_sensor", "oil_temp", seconds(10), {}, 1}});
  plant->step(seconds(10));
  const double held = value_of(*plant, "oil_temp");
  for (int i = 0; i < 50; ++i) {
    plant->step(seconds(5));
    EXPECT_EQ(value_of(*plant, "oil_temp"), held);
  }
}

TEST(LocomotiveTest, ADriftingSensorLeavesTheMachineAlone) {
  const auto drifting = locomotive(2, {{"sensor_drift", "coolant_temp", {}, {}, 1}});
  const auto sound = locomotive(2);
  drifting->step(minutes(10));
  sound->step(minutes(10));
  EXPECT_NEAR(value_of(*drifting, "coolant_temp") - value_of(*sound, "coolant_temp"), -12, 1e-9);
  EXPECT_EQ(value_of(*drifting, "oil_temp"), value_of(*sound, "oil_temp"));
}

RC_GTEST_PROP(LocomotiveProperty, StaysInRangeWhateverTheSeedStepAndFault, (std::uint64_t seed)) {
  const auto& types = find_plant_type("locomotive")->faults;
  const FaultType& fault = types[*rc::gen::inRange<std::size_t>(0, types.size())];
  const auto dt = milliseconds(*rc::gen::inRange(100, 60'000));
  const auto plant = locomotive(seed, {{fault.name, fault.signal, minutes(30), minutes(10), 1}});
  const SignalId vibration = *plant->kind().find("axle_vib");
  for (int i = 0; i < 300; ++i) {
    plant->step(dt);
    for (const Reading& reading : plant->read())
      RC_ASSERT(plant->kind()[reading.signal].judge(reading.value) == telemetry::Quality::good);
    if (i % 50 == 0)
      for (const double v : plant->record(vibration))
        RC_ASSERT(plant->kind()[vibration].judge(v) == telemetry::Quality::good);
  }
}

TEST(LocomotiveTest, StaysInRangeForTwoDays) {
  const auto plant = locomotive(11);
  while (plant->age() < days(2)) {
    plant->step(minutes(1));
    for (const Reading& reading : plant->read())
      ASSERT_EQ(plant->kind()[reading.signal].judge(reading.value), telemetry::Quality::good)
          << plant->kind()[reading.signal].name << " " << reading.value;
  }
}

}  // namespace
}  // namespace wayside::plants
