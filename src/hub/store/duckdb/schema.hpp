#pragma once

#include "base/result.hpp"
#include "hub/store/duckdb/handles.hpp"

namespace wayside::hub::duck {

/// Version of the tables below; a database of another version is not opened.
inline constexpr int schema_version = 1;

/// Creates the tables and views in an empty database; checks the version of one that is not.
/// Errors: `corrupt` for a database of a later version or of something else.
[[nodiscard]] Status prepare_schema(Connection& connection);

/// What a row of `series` names.
enum class Dimension : std::uint8_t { signal = 0, feature = 1, health = 2 };

}  // namespace wayside::hub::duck
