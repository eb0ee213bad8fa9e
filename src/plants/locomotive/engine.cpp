#include "plants/locomotive/engine.hpp"

#include <cmath>

namespace wayside::plants::locomotive {
namespace {

constexpr double governor_s = 2.5;
constexpr double regulator_s = 3.5;
constexpr double generator_efficiency = 0.95;
constexpr double willans_efficiency = 0.41;

}  // namespace

void Engine::step(double dt_s, double rpm_wanted, double power_wanted_w, double auxiliary_w) {
  rpm_ += dt_s / governor_s * (rpm_wanted - rpm_);
  traction_w_ += dt_s / regulator_s * (power_wanted_w - traction_w_);
  shaft_w_ = traction_w_ / generator_efficiency + auxiliary_w;
}

double Engine::friction_w() const {
  return 130e3 * spread_.friction * std::pow(rpm_ / rpm_idle, 1.5);
}

double Engine::fuel_w() const {
  return friction_w() + shaft_w_ / (willans_efficiency * spread_.efficiency);
}

double Engine::jacket_heat_w() const {
  return 0.16 * (fuel_w() - shaft_w_) + 0.25 * friction_w();
}

double Engine::oil_heat_w() const {
  return 0.30 * friction_w();
}

double Engine::oil_pressure_pa(double oil_degc) const {
  const double thickness = std::exp(-0.012 * (oil_degc - 90));
  return 620e3 * (1 - std::exp(-spread_.oil_pump * rpm_ / 550 * thickness));
}

}  // namespace wayside::plants::locomotive
