#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/snapshot.hpp"
#include "hub/store/store.hpp"

/// The port's reads.
namespace wayside::hub::click {

[[nodiscard]] Result<std::map<StreamKey, StreamTotals>> read_streams(const Database& database);
[[nodiscard]] Result<RowCounts> read_row_counts(const Database& database, const Snapshot& snapshot);
[[nodiscard]] Result<std::vector<NewestTime>> read_newest(const Database& database);

/// What a removal took out of the samples.
struct Removal {
  std::uint32_t number = 0;
  std::string rows;  ///< the condition that they fulfil
};
[[nodiscard]] Result<std::optional<Removal>> read_newest_removal(const Database& database);
/// Puts what is stored into `out`.
[[nodiscard]] Status read_last_values(const Database& database, const Snapshot& snapshot,
                                      LastValues& out);
[[nodiscard]] Result<DropReasons> read_drop_reasons(const Database& database,
                                                    const Snapshot& snapshot);
[[nodiscard]] Result<std::vector<GapRow>> read_gaps(const Database& database,
                                                    const Snapshot& snapshot,
                                                    const GapFilter& filter);
[[nodiscard]] Result<std::vector<SeriesData>> read_series(const Database& database,
                                                          const Snapshot& snapshot,
                                                          const SeriesRequest& request);
[[nodiscard]] Result<std::vector<FromNode<telemetry::Decision>>> read_decisions(
    const Database& database, const Snapshot& snapshot, const DecisionFilter& filter);
[[nodiscard]] Result<std::vector<EventRow>> read_events(const Database& database,
                                                        const Snapshot& snapshot,
                                                        const EventFilter& filter);

[[nodiscard]] Result<StoredSamples> read_samples(const Database& database, const Snapshot& snapshot,
                                                 const SampleRequest& request);
[[nodiscard]] Result<Usage> read_usage(const Database& database, const Snapshot& snapshot);

}  // namespace wayside::hub::click
