#pragma once

#include <string>

#include "base/duckdb/chunk_writer.hpp"
#include "base/duckdb/handles.hpp"
#include "base/result.hpp"
#include "hub/store/batch.hpp"
#include "hub/store/duckdb/latest.hpp"
#include "hub/store/duckdb/series_ids.hpp"
#include "hub/store/replay.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

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
  [[nodiscard]] Status write_streams(const Batch& batch);

  Connection connection_;
  SeriesIds series_;
  Latest latest_;
};

}  // namespace wayside::hub::duck
