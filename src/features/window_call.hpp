#pragma once

#include <optional>
#include <vector>

#include "features/functions.hpp"
#include "features/lower.hpp"
#include "features/spectrum.hpp"

namespace wayside::features {

/// A call of a window function with its arguments read: signals still by name.
struct WindowCall {
  const WindowFunction* function = nullptr;
  std::vector<const Node*> signals;  ///< names
  const Node* width_at = nullptr;
  Duration width;
  Duration half_life;  ///< of ewma; an eighth of the width where none is given
  double q = 0.5;      ///< of quantile
  const Node* band_at = nullptr;
  FrequencyBand band;
  bool mixed = false;  ///< `mixed` came last: the window takes samples of all versions
};

/// Longest window and half-life, so that no time reached by them overflows.
inline constexpr Duration duration_max = days(366);

/// Reads the call of a window function; nullopt once its mistakes are reported.
[[nodiscard]] std::optional<WindowCall> read_window_call(const Ast& ast, const Node& call,
                                                         Reporter& reporter);

/// Puts the arguments of window functions in their usual order, so that one meaning has one
/// spelling.
void order_arguments(Ast& ast);

}  // namespace wayside::features
