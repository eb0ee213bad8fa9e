#pragma once

#include "hub/store/duckdb/handles.hpp"
#include "hub/store/keeping.hpp"

namespace wayside::hub::duck {

/// What is held, by kind, tier and asset. The bytes that the database file (and its write-ahead
/// log) uses are divided among the tables by the blocks that each one's columns lie in, and a
/// table's among its rows equally; a file of the archive's among its rows equally.
[[nodiscard]] Result<Usage> read_usage(Connection& connection);

}  // namespace wayside::hub::duck
