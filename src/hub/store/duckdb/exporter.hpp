#pragma once

#include "base/duckdb/handles.hpp"
#include "hub/store/keeping.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Writes what is asked for to `path`, from one snapshot, and gives the number of rows. Rows come
/// in the order they are stored in. Times are TIMESTAMP_NS in Parquet (zstd), RFC 3339 in UTC with
/// nine decimals in CSV.
[[nodiscard]] Result<std::uint64_t> write_export(Connection& connection,
                                                 const ExportRequest& request,
                                                 const std::string& path);

/// Lines of the export log.
[[nodiscard]] Status write_export_line(Connection& connection, const ExportLine& line);
[[nodiscard]] Result<std::vector<ExportLine>> read_exports(Connection& connection,
                                                           std::size_t limit);

}  // namespace wayside::hub::duck
