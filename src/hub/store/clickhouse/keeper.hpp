#pragma once

#include <atomic>
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
  /// `conflict` where a later writer has taken the database over, `unavailable` where there is none
  /// here.
  std::function<Status()> check_ownership;
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
///
/// An opening removes history that does not count, so none is written during one (`pause`). What a
/// removal writes bears an id by which the next opening, here or of another hub, and the next
/// removal end it or wait for its end; and since the outcome of a try may be unknown, a number is
/// used again only once the server says that it does not count.
class Keeper {
 public:
  explicit Keeper(Shared shared) : shared_(std::move(shared)) {}

  [[nodiscard]] Result<MaintenanceStep> step(const KeepingPolicy& policy, Time now);
  /// While it is held no removal chooses or uses a number; one that does is cut short, so that it
  /// is to be had within seconds, and tried again by a later step.
  [[nodiscard]] std::unique_lock<std::mutex> pause();
  /// `step` and `remove_asset` end within seconds, with an error; for good.
  void stop() { stopping_ = true; }
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
  [[nodiscard]] Status number_removal(const Slice& slice, const KeepingPolicy& policy);
  [[nodiscard]] Status write_history(const Slice& slice, Duration every, std::uint32_t number);
  [[nodiscard]] Status mark_removal(const Slice& slice, std::uint32_t number);
  void take_effect(std::uint32_t number, const std::string& rows);
  [[nodiscard]] Status run_removal(std::string sql, Settings settings, std::string_view what);
  [[nodiscard]] Result<bool> remove_rows_of(RecordKind kind, const KeepingPolicy& policy, Time now,
                                            MaintenanceStep& step);
  [[nodiscard]] Result<std::string> standing_alerts() const;
  [[nodiscard]] Result<std::uint64_t> remove_everywhere(const std::string& table,
                                                        const std::string& condition);
  /// Ends with `stop`.
  [[nodiscard]] Result<Rows> select(const std::string& sql) const;
  [[nodiscard]] Result<std::uint64_t> count(const std::string& table,
                                            const std::string& condition) const;
  [[nodiscard]] Result<bool> resume_deletion(Time now);
  [[nodiscard]] Status write_deletion(std::uint64_t number, const Deletion& deletion);
  [[nodiscard]] Status delete_rows(Deletion& deletion);

  [[nodiscard]] bool cut_short() const { return stopping_ || pausing_ > 0; }

  Shared shared_;
  std::mutex working_;
  std::mutex removing_;  ///< from before a number is chosen until reads go by it
  std::atomic<int> pausing_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace wayside::hub::click
