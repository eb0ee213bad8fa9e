#pragma once

#include <string>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"

/// What reading and writing table files have in common.
namespace wayside::table {

/// A database in memory that puts on disk, in `spill_folder`, what is more than 512 MB.
[[nodiscard]] Result<duck::DatabaseHandle> open_scratch_database(const std::string& spill_folder);

/// `text` as an SQL text ('), or as a name (").
[[nodiscard]] std::string sql_quoted(std::string_view text, char quote);

}  // namespace wayside::table
