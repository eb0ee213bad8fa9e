#pragma once

#include <cmath>
#include <numbers>

#include "base/rng.hpp"

namespace wayside::plants::locomotive {

/// Air temperature along the line: a daily cycle (the plant starts at ten in the morning) and what
/// the way adds (shade, cuttings, tunnels), an Ornstein-Uhlenbeck process of 1.2 K and two and a
/// half minutes.
class Ambient {
 public:
  static constexpr double mean_degc = 18;
  static constexpr double daily_k = 2.5;
  static constexpr double way_k = 1.2;
  static constexpr double way_s = 150;

  explicit Ambient(Rng rng) : rng_(rng), way_(way_k * rng_.normal()) {}

  void step(double dt_s, double age_s) {
    // The exact transition, so that the step's length does not change the spread.
    const double keep = std::exp(-dt_s / way_s);
    way_ = keep * way_ + way_k * std::sqrt(1 - keep * keep) * rng_.normal();
    age_s_ = age_s;
  }
  [[nodiscard]] double degc() const {
    const double hour = 10 + age_s_ / 3600;  // the warmest is at 15 h
    return mean_degc + daily_k * std::cos(2 * std::numbers::pi * (hour - 15) / 24) + way_;
  }

 private:
  Rng rng_;
  double way_;
  double age_s_ = 0;
};

}  // namespace wayside::plants::locomotive
