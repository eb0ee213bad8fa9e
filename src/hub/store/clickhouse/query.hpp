#pragma once

#include <cstdint>
#include <string>

#include "hub/store/clickhouse/database.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::click {

/// One SELECT of a user's over what was committed up to `commit`; see `TelemetryStore::query`.
[[nodiscard]] Result<QueryResult> run_query(const Database& database, std::uint32_t commit,
                                            const std::string& sql, const QueryLimits& limits);

}  // namespace wayside::hub::click
