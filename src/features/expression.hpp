#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/diagnostics.hpp"

namespace wayside::features {

/// An expression without window functions over named numbers, compiled once and evaluated without
/// allocation: what a rule's `when` is. Comparisons and logic give 1 or 0; a comparison with NaN is
/// 0; `and`, `or`, `not` take a number as true when it is neither 0 nor NaN.
class ScalarExpression {
 public:
  /// Slot of a name (`coolant_mean`, `cooling_anomaly.score`) in the values passed to `evaluate`;
  /// nullopt for an unknown one, reported with the nearest of `known`.
  using Resolver = std::function<std::optional<std::size_t>(std::string_view name)>;

  /// Mistakes go to `diagnostics` at their own column; `at` is where `text` starts.
  static std::optional<ScalarExpression> compile(std::string_view text, const config::Location& at,
                                                 const Resolver& resolve,
                                                 const std::vector<std::string>& known,
                                                 config::Diagnostics& diagnostics);

  [[nodiscard]] double evaluate(std::span<const double> slots) const;
  [[nodiscard]] bool holds(std::span<const double> slots) const;
  /// The slots the expression reads, ascending, each once.
  [[nodiscard]] const std::vector<std::size_t>& slots() const;

  ScalarExpression(ScalarExpression&&) noexcept;
  ScalarExpression& operator=(ScalarExpression&&) noexcept;
  ~ScalarExpression();

 private:
  struct Program;
  explicit ScalarExpression(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace wayside::features
