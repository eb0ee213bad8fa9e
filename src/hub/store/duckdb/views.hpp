#pragma once

#include <string>
#include <vector>

#include "base/duckdb/handles.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Makes the design's tables, as views, over the tables of this version and these files of archived
/// samples (oldest first). It can stand inside a transaction.
[[nodiscard]] Status create_views(Connection& connection, const std::vector<std::string>& files);
/// `samples` alone, after the files changed.
[[nodiscard]] Status create_samples_view(Connection& connection,
                                         const std::vector<std::string>& files);

/// The columns of `samples` from files; the text of a FROM clause. `files` must not be empty.
[[nodiscard]] std::string parquet_source(const std::vector<std::string>& files);

}  // namespace wayside::hub::duck
