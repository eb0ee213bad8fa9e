#include "plants/locomotive/axle_vibration.hpp"

#include <cmath>
#include <numbers>

namespace wayside::plants::locomotive {
namespace {

constexpr double tau = 2 * std::numbers::pi;
constexpr double degree = std::numbers::pi / 180;
constexpr double speed_nominal_m_s = 20;  // the amplitudes below hold at this speed
constexpr double imbalance_g = 0.08;
constexpr double firing_g = 0.02;
constexpr double rail_noise_g = 0.10;
constexpr double sensor_noise_g = 0.01;
constexpr double firings_per_turn = 16;  // two-stroke, 16 cylinders
// Housing resonance that the impacts excite, and its damping.
constexpr double resonance_hz = 620;
constexpr double ringing_s = 0.004;
constexpr double impact_g = 1.8;
constexpr double slip = 0.01;  // standard deviation of the spacing of impacts
// Below this the axle hardly turns within a recording, and nothing strikes.
constexpr double axle_min_hz = 0.3;

double ratio(const BearingGeometry& b) {
  return b.roller_mm / b.pitch_mm * std::cos(b.contact_angle_deg * degree);
}

}  // namespace

double BearingGeometry::bpfo_hz(double axle_hz) const {
  return rollers / 2.0 * axle_hz * (1 - ratio(*this));
}
double BearingGeometry::bpfi_hz(double axle_hz) const {
  return rollers / 2.0 * axle_hz * (1 + ratio(*this));
}
double BearingGeometry::ftf_hz(double axle_hz) const {
  return axle_hz / 2 * (1 - ratio(*this));
}

double AxleVibration::axle_hz(double speed_m_s) {
  return speed_m_s / (std::numbers::pi * wheel_diameter_m);
}

void AxleVibration::add_impacts(std::span<double> out, double rate_hz, double axle, double wear) {
  const double spacing_s = 1 / bearing.bpfo_hz(axle);
  const double length_s = static_cast<double>(out.size()) / rate_hz;
  const double load_phase = rng_.uniform(0, tau);
  const double speed = axle / axle_hz(speed_nominal_m_s);
  for (double at = spacing_s * rng_.uniform(); at < length_s;
       at += spacing_s * std::max(0.5, rng_.normal(1, slip))) {
    const double load = 0.65 + 0.35 * std::cos(tau * axle * at + load_phase);
    const double peak = impact_g * wear * speed * load * rng_.uniform(0.85, 1.15);
    const auto first = static_cast<std::size_t>(std::ceil(at * rate_hz));
    const auto last =
        std::min(out.size(), first + static_cast<std::size_t>(6 * ringing_s * rate_hz));
    for (std::size_t i = first; i < last; ++i) {
      const double t = static_cast<double>(i) / rate_hz - at;
      out[i] += peak * std::exp(-t / ringing_s) * std::cos(tau * resonance_hz * t);
    }
  }
}

void AxleVibration::record(std::span<double> out, double rate_hz, double speed_m_s,
                           double engine_rpm, double wear) {
  const double axle = axle_hz(speed_m_s);
  const double speed = speed_m_s / speed_nominal_m_s;
  const double firing = firings_per_turn * engine_rpm / 60;
  const double axle_phase = rng_.uniform(0, tau);
  const double firing_phase = rng_.uniform(0, tau);
  const double noise = std::hypot(sensor_noise_g, rail_noise_g * speed);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double turn = tau * axle * t + axle_phase;
    // Centrifugal force goes with the square of the speed; the second harmonic is misalignment.
    const double wheel = imbalance_g * imbalance_spread_ * speed * speed *
                         (std::sin(turn) + 0.3 * std::sin(2 * turn));
    out[i] = wheel + firing_g * std::sin(tau * firing * t + firing_phase) + rng_.normal(0, noise);
  }
  if (wear > 0 && axle > axle_min_hz) add_impacts(out, rate_hz, axle, wear);
}

}  // namespace wayside::plants::locomotive
