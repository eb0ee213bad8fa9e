#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "hub/store/downsample.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

class Reducer;

/// The store's twin for tests and simulation: everything in memory, no SQL.
class MemoryStore : public TelemetryStore {
 public:
  [[nodiscard]] std::string_view name() const override { return "memory"; }
  [[nodiscard]] Result<std::map<StreamKey, StreamTotals>> streams() override;
  [[nodiscard]] Status commit(const Batch& batch) override;
  [[nodiscard]] Status recover() override;
  [[nodiscard]] Result<RowCounts> row_counts() override;
  [[nodiscard]] Result<std::vector<NewestTime>> newest_samples() override;
  [[nodiscard]] Result<std::vector<LastValue>> last_values(const LastRequest& request) override;
  [[nodiscard]] Result<DropReasons> drop_reasons() override;
  [[nodiscard]] Result<std::vector<GapRow>> gaps(const GapFilter& filter) override;
  [[nodiscard]] Result<std::vector<SeriesData>> series(const SeriesRequest& request) override;
  [[nodiscard]] Result<std::vector<FromNode<telemetry::Decision>>> decisions(
      const DecisionFilter& filter) override;
  [[nodiscard]] Result<std::vector<EventRow>> events(const EventFilter& filter) override;
  /// Every version is 1.
  [[nodiscard]] Result<StoredSamples> stored_samples(const SampleRequest& request) override;
  [[nodiscard]] Result<Replaced> replace_features(const FeatureReplacement& replacement) override;
  [[nodiscard]] Result<QueryResult> query(const std::string& sql,
                                          const QueryLimits& limits) override;
  /// All that is due, at once. There is no archive: what would move there stays.
  [[nodiscard]] Result<MaintenanceStep> maintain(const KeepingPolicy& policy, Time now) override;
  [[nodiscard]] Result<Deletion> delete_asset(const DeletionRequest& request) override;
  [[nodiscard]] Result<std::vector<Deletion>> deletions(std::size_t limit) override;
  /// Without bytes.
  [[nodiscard]] Result<Usage> usage() override;
  /// CSV alone, of samples alone.
  [[nodiscard]] Result<ExportedFile> export_rows(const ExportRequest& request) override;
  [[nodiscard]] Status log_export(const ExportLine& line) override;
  [[nodiscard]] Result<std::vector<ExportLine>> exports(std::size_t limit) override;

  /// Lets the next `n` commits fail with `error`, as a full disk does. With `stored` they are kept
  /// all the same: the failure came between writing and reporting.
  void fail_commits(int n, Error error, bool stored = false);

  /// All samples of one signal in arrival order.
  [[nodiscard]] std::vector<std::pair<Time, double>> samples(const std::string& asset,
                                                             const std::string& signal) const;
  [[nodiscard]] std::vector<QuarantinedRow> quarantine() const;
  [[nodiscard]] std::vector<AssetRow> assets() const;

 private:
  struct Point {
    Time time;
    double value;
    telemetry::Quality quality;
    std::string node;
    telemetry::Tier tier;
  };
  struct HealthRow {
    Time time;
    telemetry::Tier tier;
  };
  struct Name {
    std::string asset;
    SeriesKind kind;
    std::string name;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  void apply(const Batch& batch);
  void apply_event(const EventRow& row);
  [[nodiscard]] std::uint64_t remove_samples(const KeepingPolicy& policy, Time now);
  [[nodiscard]] std::uint64_t remove_rows(const KeepingPolicy& policy, Time now);
  void add_intervals(const SeriesRequest& request, const std::string& signal, SeriesData& data,
                     Reducer& reducer) const;

  mutable std::mutex mutex_;
  std::map<StreamKey, StreamTotals> streams_;
  std::map<Name, std::vector<Point>> points_;
  std::map<std::pair<std::string, std::string>, Time> newest_;
  std::vector<FromNode<telemetry::Decision>> decisions_;
  std::vector<EventRow> events_;
  std::vector<QuarantinedRow> quarantine_;
  std::map<std::pair<std::string, std::string>, AssetRow> assets_;
  std::vector<HealthRow> health_;
  std::map<std::tuple<std::string, std::string, telemetry::Tier>, Intervals>
      intervals_;  ///< by asset, signal, tier
  std::array<std::optional<Time>, telemetry::tier_count> raw_from_;
  std::vector<Deletion> deletions_;
  std::vector<ExportLine> exports_;
  std::vector<GapRow> gaps_;
  LastValues last_;
  int failures_ = 0;
  bool failures_stored_ = false;
  Error failure_;
};

}  // namespace wayside::hub
