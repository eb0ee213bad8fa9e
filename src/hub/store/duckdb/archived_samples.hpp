#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/store/duckdb/archive.hpp"

namespace wayside::hub::duck {

/// What a read needs of archived samples.
struct ArchivedRequest {
  std::string asset;
  std::string node;                  ///< empty: any
  std::vector<std::string> signals;  ///< empty: all
  Time from, to;                     ///< inclusive
  bool good_only = false;
  /// By tier: files are not asked for what is before it.
  std::array<Time, telemetry::tier_count> from_tier{Time::min(), Time::min(), Time::min()};
};

/// `SELECT signal, version, time, value, quality` over the archive's files that may hold such
/// samples, equal times of a series in arrival order; empty where there are none.
[[nodiscard]] Result<std::string> archived_samples(Connection& connection, const Archive& archive,
                                                   const ArchivedRequest& request);

}  // namespace wayside::hub::duck
