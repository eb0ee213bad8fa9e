#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/snapshot.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::click {

/// What the keeper and a store share.
struct Shared {
  const Database& database;
  std::function<Snapshot()> snapshot;
  /// Changes what reads go by.
  std::function<void(const std::function<void(Snapshot&)>&)> change;
  /// Commits wait while it is held.
  std::mutex& commits;
  /// The next commit brings the series of that asset anew. Called with `commits` held.
  std::function<void(const std::string& asset)> forget_series;
};

/// Removes what is too old, or an asset. ClickHouse removes rows by rewriting the parts that hold
/// them, in its own time; what counts changes at once:
///
/// Samples leave their history in `downsample_rows`, numbered by removals as rows are by commits; a
/// row in `removal_rows` makes it count, and from then on the samples do not. Then they are
/// removed. A removal that was cut off is ended by the next step.
class Keeper {
 public:
  explicit Keeper(Shared shared) : shared_(std::move(shared)) {}

  [[nodiscard]] Result<MaintenanceStep> step(const KeepingPolicy& policy, Time now);
  [[nodiscard]] Result<Deletion> remove_asset(const DeletionRequest& request);
  [[nodiscard]] Result<std::vector<Deletion>> deletions(std::size_t limit) const;

 private:
  /// A stretch of one tier's samples.
  struct Slice {
    telemetry::Tier tier;
    Time from, to;
    std::uint32_t commit = 0;  ///< of the newest row it holds for
  };
  [[nodiscard]] Result<bool> end_removal(MaintenanceStep& step);
  [[nodiscard]] Result<bool> remove_samples(const KeepingPolicy& policy, Time now,
                                            MaintenanceStep& step);
  [[nodiscard]] Status take_out(const Slice& slice, const KeepingPolicy& policy);
  [[nodiscard]] Status write_history(const Slice& slice, Duration every, std::uint32_t number);
  [[nodiscard]] Result<bool> remove_rows_of(RecordKind kind, const KeepingPolicy& policy, Time now,
                                            MaintenanceStep& step);
  [[nodiscard]] Result<std::string> standing_alerts() const;
  [[nodiscard]] Result<std::uint64_t> remove_everywhere(const std::string& table,
                                                        const std::string& condition);
  [[nodiscard]] Result<std::uint64_t> count(const std::string& table,
                                            const std::string& condition) const;
  [[nodiscard]] Result<bool> resume_deletion(Time now);
  [[nodiscard]] Status write_deletion(std::uint64_t number, const Deletion& deletion);
  [[nodiscard]] Status delete_rows(Deletion& deletion);

  Shared shared_;
  std::mutex working_;
};

}  // namespace wayside::hub::click
