#pragma once

#include "base/duckdb/handles.hpp"
#include "hub/store/duckdb/at_work.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// One question of a user, over a connection of its own, in a read-only transaction. It ends, too,
/// when all queries together hold more than `memory_bytes_max`.
[[nodiscard]] Result<QueryResult> run_query(duckdb_database database, const std::string& sql,
                                            const QueryLimits& limits,
                                            std::uint64_t memory_bytes_max, AtWork& at_work);

}  // namespace wayside::hub::duck
