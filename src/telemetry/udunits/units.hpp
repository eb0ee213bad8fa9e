#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::telemetry {

/// value_in_target = scale · value + offset; every conversion UDUNITS-2 offers between the units
/// of sensors is of this form (logarithmic units are refused).
struct UnitConversion {
  double scale = 1;
  double offset = 0;

  [[nodiscard]] double operator()(double value) const { return scale * value + offset; }
  [[nodiscard]] bool identity() const { return scale == 1 && offset == 0; }
};

/// The UDUNITS-2 database, with the names people write on sensors beside its own: psia, lbm, pps,
/// lpm, gpm, deg, kmh, and g alone for the acceleration of free fall. Safe from several threads.
class Units {
 public:
  /// Errors: `not_found` where Debian's libudunits2-data is not installed.
  [[nodiscard]] static Result<Units> load();
  ~Units();
  Units(Units&&) noexcept;
  Units& operator=(Units&&) noexcept;

  /// Errors: `invalid`, naming the nearest known unit: "unknown unit 'degCC' (did you mean degC?)".
  [[nodiscard]] Status check(const std::string& unit) const;
  /// Errors: as `check`, and `invalid` where the two measure different things.
  [[nodiscard]] Result<UnitConversion> conversion(const std::string& from,
                                                  const std::string& to) const;

 private:
  struct State;
  explicit Units(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wayside::telemetry
