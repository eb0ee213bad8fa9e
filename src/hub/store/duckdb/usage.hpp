#pragma once

#include "base/duckdb/handles.hpp"
#include "hub/store/keeping.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// What is held, by kind, tier and asset. The bytes that the database file (and its write-ahead
/// log) uses are divided among the tables by the blocks that each one's columns lie in, and a
/// table's among its rows equally; a file of the archive's among its rows equally.
/// `log_bytes`: the size of the write-ahead log.
[[nodiscard]] Result<Usage> read_usage(Connection& connection, std::uint64_t log_bytes);

}  // namespace wayside::hub::duck
