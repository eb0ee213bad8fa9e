#pragma once

#include <span>

#include "base/rng.hpp"

namespace wayside::plants::locomotive {

/// Geometry of the axle box's roller bearing and the tones it makes. Outer ring fixed, inner ring
/// turning with the axle at f:
///   BPFO = n/2 · f · (1 − d/D · cos α)   a roller passes a place on the outer ring
///   BPFI = n/2 · f · (1 + d/D · cos α)   a roller passes a place on the inner ring
///   FTF  = 1/2 · f · (1 − d/D · cos α)   the cage turns
struct BearingGeometry {
  int rollers = 23;              ///< n
  double roller_mm = 22;         ///< d
  double pitch_mm = 183;         ///< D
  double contact_angle_deg = 9;  ///< α

  [[nodiscard]] double bpfo_hz(double axle_hz) const;
  [[nodiscard]] double bpfi_hz(double axle_hz) const;
  [[nodiscard]] double ftf_hz(double axle_hz) const;
};

/// The acceleration that a sensor on the axle box feels, in g: imbalance of the wheelset at the
/// axle's frequency, the engine's firing through the frame, rough rail as broadband noise, and,
/// with wear, the impacts of rollers on a spall of the outer ring: short ringing at the housing's
/// resonance, repeated at BPFO with a little slip, stronger as the load turns past (amplitude
/// modulation at the axle's frequency).
class AxleVibration {
 public:
  static constexpr double wheel_diameter_m = 1.016;
  static constexpr BearingGeometry bearing{};

  AxleVibration(Rng rng, double imbalance_spread)
      : rng_(rng), imbalance_spread_(imbalance_spread) {}

  /// Fills `out` with values at `rate_hz`. `wear` from 0 to 1.
  void record(std::span<double> out, double rate_hz, double speed_m_s, double engine_rpm,
              double wear);

  [[nodiscard]] static double axle_hz(double speed_m_s);

 private:
  void add_impacts(std::span<double> out, double rate_hz, double axle, double wear);

  Rng rng_;
  double imbalance_spread_;
};

}  // namespace wayside::plants::locomotive
