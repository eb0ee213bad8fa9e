#include "plants/locomotive/traction.hpp"

#include <cmath>

#include "plants/locomotive/engine.hpp"

namespace wayside::plants::locomotive {
namespace {

// Continuous rating of a motor of this size: 1,050 A at 365 kN of the locomotive.
constexpr double rated_a = 1050;
constexpr double rated_n = 365e3;
constexpr double resistance_ohm = 0.012;  // at 80 °C
constexpr double copper_per_k = 0.0039;
constexpr double iron_loss_w = 1.2e3;  // at 20 m/s
constexpr double motor_j_k = 30e3;     // the windings and the iron around them
constexpr double motor_still_w_k = 30;
constexpr double motor_blown_w_k = 110;  // more at full blower speed

constexpr double bearing_friction_w = 450;  // at 20 m/s
constexpr double bearing_j_k = 7e3;
constexpr double bearing_w_k = 14;
constexpr double bearing_wind_w_k = 16;  // more at 20 m/s

}  // namespace

void TractionMotor::step(double dt_s, double effort_n, double speed_m_s, double rpm,
                         double ambient_degc) {
  // Series motors: torque rises faster than the current until the iron saturates.
  current_ = rated_a * std::pow(effort_n / rated_n, 0.7);
  const double ohm = resistance_ohm * resistance_spread_ * (1 + copper_per_k * (temp_ - 80));
  const double heat = current_ * current_ * ohm + iron_loss_w * speed_m_s / 20;
  const double cooling = motor_still_w_k + motor_blown_w_k * rpm / Engine::rpm_max;
  temp_ += dt_s * (heat - cooling * (temp_ - ambient_degc)) / motor_j_k;
}

void AxleBox::step(double dt_s, double speed_m_s, double wear, double ambient_degc) {
  const double heat = bearing_friction_w * friction_spread_ * (1 + 3 * wear) * speed_m_s / 20;
  const double cooling = bearing_w_k + bearing_wind_w_k * speed_m_s / 20;
  temp_ += dt_s * (heat - cooling * (temp_ - ambient_degc)) / bearing_j_k;
}

}  // namespace wayside::plants::locomotive
