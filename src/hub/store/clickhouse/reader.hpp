#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/result.hpp"
#include "hub/store/clickhouse/database.hpp"
#include "hub/store/store.hpp"

/// The port's reads: of what was committed up to a number, which makes every answer one snapshot.
namespace wayside::hub::click {

[[nodiscard]] Result<std::map<StreamKey, StreamTotals>> read_streams(const Database& database);
[[nodiscard]] Result<RowCounts> read_row_counts(const Database& database, std::uint32_t commit);
[[nodiscard]] Result<std::vector<NewestTime>> read_newest(const Database& database,
                                                          std::uint32_t commit);
[[nodiscard]] Result<DropReasons> read_drop_reasons(const Database& database, std::uint32_t commit);
[[nodiscard]] Result<std::vector<SeriesData>> read_series(const Database& database,
                                                          std::uint32_t commit,
                                                          const SeriesRequest& request);
[[nodiscard]] Result<std::vector<FromNode<telemetry::Decision>>> read_decisions(
    const Database& database, std::uint32_t commit, const DecisionFilter& filter);
[[nodiscard]] Result<std::vector<EventRow>> read_events(const Database& database,
                                                        std::uint32_t commit,
                                                        const EventFilter& filter);

}  // namespace wayside::hub::click
