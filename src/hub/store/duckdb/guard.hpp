#pragma once

#include <string>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Passes a text that is exactly one SELECT which reads only the design's tables (and `gaps`), its
/// own WITH clauses and functions that compute. It judges DuckDB's own parse of the text, by what
/// is allowed for tables and table functions and by what is forbidden for the few functions that do
/// more than compute. It is the first of three walls; the read-only transaction and the database's
/// own settings (no files, no network, settings locked) stand behind it.
/// Errors: `invalid` where the text is no SQL, `refused` with the name of what is not allowed.
[[nodiscard]] Status check_query(Connection& connection, const std::string& sql);

}  // namespace wayside::hub::duck
