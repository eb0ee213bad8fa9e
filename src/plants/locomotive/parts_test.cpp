// The locomotive's parts against the physics they stand for.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "plants/locomotive/axle_vibration.hpp"
#include "plants/locomotive/cooling.hpp"
#include "plants/locomotive/duty.hpp"
#include "plants/locomotive/engine.hpp"
#include "plants/locomotive/traction.hpp"

namespace wayside::plants::locomotive {
namespace {

Engine settled(int notch) {
  Engine engine({});
  for (int i = 0; i < 400; ++i) engine.step(0.1, notch_rpm(notch), notch_power_w(notch), 80e3);
  return engine;
}

TEST(EngineTest, FuelIsShaftPowerPlusHeatPlusExhaust) {
  for (int notch = 0; notch <= notch_max; ++notch) {
    const Engine engine = settled(notch);
    const double exhaust =
        engine.fuel_w() - engine.shaft_w() - engine.jacket_heat_w() - engine.oil_heat_w();
    EXPECT_GT(exhaust, 0) << "notch " << notch;
    EXPECT_LT(engine.shaft_w() / engine.fuel_w(), 0.42) << "notch " << notch;
  }
}

TEST(EngineTest, BurnsWhatAnEngineOfItsSizeBurns) {
  EXPECT_NEAR(settled(0).fuel_l_min(), 0.5, 0.3);
  EXPECT_NEAR(settled(8).fuel_l_min(), 10.6, 1.0) << "about 170 US gallons an hour";
}

TEST(EngineTest, OilPressureFollowsSpeedAndTemperature) {
  EXPECT_GT(settled(8).oil_pressure_pa(90), settled(0).oil_pressure_pa(90) + 100e3);
  EXPECT_GT(settled(4).oil_pressure_pa(80), settled(4).oil_pressure_pa(110));
}

TEST(CoolingTest, HeatInIsHeatOutPlusHeatStored) {
  Cooling cooling({}, 20);
  const double before = cooling.stored_j();
  double net_j = 0;
  constexpr double dt = 0.5;
  for (int i = 0; i < 4000; ++i) {
    const double jacket = i < 2000 ? 800e3 : 50e3;
    cooling.step(dt, jacket, 150e3, 700, 20, {});
    net_j += dt * (jacket + 150e3 - cooling.radiator_w() - cooling.casing_w());
  }
  EXPECT_GT(std::abs(net_j), 1e6) << "the case is a real one";
  EXPECT_NEAR(cooling.stored_j() - before, net_j, 1e-6 * std::abs(before));
}

TEST(CoolingTest, HoldsTheTemperatureUnderFullLoadAndIdling) {
  for (const double ambient : {-20.0, 15.0, 40.0}) {
    Cooling cooling({}, ambient);
    const Engine full = settled(8);
    for (int i = 0; i < 7200; ++i)
      cooling.step(0.5, full.jacket_heat_w(), full.oil_heat_w(), full.rpm(), ambient, {});
    EXPECT_GT(cooling.coolant_degc(), 74) << ambient;
    EXPECT_LT(cooling.coolant_degc(), 92) << ambient;
    EXPECT_GT(cooling.oil_degc(), cooling.coolant_degc());
  }
}

TEST(CoolingTest, FansFailingHeatsIt) {
  Cooling sound({}, 20);
  Cooling failing({}, 20);
  for (int i = 0; i < 1200; ++i) {
    sound.step(0.5, 700e3, 150e3, 800, 20, {});
    failing.step(0.5, 700e3, 150e3, 800, 20, {.leak = 0, .fans = 1});
  }
  EXPECT_GT(failing.coolant_degc(), sound.coolant_degc() + 15);
  EXPECT_LT(failing.fan_speed(), 0.04);
}

TEST(CoolingTest, LeakTakesThePressureFirst) {
  Cooling cooling({}, 20);
  for (int i = 0; i < 600; ++i) cooling.step(0.5, 200e3, 60e3, 600, 20, {});
  const double pressure = cooling.pressure_pa();
  cooling.step(0.5, 200e3, 60e3, 600, 20, {.leak = 0.3, .fans = 0});
  EXPECT_LT(cooling.pressure_pa(), 0.8 * pressure);
}

TEST(DutyTest, ShowsTheWholeOfItselfInAnHour) {
  Duty duty(Rng(7));
  std::vector<int> seconds_in(notch_max + 1);
  int braking = 0;
  double fastest = 0;
  for (int i = 0; i < 3600; ++i) {
    duty.step(1, notch_power_w(duty.notch()));
    ++seconds_in[static_cast<std::size_t>(duty.notch())];
    braking += duty.brake_n() > 0 ? 1 : 0;
    fastest = std::max(fastest, duty.speed_m_s());
    ASSERT_GE(duty.speed_m_s(), 0);
  }
  for (const int s : seconds_in) EXPECT_GT(s, 20);
  EXPECT_GT(braking, 60);
  EXPECT_GT(fastest, 12);
}

TEST(TractionMotorTest, SettlesWhereLossesMeetTheBlower) {
  TractionMotor motor(1, 20);
  for (int i = 0; i < 10'000; ++i) motor.step(1, 365e3, 5, 904, 20);
  EXPECT_NEAR(motor.current_a(), 1050, 1);
  EXPECT_GT(motor.temp_degc(), 120) << "at the continuous rating";
  EXPECT_LT(motor.temp_degc(), 220);
}

TEST(AxleBoxTest, WearHeatsIt) {
  AxleBox sound(1, 20);
  AxleBox worn(1, 20);
  for (int i = 0; i < 3600; ++i) {
    sound.step(1, 15, 0, 20);
    worn.step(1, 15, 1, 20);
  }
  EXPECT_NEAR(sound.temp_degc(), 33, 5);
  EXPECT_GT(worn.temp_degc(), sound.temp_degc() + 20);
}

TEST(BearingTest, TonesKeepTheirRelations) {
  constexpr BearingGeometry b;
  EXPECT_NEAR(b.bpfo_hz(5) + b.bpfi_hz(5), b.rollers * 5.0, 1e-9);
  EXPECT_NEAR(b.ftf_hz(5) * b.rollers, b.bpfo_hz(5), 1e-9);
}

/// Amplitude of the rectified signal at one frequency: what an envelope spectrum shows.
double envelope_at(const std::vector<double>& wave, double rate_hz, double hz) {
  double mean = 0;
  for (const double v : wave) mean += std::abs(v) / static_cast<double>(wave.size());
  std::complex<double> sum;
  for (std::size_t i = 0; i < wave.size(); ++i)
    sum += (std::abs(wave[i]) - mean) *
           std::polar(1.0, -2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz);
  return std::abs(sum) / static_cast<double>(wave.size());
}

TEST(AxleVibrationTest, WornBearingSoundsAtBpfo) {
  constexpr double rate = 2000;
  constexpr double speed = 18;
  AxleVibration vibration(Rng(3), 1);
  const double bpfo = AxleVibration::bearing.bpfo_hz(AxleVibration::axle_hz(speed));
  std::vector<double> wave(4096);
  vibration.record(wave, rate, speed, 700, 0);
  const double sound = envelope_at(wave, rate, bpfo);
  vibration.record(wave, rate, speed, 700, 1);
  EXPECT_GT(envelope_at(wave, rate, bpfo), 8 * sound);
  EXPECT_GT(envelope_at(wave, rate, bpfo), 3 * envelope_at(wave, rate, 1.37 * bpfo));
}

TEST(AxleVibrationTest, GrowsWithSpeedAndIsQuietStanding) {
  AxleVibration vibration(Rng(3), 1);
  std::vector<double> wave(1024);
  double previous = 0;
  for (const double speed : {0.0, 5.0, 10.0, 20.0}) {
    vibration.record(wave, 2000, speed, 400, 1);
    double sum = 0;
    for (const double v : wave) sum += v * v;
    EXPECT_GT(sum, previous);
    previous = sum;
  }
}

}  // namespace
}  // namespace wayside::plants::locomotive
