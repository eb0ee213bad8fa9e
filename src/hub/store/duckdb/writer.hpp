#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "hub/store/batch.hpp"
#include "hub/store/duckdb/chunk_writer.hpp"
#include "hub/store/duckdb/handles.hpp"
#include "hub/store/duckdb/latest.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/replay.hpp"

namespace wayside::hub::duck {

/// Commits batches over a connection of its own. After an error it is good for nothing: make a new
/// one, which reads what the database holds.
class Writer {
 public:
  [[nodiscard]] static Result<Writer> open(duckdb_database database);
  /// Rows, new series, latest values and stream totals in one transaction.
  [[nodiscard]] Status commit(const Batch& batch);
  /// The asset's series have been removed.
  void forget(const std::string& asset);
  /// In one transaction of its own.
  [[nodiscard]] Result<Replaced> replace_features(const FeatureReplacement& replacement);

 private:
  struct NewSeries {
    std::int32_t id;
    Dimension dimension;
    std::string node, asset, name;
    std::uint32_t version;
    telemetry::Tier tier;
  };

  [[nodiscard]] Status load_series();
  [[nodiscard]] std::int32_t series_id(Dimension dimension, telemetry::Tier tier,
                                       std::string_view node, std::string_view asset,
                                       std::string_view name, std::uint32_t version);
  [[nodiscard]] Status write(const Batch& batch);
  [[nodiscard]] Result<Replaced> rewrite(const FeatureReplacement& replacement);
  [[nodiscard]] Status write_samples(const Batch& batch);
  [[nodiscard]] Status write_features(const Batch& batch);
  [[nodiscard]] Status write_health(const Batch& batch);
  [[nodiscard]] Status write_decisions(const Batch& batch);
  [[nodiscard]] Status write_events(const Batch& batch);
  [[nodiscard]] Status end_alerts(const EventRow& later);
  [[nodiscard]] Status write_gaps(const Batch& batch);
  [[nodiscard]] Status write_quarantine(const Batch& batch);
  [[nodiscard]] Status write_assets(const Batch& batch);
  [[nodiscard]] Status write_series();
  [[nodiscard]] Status write_streams(const Batch& batch);

  Connection connection_;
  std::unordered_map<std::string, std::int32_t> series_;
  std::int32_t next_series_ = 0;
  std::vector<NewSeries> new_series_;
  Latest latest_;
  std::string key_;  ///< reused
};

}  // namespace wayside::hub::duck
