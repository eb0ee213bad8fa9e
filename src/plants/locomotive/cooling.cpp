#include "plants/locomotive/cooling.hpp"

#include <algorithm>
#include <cmath>

#include "plants/locomotive/engine.hpp"

namespace wayside::plants::locomotive {
namespace {

// Heat capacities, J/K: 900 kg of treated water; the part of the engine's iron that goes with the
// water; 900 l of oil.
constexpr double water_j_k = 900 * 4'000;
constexpr double metal_j_k = 2.6e6;
constexpr double oil_j_k = 900 * 0.88 * 2'100;
// Heat transfer, W/K. 26 kW/K carries away the 1 MW of notch 8 at 45 °C outside.
constexpr double radiator_w_k = 26e3;
constexpr double radiator_still_air = 0.08;  // share of it without fans
constexpr double oil_cooler_w_k = 14e3;
constexpr double casing_w_k = 0.3e3;
constexpr double thermostat_opens_degc = 66;
constexpr double thermostat_span_k = 8;
constexpr double thermostat_leak = 0.02;
constexpr double wax_s = 15;
constexpr double fan_s = 4;
constexpr std::array<double, 3> stage_on_degc{80, 83, 86};
constexpr double stage_hysteresis_k = 3;
// Below this share of its filling the pump draws air.
constexpr double level_air = 0.9;

/// Share of its rated stroke that the pump fills with water instead of air.
double pump_filling(double level) {
  return std::clamp((level - 0.15) / (level_air - 0.15), 0.05, 1.0);
}

}  // namespace

Cooling::Cooling(CoolingSpread spread, double ambient_degc)
    : spread_(spread), coolant_(std::max(78.0, ambient_degc)), oil_(coolant_ + 9) {}

double Cooling::coolant_capacity() const {
  return level_ * water_j_k + metal_j_k;
}

double Cooling::stored_j() const {
  return coolant_capacity() * coolant_ + oil_j_k * oil_;
}

double Cooling::fan_speed() const {
  return (fans_[0] + fans_[1] + fans_[2]) / 3;
}

double Cooling::fan_shaft_w() const {
  double w = 0;
  for (const double fan : fans_) w += fan_power_w * fan * fan * fan;
  return w;
}

void Cooling::control(double dt_s, const CoolingFaults& faults) {
  const double opening =
      (coolant_ - thermostat_opens_degc - spread_.thermostat_k) / thermostat_span_k;
  valve_ += dt_s / wax_s * (std::clamp(opening, thermostat_leak, 1.0) - valve_);
  for (std::size_t i = 0; i < fans_.size(); ++i) {
    if (coolant_ > stage_on_degc[i]) stage_on_[i] = true;
    if (coolant_ < stage_on_degc[i] - stage_hysteresis_k) stage_on_[i] = false;
    const double reached = stage_on_[i] ? 1 - 0.97 * faults.fans : 0;
    fans_[i] += dt_s / fan_s * (reached - fans_[i]);
  }
}

void Cooling::step(double dt_s, double jacket_w, double oil_w, double rpm, double ambient_degc,
                   const CoolingFaults& faults) {
  level_ = 1 - 0.7 * faults.leak;
  control(dt_s, faults);
  const double filling = pump_filling(level_);
  const double flow = filling * rpm / Engine::rpm_max;
  // Each fan blows through its own bank of the radiator.
  const double air = radiator_still_air + (1 - radiator_still_air) * fan_speed();
  // Air in the circuit gathers in the radiator, on top of the smaller flow.
  const double exchange =
      radiator_w_k * spread_.radiator * valve_ * air * std::sqrt(flow * filling);
  radiator_w_ = exchange * (coolant_ - ambient_degc);
  casing_w_ = casing_w_k * (coolant_ - ambient_degc);
  const double from_oil = oil_cooler_w_k * spread_.oil_cooler * std::sqrt(flow) * (oil_ - coolant_);
  coolant_ += dt_s * (jacket_w + from_oil - radiator_w_ - casing_w_) / coolant_capacity();
  oil_ += dt_s * (oil_w - from_oil) / oil_j_k;
  const double cap =
      std::clamp((level_ - 0.5) / 0.5, 0.0, 1.0) * std::max(0.0, 60e3 + 1.5e3 * (coolant_ - 80));
  pressure_ = cap + 150e3 * flow * flow;
}

}  // namespace wayside::plants::locomotive
