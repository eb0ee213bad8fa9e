#pragma once

#include <array>
#include <cstddef>

#include "base/rng.hpp"

namespace wayside::plants::locomotive {

/// Throttle notch 0 (idle) to 8.
inline constexpr int notch_max = 8;

/// What the track asks for, and what the driver does about it: a sequence of short runs (standing,
/// switching, hauling, going downhill) and a driver who holds the speed with throttle, dynamic
/// brake and air brake. Runs last up to two minutes, so that half an hour shows the whole of the
/// duty.
class Duty {
 public:
  /// The locomotive (180 t) and its share of the train.
  static constexpr double mass_kg = 600e3;
  static constexpr double brake_force_max_n = 200e3;  ///< dynamic brake
  static constexpr double speed_max_m_s = 30;
  static constexpr std::size_t runs_a_round = 10;

  explicit Duty(Rng rng);

  /// `traction_w` is the power at the wheels. The step is short against 3 s.
  void step(double dt_s, double traction_w);

  [[nodiscard]] double speed_m_s() const { return speed_; }
  [[nodiscard]] int notch() const { return notch_; }
  /// Tractive effort at the wheel rims, newtons, 0 or more.
  [[nodiscard]] double pull_n() const { return pull_; }
  /// Force of the dynamic brake, newtons, 0 or more.
  [[nodiscard]] double brake_n() const { return brake_; }

 private:
  void next_run();
  void drive();
  /// Davis equation and grade: rolling, air and slope, newtons against the motion.
  [[nodiscard]] double resistance_n() const;

  Rng rng_;
  std::array<std::size_t, runs_a_round> order_{};
  std::size_t next_ = 0;  ///< in order_
  double run_left_s_ = 0;
  double target_m_s_ = 0;
  double grade_ = 0;
  double think_left_s_ = 0;
  double speed_ = 0;
  double pull_ = 0;
  double brake_ = 0;
  double air_brake_ = 0;
  int notch_ = 0;
};

/// Electrical power for the motors that a notch allows, watts.
[[nodiscard]] double notch_power_w(int notch);
/// Engine speed that a notch asks for, revolutions a minute.
[[nodiscard]] double notch_rpm(int notch);

}  // namespace wayside::plants::locomotive
