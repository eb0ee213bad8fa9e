#pragma once

namespace wayside::plants::locomotive {

/// Differences between machines of one type, around 1.
struct EngineSpread {
  double friction = 1;
  double efficiency = 1;
  double oil_pump = 1;
};

/// The diesel engine with its generator: a two-stroke of 2.4 MW at the shaft. Fuel follows Willans'
/// line (fuel power is a friction term of the speed plus shaft power over a constant efficiency).
class Engine {
 public:
  static constexpr double rpm_idle = 318;
  static constexpr double rpm_max = 904;
  static constexpr double fuel_j_per_l = 35.8e6;  ///< diesel, lower heating value

  explicit Engine(EngineSpread spread) : spread_(spread) {}

  /// Speed follows the governor within seconds, power the load regulator. `auxiliary_w` is what
  /// fans and blowers take from the shaft.
  void step(double dt_s, double rpm_wanted, double power_wanted_w, double auxiliary_w);

  [[nodiscard]] double rpm() const { return rpm_; }
  [[nodiscard]] double traction_w() const { return traction_w_; }  ///< electrical, to the motors
  [[nodiscard]] double shaft_w() const { return shaft_w_; }
  [[nodiscard]] double fuel_w() const;
  [[nodiscard]] double fuel_l_min() const { return fuel_w() / fuel_j_per_l * 60; }
  /// Heat to the jacket water and to the oil; the rest of fuel − shaft leaves by the exhaust.
  [[nodiscard]] double jacket_heat_w() const;
  [[nodiscard]] double oil_heat_w() const;
  /// Gallery pressure of a gear pump with a relief valve: rises with speed, falls as hot oil thins.
  [[nodiscard]] double oil_pressure_pa(double oil_degc) const;

 private:
  [[nodiscard]] double friction_w() const;

  EngineSpread spread_;
  double rpm_ = rpm_idle;
  double traction_w_ = 0;
  double shaft_w_ = 0;
};

}  // namespace wayside::plants::locomotive
