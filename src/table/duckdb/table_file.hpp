#pragma once

#include <memory>
#include <string>
#include <vector>

#include "table/table_reader.hpp"
#include "table/table_writer.hpp"

namespace wayside::table {

/// Parquet with zstd; times are timestamps in nanoseconds without a zone, in UTC; the metadata are
/// the file's key-value pairs. Rows are collected by DuckDB in memory, and beside the file where
/// they are many. Errors: as create_csv.
[[nodiscard]] Result<std::unique_ptr<TableWriter>> create_parquet(
    const std::string& path, const std::vector<Column>& columns, const Metadata& metadata);

/// By the ending of `path`: .parquet or .csv. Errors: `invalid` for another one.
[[nodiscard]] Result<std::unique_ptr<TableWriter>> create_table_file(
    const std::string& path, const std::vector<Column>& columns, const Metadata& metadata);

/// Reads such a file, or one made elsewhere; in CSV the columns' types follow from all their texts,
/// and times are whole numbers. Errors: `not_found`, `invalid` (another ending, a column whose type
/// is none of ours, something else than such a file).
[[nodiscard]] Result<std::unique_ptr<TableReader>> open_table_file(const std::string& path);

}  // namespace wayside::table
