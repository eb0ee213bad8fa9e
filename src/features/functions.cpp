#include "features/functions.hpp"

#include <algorithm>
#include <array>

namespace wayside::features {
namespace {

constexpr std::array<ScalarFunction, 8> scalar_functions{{
    {"min", Op::min, 2, scalar_args_max, "min(a, b, …)"},
    {"max", Op::max, 2, scalar_args_max, "max(a, b, …)"},
    {"abs", Op::abs, 1, 1, "abs(x)"},
    {"log", Op::log, 1, 1, "log(x)"},
    {"exp", Op::exp, 1, 1, "exp(x)"},
    {"sqrt", Op::sqrt, 1, 1, "sqrt(x)"},
    {"clamp", Op::clamp, 3, 3, "clamp(x, low, high)"},
    {"if", Op::if_, 3, 3, "if(condition, a, b)"},
}};

constexpr Components moments2 = component::mean | component::m2;
constexpr Components moments4 = moments2 | component::m34;
constexpr Components ends = component::first | component::last;

constexpr std::array<WindowFunction, 20> window_functions{{
    {"count", Statistic::count, 0, UnitRule::number},
    {"sum", Statistic::sum, component::sum, UnitRule::sum},
    {"mean", Statistic::mean, component::mean, UnitRule::same},
    {"var", Statistic::var, moments2, UnitRule::difference_squared},
    {"std", Statistic::std, moments2, UnitRule::difference},
    {"min", Statistic::min, component::min, UnitRule::same},
    {"max", Statistic::max, component::max, UnitRule::same},
    {"range", Statistic::range, component::min | component::max, UnitRule::difference},
    {"first", Statistic::first, component::first, UnitRule::same},
    {"last", Statistic::last, component::last, UnitRule::same},
    {"delta", Statistic::delta, ends, UnitRule::difference},
    {"rate", Statistic::rate, ends, UnitRule::per_second},
    {"slope", Statistic::slope, component::mean | component::slope, UnitRule::per_second},
    {"rms", Statistic::rms, component::square, UnitRule::same},
    {"peak", Statistic::peak, component::peak, UnitRule::same},
    {"crest", Statistic::crest, component::peak | component::square, UnitRule::number},
    {"skewness", Statistic::skewness, moments4, UnitRule::number},
    {"kurtosis", Statistic::kurtosis, moments4, UnitRule::number},
    {"zscore", Statistic::zscore, moments2 | component::last, UnitRule::number},
    {"lag", Statistic::last, component::last, UnitRule::same, true},
}};

template <class Table>
const typename Table::value_type* find_in(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const auto& function) { return function.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const ScalarFunction* find_scalar(std::string_view name) {
  return find_in(scalar_functions, name);
}
const WindowFunction* find_window(std::string_view name) {
  return find_in(window_functions, name);
}

const WindowFunction* window_call(const Ast& ast, const Node& call) {
  const WindowFunction* window = find_window(call.name);
  if (window == nullptr || find_scalar(call.name) == nullptr) return window;
  const bool has_duration = std::any_of(call.args.begin(), call.args.end(), [&](std::uint32_t arg) {
    return ast.nodes[arg].kind == Node::Kind::duration;
  });
  return has_duration ? window : nullptr;
}

std::vector<std::string> scalar_names() {
  std::vector<std::string> names;
  names.reserve(scalar_functions.size());
  for (const ScalarFunction& function : scalar_functions) names.emplace_back(function.name);
  return names;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names = scalar_names();
  for (const WindowFunction& function : window_functions)
    if (find_scalar(function.name) == nullptr) names.emplace_back(function.name);
  return names;
}

}  // namespace wayside::features
