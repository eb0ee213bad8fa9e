#pragma once

#include <cstdint>
#include <string>

#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/snapshot.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::click {

/// One SELECT of a user's; see `TelemetryStore::query`.
[[nodiscard]] Result<QueryResult> run_query(const Database& database, const Snapshot& snapshot,
                                            const std::string& sql, const QueryLimits& limits);

}  // namespace wayside::hub::click
