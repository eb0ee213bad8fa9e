#include "sim/drill/generator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wayside::drill {
namespace {

/// Where the script gives none: the middle three fifths of the signal's range, or 0 to 100.
double default_bound(const telemetry::Signal& signal, double share) {
  if (!std::isfinite(signal.min) || !std::isfinite(signal.max)) return 100 * share;
  return signal.min + share * (signal.max - signal.min);
}

}  // namespace

Waves::Waves(const telemetry::Signal& signal, const Generator& generator, Rng rng)
    : shape_(generator.shape),
      low_(generator.low.value_or(default_bound(signal, 0.2))),
      high_(generator.high.value_or(std::max(low_, default_bound(signal, 0.8)))),
      noise_(generator.noise.value_or((high_ - low_) / 100)),
      min_(signal.min),
      max_(signal.max),
      period_s_(generator.period.seconds()),
      rng_(rng),
      phase_(rng_.uniform()),
      walk_(rng_.normal()) {}

double Waves::shape(Duration age) {
  const double turns = age.seconds() / period_s_ + phase_;
  const double part = turns - std::floor(turns);
  switch (shape_) {
    case Generator::Shape::sine:
      return low_ + (high_ - low_) * (0.5 + 0.5 * std::sin(2 * std::numbers::pi * part));
    case Generator::Shape::square:
      return part < 0.5 ? low_ : high_;
    case Generator::Shape::ramp:
      return low_ + (high_ - low_) * part;
    case Generator::Shape::constant:
      return low_;
    case Generator::Shape::walk:
      break;
  }
  // The exact transition, so that the spread does not depend on how often one looks.
  const double keep = std::exp(-(age - last_).seconds() / period_s_);
  walk_ = keep * walk_ + std::sqrt(1 - keep * keep) * rng_.normal();
  last_ = age;
  return (low_ + high_) / 2 + (high_ - low_) / 6 * walk_;
}

double Waves::at(Duration age) {
  const double value = shape(age) + (noise_ > 0 ? noise_ * rng_.normal() : 0);
  return std::clamp(value, min_, max_);
}

}  // namespace wayside::drill
