#pragma once

#include <array>

namespace wayside::plants::locomotive {

struct CoolingSpread {
  double radiator = 1;
  double oil_cooler = 1;
  double thermostat_k = 0;  ///< opens so much later, kelvin
};

/// What can be wrong with the cooling, each from 0 (sound) to 1.
struct CoolingFaults {
  double leak = 0;  ///< at 1 the circuit has lost 70 % of its coolant
  double fans = 0;  ///< at 1 the fans hardly turn: 3 % of their speed
};

/// Coolant circuit and lubricating oil: two heat stores (coolant with the engine's metal, oil)
/// joined by the oil cooler; a wax thermostat; a radiator with three fans switched in stages.
class Cooling {
 public:
  static constexpr double fan_power_w = 32e3;  ///< of one fan at full speed; goes with its cube

  Cooling(CoolingSpread spread, double ambient_degc);

  /// Heats in watts, from the engine; `rpm` of the engine drives the pumps.
  void step(double dt_s, double jacket_w, double oil_w, double rpm, double ambient_degc,
            const CoolingFaults& faults);

  [[nodiscard]] double coolant_degc() const { return coolant_; }
  [[nodiscard]] double oil_degc() const { return oil_; }
  [[nodiscard]] double level() const { return level_; }  ///< share of the coolant still there
  /// At the pump's outlet, above the atmosphere: cap pressure and pump head.
  [[nodiscard]] double pressure_pa() const { return pressure_; }
  [[nodiscard]] double fan_speed() const;    ///< mean of the three, 0 to 1
  [[nodiscard]] double fan_shaft_w() const;  ///< what the fans take
  [[nodiscard]] double radiator_w() const { return radiator_w_; }
  [[nodiscard]] double casing_w() const { return casing_w_; }
  /// Heat stored above 0 °C, joules, at the coolant level of now.
  [[nodiscard]] double stored_j() const;

 private:
  void control(double dt_s, const CoolingFaults& faults);
  [[nodiscard]] double coolant_capacity() const;

  CoolingSpread spread_;
  double coolant_;
  double oil_;
  double level_ = 1;
  double valve_ = 0;
  double pressure_ = 0;
  double radiator_w_ = 0;
  double casing_w_ = 0;
  std::array<bool, 3> stage_on_{};
  std::array<double, 3> fans_{};
};

}  // namespace wayside::plants::locomotive
