#include "telemetry/udunits/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace wayside::telemetry {
namespace {

using ::testing::HasSubstr;

class UnitsTest : public ::testing::Test {
 protected:
  double convert(const std::string& from, double value, const std::string& to) {
    const auto conversion = units_.conversion(from, to);
    EXPECT_TRUE(conversion) << from << " to " << to << ": " << conversion.error().message;
    return conversion ? (*conversion)(value) : 0;
  }
  std::string refused(const std::string& from, const std::string& to) {
    const auto conversion = units_.conversion(from, to);
    EXPECT_FALSE(conversion) << from << " to " << to;
    return conversion ? std::string{} : conversion.error().message;
  }
  Units units_ = Units::load().value();
};

TEST_F(UnitsTest, KnowsTheUnitsOfSensors) {
  for (const char* unit :
       {"degC",  "degF", "degR", "K",    "psia", "psi",  "rpm",  "l/min", "pps",    "lbm/s",
        "%",     "g",    "1",    "kW",   "kPa",  "km/h", "mm/s", "A",     "byte/s", "pps/psi",
        "count", "°C",   "µm",   "m3/h", "N m",  "mV",   "ppm",  "gpm",   "deg",    "degC/min"})
    EXPECT_TRUE(units_.check(unit)) << unit;
}

TEST_F(UnitsTest, ConvertsTemperatures) {
  EXPECT_NEAR(convert("degF", 212, "degC"), 100, 1e-9);
  EXPECT_NEAR(convert("degF", -40, "degC"), -40, 1e-9);
  EXPECT_NEAR(convert("degR", 518.67, "degC"), 15, 1e-9);
  EXPECT_NEAR(convert("degR", 518.67, "K"), 288.15, 1e-9);
  EXPECT_NEAR(convert("degC/min", 60, "K/s"), 1, 1e-12) << "a rate has no offset";
}

TEST_F(UnitsTest, ConvertsWhatSensorsSay) {
  EXPECT_NEAR(convert("psia", 14.62, "kPa"), 100.8013517, 1e-6);
  EXPECT_NEAR(convert("rpm", 60, "rad/s"), 6.283185307, 1e-6);
  EXPECT_NEAR(convert("l/min", 60, "m3/s"), 0.001, 1e-15);
  EXPECT_NEAR(convert("pps", 1, "kg/s"), 0.45359237, 1e-12);
  EXPECT_NEAR(convert("lbm/s", 1, "kg/s"), 0.45359237, 1e-12);
  EXPECT_NEAR(convert("%", 50, "1"), 0.5, 1e-15);
  EXPECT_NEAR(convert("hp", 3000, "kW"), 2237.1, 0.5);
}

TEST_F(UnitsTest, TakesAloneGForAcceleration) {
  EXPECT_NEAR(convert("g", 1, "m/s2"), 9.80665, 1e-12);
  EXPECT_NEAR(convert("g/s", 1000, "kg/s"), 1, 1e-12);
  EXPECT_NEAR(convert("gram", 1000, "kg"), 1, 1e-12);
}

TEST_F(UnitsTest, SameUnitIsExactlyTheIdentity) {
  for (const char* unit : {"degC", "kW", "g", "%", "rpm"})
    EXPECT_TRUE(units_.conversion(unit, unit)->identity()) << unit;
  EXPECT_TRUE(units_.conversion("psia", "psi")->identity());
  EXPECT_EQ(units_.conversion("kW", "W")->scale, 1000.0);
}

TEST_F(UnitsTest, SuggestsTheNearestForAMistake) {
  EXPECT_EQ(units_.check("degCC").error().message, "unknown unit 'degCC' (did you mean degC?)");
  EXPECT_THAT(units_.check("KPA").error().message, HasSubstr("did you mean kPa?"));
  EXPECT_THAT(units_.check("rmp").error().message, HasSubstr("did you mean rpm?"));
  EXPECT_THAT(units_.check("l/mni").error().message, HasSubstr("did you mean l/min?"));
  EXPECT_EQ(units_.check("zzqqxxyy").error().message, "unknown unit 'zzqqxxyy'");
  EXPECT_THAT(units_.check("  ").error().message, HasSubstr("empty unit"));
  EXPECT_FALSE(units_.check(std::string(10'000, 'm')));
}

TEST_F(UnitsTest, RefusesWhatMeasuresDifferentThings) {
  EXPECT_THAT(refused("kPa", "degC"), HasSubstr("measure different things"));
  EXPECT_THAT(refused("C", "degC"), HasSubstr("did you mean degC?")) << "coulomb";
  EXPECT_THAT(refused("F", "K"), HasSubstr("did you mean degF?")) << "farad";
  refused("Hz", "s");
  refused("lg(re 1 mW)", "W");
}

TEST_F(UnitsTest, PrintsNothingOfItsOwn) {
  testing::internal::CaptureStderr();
  (void)units_.check("no(such[unit");
  (void)units_.conversion("kPa", "degC");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(UnitsTest, ServesSeveralThreads) {
  std::array<int, 4> good{};
  std::vector<std::jthread> threads;
  for (int& count : good)
    threads.emplace_back([this, &count] {
      for (int i = 0; i < 200; ++i) count += units_.conversion("degF", "degC").has_value() ? 1 : 0;
    });
  threads.clear();
  for (const int count : good) EXPECT_EQ(count, 200);
}

}  // namespace
}  // namespace wayside::telemetry
