#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/aggregate.hpp"
#include "features/ast.hpp"

namespace wayside::features {

/// A function of numbers: `abs(x)`, `clamp(x, low, high)`.
struct ScalarFunction {
  std::string_view name;
  Op op;
  std::size_t args_min;
  std::size_t args_max;
  std::string_view usage;
};
[[nodiscard]] const ScalarFunction* find_scalar(std::string_view name);
inline constexpr std::size_t scalar_args_max = 16;

/// How the unit of a window function follows from its signal's.
enum class UnitRule : std::uint8_t {
  same,
  difference,
  difference_squared,
  per_second,
  sum,
  number
};

/// How a window function comes by its value.
enum class WindowKind : std::uint8_t {
  statistic,  ///< of the pane tree's node of the window
  lag,        ///< of the window that ends the given time before the tick
  quantile,
  band,
  envelope,
};

/// What stands among a window function's arguments beside signals. Kinds can be told apart, so that
/// their order is free.
enum class Parameter : std::uint8_t { duration, number, frequency };

/// A function of the samples of one signal, or two, in a window: `mean(x, 60s)`.
struct WindowFunction {
  std::string_view name;
  Statistic statistic = Statistic::count;
  Components needs = 0;
  UnitRule unit = UnitRule::same;
  WindowKind kind = WindowKind::statistic;
  std::size_t signals = 1;
  std::string_view example;  ///< "mean(x, 60s)"
  std::string_view takes;    ///< "a signal and a duration"
  /// In their usual order; the window's width is the first duration.
  std::span<const Parameter> parameters;
  std::size_t parameters_min = 1;
};
[[nodiscard]] const WindowFunction* find_window(std::string_view name);

/// `name(arguments)` is a window function unless it is only a scalar one; `min` and `max`, which
/// are both, are window functions where an argument is a duration.
[[nodiscard]] const WindowFunction* window_call(const Ast& ast, const Node& call);

/// Names to suggest from.
[[nodiscard]] std::vector<std::string> scalar_names();
[[nodiscard]] std::vector<std::string> function_names();

}  // namespace wayside::features
