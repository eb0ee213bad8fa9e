#pragma once

#include <cstddef>
#include <optional>
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

/// A function of the samples of one signal in a window: `mean(x, 60s)`.
struct WindowFunction {
  std::string_view name;
  Statistic statistic;
  Components needs;
  UnitRule unit;
  bool delayed = false;  ///< of the window that ends the given time before the tick
};
[[nodiscard]] const WindowFunction* find_window(std::string_view name);

/// `name(arguments)` is a window function unless it is only a scalar one; `min` and `max`, which
/// are both, are window functions where an argument is a duration.
[[nodiscard]] const WindowFunction* window_call(const Ast& ast, const Node& call);

/// Names to suggest from.
[[nodiscard]] std::vector<std::string> scalar_names();
[[nodiscard]] std::vector<std::string> function_names();

}  // namespace wayside::features
