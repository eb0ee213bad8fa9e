#include "plants/plant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wayside::plants {
namespace {

using ::testing::HasSubstr;

Fault fault(std::string kind, std::string signal = {}) {
  return {std::move(kind), std::move(signal), minutes(1), minutes(2), 1};
}

TEST(FaultTest, GrowsFromItsOnset) {
  Fault leak = fault("coolant_leak");
  leak.severity = 0.5;
  EXPECT_EQ(leak.level(seconds(59)), 0);
  EXPECT_EQ(leak.level(seconds(60)), 0);
  EXPECT_DOUBLE_EQ(leak.level(seconds(120)), 0.25);
  EXPECT_EQ(leak.level(seconds(180)), 0.5);
  EXPECT_EQ(leak.level(hours(9)), 0.5);
}

TEST(FaultTest, WithoutDevelopmentIsThereAtOnce) {
  Fault stuck = fault("stuck_sensor");
  stuck.over = {};
  EXPECT_EQ(stuck.level(seconds(59)), 0);
  EXPECT_EQ(stuck.level(seconds(60)), 1);
}

TEST(PlantTest, NamesTheNearestForAMistake) {
  const PlantType& type = *find_plant_type("locomotive");
  EXPECT_TRUE(check_fault(type, fault("sensor_drift", "oil_temp")));
  EXPECT_THAT(check_fault(type, fault("coolant_leek")).error().message,
              HasSubstr("did you mean coolant_leak?"));
  EXPECT_THAT(check_fault(type, fault("sensor_drift", "oil_tmp")).error().message,
              HasSubstr("did you mean oil_temp?"));
  EXPECT_THAT(check_fault(type, fault("sensor_drift", "axle_vib")).error().message,
              HasSubstr("waveform"));
  EXPECT_THAT(check_fault(type, fault("fan_failure", "fan_speed")).error().message,
              HasSubstr("takes no signal"));
  EXPECT_EQ(make_plant("locomotiv", {}).error().message,
            "unknown plant 'locomotiv' (did you mean locomotive?)");
}

TEST(PlantTest, RefusesFaultsThatCannotBe) {
  const PlantType& type = *find_plant_type("locomotive");
  for (const double severity : {0.0, -1.0, 1.1}) {
    Fault leak = fault("coolant_leak");
    leak.severity = severity;
    EXPECT_FALSE(check_fault(type, leak)) << severity;
  }
  Fault early = fault("coolant_leak");
  early.at = seconds(-1);
  EXPECT_FALSE(check_fault(type, early));
}

TEST(PlantTest, EveryFaultOfEveryTypeCanBeMade) {
  for (const PlantType& type : plant_types())
    for (const FaultType& known : type.faults) {
      const auto plant = make_plant(type.name, {.seed = 1, .faults = {fault(known.name)}});
      ASSERT_TRUE(plant) << plant.error().message;
      ASSERT_EQ((*plant)->faults().size(), 1u);
      EXPECT_EQ((*plant)->faults()[0].signal, known.signal) << "the usual signal is filled in";
    }
}

}  // namespace
}  // namespace wayside::plants
