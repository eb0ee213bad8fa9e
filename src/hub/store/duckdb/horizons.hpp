#pragma once

#include <array>
#include <optional>

#include "base/duckdb/handles.hpp"
#include "telemetry/tier.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// How far samples of one tier have left the table of rows.
struct Horizon {
  std::optional<Time> raw_from;         ///< before it, samples have been removed
  std::optional<Time> archived_before;  ///< before it, all that was there moved to files
  /// Every good sample that ever left is in the downsampled history.
  bool whole_history = true;
};
using Horizons = std::array<Horizon, telemetry::tier_count>;

[[nodiscard]] Result<Horizons> read_horizons(Connection& connection);
/// Horizons only move forward. Part of the caller's transaction.
[[nodiscard]] Status move_horizon(Connection& connection, telemetry::Tier tier, const char* column,
                                  Time to, bool downsampled);

}  // namespace wayside::hub::duck
