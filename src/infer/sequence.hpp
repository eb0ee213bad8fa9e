#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::infer {

/// What stands in a model's input where a feature had no value.
enum class Missing : std::uint8_t {
  refuse,  ///< nothing: the model does not run
  hold,    ///< the last value before it within the history; where there is none, the first after it
  fill,    ///< a constant
};
[[nodiscard]] std::string_view to_string(Missing missing);

/// How a model sees time: its input is the last `history` ticks, oldest first.
struct Sequence {
  static constexpr std::size_t history_max = 10'000;
  static constexpr std::size_t values_max = 1u << 20;  ///< history × inputs

  std::size_t history = 1;  ///< 1: the newest tick alone, as [1, n]; more: [1, history, n]
  Missing missing = Missing::refuse;
  std::vector<double> fill = {};  ///< of `fill`: one value for every input, or one for each
  /// Name of a second input that says what was there: 1, and 0 where something else stands; for
  /// each value ([1, history, n]) or for each tick ([1, history]), whole ones. Empty: none.
  std::string mask = {};

  [[nodiscard]] double fill_of(std::size_t input) const {
    return fill.size() == 1 ? fill[0] : fill[input];
  }
  friend bool operator==(const Sequence&, const Sequence&) = default;
};

/// Errors: `invalid` where the parts do not fit together or `inputs` of them are too much.
[[nodiscard]] Status check(const Sequence& sequence, std::size_t inputs);

}  // namespace wayside::infer
