#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "hub/store/clickhouse/tables.hpp"

namespace wayside::hub::click {

/// Checks that `sql` is one SELECT that names no tables but the users' and its own WITH clauses,
/// calls no table function and none that tells of the server, and sets nothing. Gives it with every
/// table replaced by a SELECT of what was committed up to `commit`, so that all of it is one
/// snapshot. Errors: `invalid` (not SQL), `refused`.
[[nodiscard]] Result<std::string> check_query(const std::string& sql, const Layout& layout,
                                              std::uint32_t commit);

}  // namespace wayside::hub::click
