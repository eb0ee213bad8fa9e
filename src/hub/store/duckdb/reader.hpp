#pragma once

#include <map>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "hub/store/duckdb/archive.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// The store's reads, each over the connection given and in its transaction.
[[nodiscard]] Result<std::map<StreamKey, StreamTotals>> read_streams(Connection& connection);
[[nodiscard]] Result<RowCounts> read_row_counts(Connection& connection);
[[nodiscard]] Result<std::vector<NewestTime>> read_newest(Connection& connection);
/// Puts what is stored into `out`.
[[nodiscard]] Status read_last_values(Connection& connection, LastValues& out);
[[nodiscard]] Result<DropReasons> read_drop_reasons(Connection& connection);
[[nodiscard]] Result<std::vector<GapRow>> read_gaps(Connection& connection,
                                                    const GapFilter& filter);
[[nodiscard]] Result<std::vector<FromNode<telemetry::Decision>>> read_decisions(
    Connection& connection, const DecisionFilter& filter);
[[nodiscard]] Result<std::vector<EventRow>> read_events(Connection& connection,
                                                        const EventFilter& filter);
[[nodiscard]] Result<std::vector<SeriesData>> read_series(Connection& connection,
                                                          const Archive& archive,
                                                          const SeriesRequest& request);
[[nodiscard]] Result<StoredSamples> read_samples(Connection& connection, const Archive& archive,
                                                 const SampleRequest& request);

}  // namespace wayside::hub::duck
