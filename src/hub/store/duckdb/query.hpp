#pragma once

#include "hub/store/duckdb/handles.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::duck {

/// One question of a user, over a connection of its own, in a read-only transaction.
[[nodiscard]] Result<QueryResult> run_query(duckdb_database database, const std::string& sql,
                                            const QueryLimits& limits);

}  // namespace wayside::hub::duck
