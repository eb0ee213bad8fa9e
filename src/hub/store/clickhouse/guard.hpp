#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "hub/store/clickhouse/snapshot.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// Checks that `sql` is one SELECT that names no tables but the users' and its own WITH clauses,
/// calls no table function and none that tells of the server, and sets nothing. Gives it with every
/// table replaced by a SELECT of the rows that count. Errors: `invalid` (not SQL), `refused`.
[[nodiscard]] Result<std::string> check_query(const std::string& sql, const Layout& layout,
                                              const Snapshot& snapshot);

}  // namespace wayside::hub::click
