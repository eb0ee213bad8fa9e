#pragma once

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Brings the tables of the database to this program's version, from whatever earlier one, an empty
/// database included: each missing migration in a transaction of its own. Errors: `corrupt` for a
/// database of a later version or of another program, and what a migration runs into.
[[nodiscard]] Status prepare_schema(Connection& connection);

/// What a row of `series` names.
enum class Dimension : std::uint8_t { signal = 0, feature = 1, health = 2 };

}  // namespace wayside::hub::duck
