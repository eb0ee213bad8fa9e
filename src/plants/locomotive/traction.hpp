#pragma once

namespace wayside::plants::locomotive {

/// One of six series-wound traction motors: copper losses I²R and iron losses against a blower on
/// the engine's shaft. Dynamic braking uses the same motors as generators.
class TractionMotor {
 public:
  static constexpr double blower_w = 60e3;  ///< shaft power of all blowers at full engine speed

  TractionMotor(double resistance_spread, double ambient_degc)
      : resistance_spread_(resistance_spread), temp_(ambient_degc + 35) {}

  /// `effort_n` of the whole locomotive, pulling or braking, 0 or more.
  void step(double dt_s, double effort_n, double speed_m_s, double rpm, double ambient_degc);

  [[nodiscard]] double current_a() const { return current_; }
  [[nodiscard]] double temp_degc() const { return temp_; }

 private:
  double resistance_spread_;
  double temp_;
  double current_ = 0;
};

/// The axle box with the monitored roller bearing: friction heat against the wind of the ride.
class AxleBox {
 public:
  AxleBox(double friction_spread, double ambient_degc)
      : friction_spread_(friction_spread), temp_(ambient_degc + 8) {}

  /// `wear` from 0 to 1 raises the friction up to fourfold.
  void step(double dt_s, double speed_m_s, double wear, double ambient_degc);
  [[nodiscard]] double temp_degc() const { return temp_; }

 private:
  double friction_spread_;
  double temp_;
};

}  // namespace wayside::plants::locomotive
