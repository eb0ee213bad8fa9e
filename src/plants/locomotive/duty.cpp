#include "plants/locomotive/duty.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace wayside::plants::locomotive {
namespace {

constexpr double gravity = 9.80665;
/// Adhesion: a quarter of the weight of 180 t.
constexpr double pull_max_n = 0.25 * 180e3 * gravity;
/// Generator and motors together.
constexpr double transmission = 0.92;
/// A driver looks and moves the handle by one notch about so often.
constexpr double think_s = 3;
/// A driver closes a difference in speed over about so long.
constexpr double approach_s = 20;
constexpr double air_brake_m_s2 = 0.35;

/// Rounded figures of a 16-cylinder two-stroke of 3,000 hp: 318 rpm idling, 904 rpm in notch 8.
constexpr std::array<double, notch_max + 1> rpm{318, 318, 388, 460, 568, 651, 729, 820, 904};
constexpr std::array<double, notch_max + 1> power_kw{0, 130, 280, 480, 720, 1010, 1370, 1800, 2160};

struct Run {
  double speed_low, speed_high;  // m/s
  double grade_low, grade_high;
  double seconds_low, seconds_high;
};
constexpr Run standing{0, 0, 0, 0, 25, 50};
constexpr Run switching{2, 5, 0, 0.002, 25, 60};
constexpr Run hauling{13, 21, -0.001, 0.007, 50, 110};
constexpr Run downhill{11, 17, -0.013, -0.007, 30, 70};
/// Shares after the line-haul duty cycle of 40 CFR 1033.530 (idle 38 %, dynamic brake 12.5 %, the
/// rest spread over the notches), with fewer and shorter stops, so that little is idle.
constexpr std::array<const Run*, Duty::runs_a_round> round_of_runs{
    &standing, &standing, &switching, &switching, &hauling,
    &hauling,  &hauling,  &hauling,   &downhill,  &downhill};

}  // namespace

double notch_power_w(int notch) {
  return power_kw[static_cast<std::size_t>(notch)] * 1e3;
}
double notch_rpm(int notch) {
  return rpm[static_cast<std::size_t>(notch)];
}

Duty::Duty(Rng rng) : rng_(rng) {
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
  next_run();
}

/// Each round has the same runs in another order: chance alone would at times stand for half an
/// hour.
void Duty::next_run() {
  if (next_ == 0)
    for (std::size_t i = order_.size() - 1; i > 0; --i)
      std::swap(order_[i], order_[rng_.below(i + 1)]);
  const Run& run = *round_of_runs[order_[next_]];
  next_ = (next_ + 1) % order_.size();
  target_m_s_ = rng_.uniform(run.speed_low, run.speed_high);
  grade_ = rng_.uniform(run.grade_low, run.grade_high);
  run_left_s_ = rng_.uniform(run.seconds_low, run.seconds_high);
}

double Duty::resistance_n() const {
  const double rolling = 0.0015 * mass_kg * gravity;
  const double air = 60 * speed_ * speed_;
  return rolling + air + grade_ * mass_kg * gravity;
}

void Duty::drive() {
  const double wanted_n = mass_kg * (target_m_s_ - speed_) / approach_s + resistance_n();
  const bool standing = target_m_s_ == 0;
  const double wanted_w = wanted_n * std::max(speed_, 3.0) / transmission;
  int wanted_notch = 0;
  while (!standing && wanted_notch < notch_max && notch_power_w(wanted_notch) < wanted_w)
    ++wanted_notch;
  if (wanted_notch != notch_) notch_ += wanted_notch > notch_ ? 1 : -1;
  const bool braking = wanted_n < -15e3 && notch_ == 0 && speed_ > 3;
  brake_ = braking ? std::min(-wanted_n, brake_force_max_n) : 0;
  air_brake_ = speed_ > target_m_s_ + 2 || (standing && speed_ < 4) ? air_brake_m_s2 : 0;
}

void Duty::step(double dt_s, double traction_w) {
  run_left_s_ -= dt_s;
  if (run_left_s_ <= 0) next_run();
  think_left_s_ -= dt_s;
  if (think_left_s_ <= 0) {
    drive();
    think_left_s_ = think_s;
  }
  pull_ = std::min(pull_max_n, traction_w / std::max(speed_, 1.0));
  const double brakes = brake_ + air_brake_ * mass_kg;
  const double forward = pull_ - resistance_n();
  speed_ += dt_s * (forward - brakes) / mass_kg;
  // Neither resistance nor brakes push a train backwards.
  speed_ = std::clamp(speed_, 0.0, speed_max_m_s);
}

}  // namespace wayside::plants::locomotive
