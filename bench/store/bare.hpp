#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plants/trucks/truck_fleet.hpp"

/// The same rows put in by each engine's own fastest client path, with nothing of ours around it:
/// the yardstick of ingest. Both commit about as many rows at a time as the hub does.
namespace wayside::bench {

/// DuckDB's appender, whole column vectors at a time, into a table of (series number, time, value,
/// quality) in a new file.
[[nodiscard]] Status insert_bare_duckdb(const std::string& path,
                                        const std::vector<plants::TruckFleet::Batch>& batches);
/// ClickHouse's Native format over HTTP, into a table like the hub's.
[[nodiscard]] Status insert_bare_clickhouse(const std::string& url,
                                            const std::vector<plants::TruckTags>& tags,
                                            const std::vector<plants::TruckFleet::Batch>& batches);

}  // namespace wayside::bench
