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

constexpr Parameter width[] = {Parameter::duration};
constexpr Parameter width_and_half_life[] = {Parameter::duration, Parameter::duration};
constexpr Parameter number_and_width[] = {Parameter::number, Parameter::duration};
constexpr Parameter band_and_width[] = {Parameter::frequency, Parameter::frequency,
                                        Parameter::duration};

/// Of one signal and a duration.
constexpr WindowFunction plain(std::string_view name, std::string_view example, Statistic statistic,
                               Components needs, UnitRule unit,
                               WindowKind kind = WindowKind::statistic) {
  return {name, statistic, needs, unit, kind, 1, example, "a signal and a duration", width, 1};
}

constexpr std::array window_functions{
    plain("count", "count(x, 60s)", Statistic::count, 0, UnitRule::number),
    plain("sum", "sum(x, 60s)", Statistic::sum, component::sum, UnitRule::sum),
    plain("mean", "mean(x, 60s)", Statistic::mean, component::mean, UnitRule::same),
    plain("var", "var(x, 60s)", Statistic::var, moments2, UnitRule::difference_squared),
    plain("std", "std(x, 60s)", Statistic::std, moments2, UnitRule::difference),
    plain("min", "min(x, 60s)", Statistic::min, component::min, UnitRule::same),
    plain("max", "max(x, 60s)", Statistic::max, component::max, UnitRule::same),
    plain("range", "range(x, 60s)", Statistic::range, component::min | component::max,
          UnitRule::difference),
    plain("first", "first(x, 60s)", Statistic::first, component::first, UnitRule::same),
    plain("last", "last(x, 60s)", Statistic::last, component::last, UnitRule::same),
    plain("delta", "delta(x, 60s)", Statistic::delta, ends, UnitRule::difference),
    plain("rate", "rate(x, 60s)", Statistic::rate, ends, UnitRule::per_second),
    plain("slope", "slope(x, 60s)", Statistic::slope, component::mean | component::slope,
          UnitRule::per_second),
    plain("rms", "rms(x, 60s)", Statistic::rms, component::square, UnitRule::same),
    plain("peak", "peak(x, 60s)", Statistic::peak, component::peak, UnitRule::same),
    plain("crest", "crest(x, 60s)", Statistic::crest, component::peak | component::square,
          UnitRule::number),
    plain("skewness", "skewness(x, 60s)", Statistic::skewness, moments4, UnitRule::number),
    plain("kurtosis", "kurtosis(x, 60s)", Statistic::kurtosis, moments4, UnitRule::number),
    plain("zscore", "zscore(x, 60s)", Statistic::zscore, moments2 | component::last,
          UnitRule::number),
    plain("lag", "lag(x, 60s)", Statistic::last, component::last, UnitRule::same, WindowKind::lag),
    plain("median", "median(x, 60s)", Statistic::count, 0, UnitRule::same, WindowKind::quantile),
    WindowFunction{"quantile", Statistic::count, 0, UnitRule::same, WindowKind::quantile, 1,
                   "quantile(x, 0.95, 60s)", "a signal, a number from 0 to 1 and a duration",
                   number_and_width, 2},
    WindowFunction{"ewma", Statistic::ewma, component::ewma, UnitRule::same, WindowKind::statistic,
                   1, "ewma(x, 60s) or ewma(x, 60s, 10s)",
                   "a signal, a duration and perhaps a half-life", width_and_half_life, 1},
    WindowFunction{"corr", Statistic::corr, moments2 | component::pair, UnitRule::number,
                   WindowKind::statistic, 2, "corr(x, y, 60s)", "two signals and a duration", width,
                   1},
    WindowFunction{"band", Statistic::count, 0, UnitRule::same, WindowKind::band, 1,
                   "band(x, 100Hz, 500Hz, 1s)", "a waveform, two frequencies and a duration",
                   band_and_width, 3},
    WindowFunction{"envelope_rms", Statistic::count, 0, UnitRule::same, WindowKind::envelope, 1,
                   "envelope_rms(x, 2kHz, 4kHz, 1s)", "a waveform, two frequencies and a duration",
                   band_and_width, 3},
};

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
