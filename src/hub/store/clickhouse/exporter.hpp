#pragma once

#include <vector>

#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/snapshot.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::click {

/// Makes the folder of exports, without the files of a hub that was killed. Errors: `io`.
[[nodiscard]] Status empty_exports(const Database& database);
/// See `TelemetryStore::export_rows`.
[[nodiscard]] Result<ExportedFile> write_export(const Database& database, const Snapshot& snapshot,
                                                const ExportRequest& request);
[[nodiscard]] Status write_export_line(const Database& database, const ExportLine& line);
[[nodiscard]] Result<std::vector<ExportLine>> read_export_lines(const Database& database,
                                                                std::size_t limit);

}  // namespace wayside::hub::click
