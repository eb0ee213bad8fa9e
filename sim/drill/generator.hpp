#pragma once

#include "base/rng.hpp"
#include "sim/drill/script.hpp"
#include "telemetry/schema.hpp"

namespace wayside::drill {

/// One value after the other of a signal that no machine stands behind: within the signal's range,
/// a plausible course for its shape. `walk` is an Ornstein-Uhlenbeck process around the middle of
/// `low` and `high`, a sixth of whose width is its spread, with `period` as its time constant.
class Waves {
 public:
  /// `rng` is its own.
  Waves(const telemetry::Signal& signal, const Generator& generator, Rng rng);
  /// The value at `age`, which never goes back.
  [[nodiscard]] double at(Duration age);

 private:
  [[nodiscard]] double shape(Duration age);

  Generator::Shape shape_;
  double low_, high_, noise_;
  double min_, max_;
  double period_s_;
  Rng rng_;
  double phase_;  ///< of a period, 0 to 1
  double walk_;   ///< standard deviations from the middle
  Duration last_{};
};

}  // namespace wayside::drill
