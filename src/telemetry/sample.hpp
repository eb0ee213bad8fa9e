#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace wayside::telemetry {

/// Only `good` samples enter features; all are stored.
enum class Quality : std::uint8_t {
  good = 0,
  out_of_range = 1,  ///< outside the signal's range
  late = 2,          ///< at or before the last tick evaluated for its asset
  not_finite = 3,    ///< NaN or infinite
  bad = 4,           ///< the source itself says so
};

inline constexpr std::size_t quality_count = 5;

[[nodiscard]] constexpr std::string_view to_string(Quality quality) {
  constexpr std::array<std::string_view, quality_count> names{"good", "out_of_range", "late",
                                                              "not_finite", "bad"};
  return names[static_cast<std::size_t>(quality)];
}

/// One measurement in its signal's own unit.
struct Sample {
  AssetId asset;
  SignalId signal;
  Time time;
  double value = 0;
  Quality quality = Quality::good;
};

}  // namespace wayside::telemetry
