#pragma once

#include <deque>
#include <mutex>

#include "hub/store/duckdb/archive.hpp"
#include "hub/store/duckdb/at_work.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/duckdb/slices.hpp"
#include "hub/store/keeping.hpp"

namespace wayside::hub::duck {

/// What the store's maintenance works on; one piece of it at a time.
struct KeepingPlace {
  duckdb_database database;
  Archive& archive;
  Readers& readers;
  AtWork& at_work;
  std::mutex& commits;  ///< held while a batch commits
  KeepingLimits limits;
};

/// Does what the policy asks for, a step at a time: it looks for what is due and lists it, then
/// each step does one thing of the list in one transaction. Ingest goes on beside it: the large
/// transactions touch no row that a commit touches, the small ones that might hold `commits`.
class Keeper {
 public:
  explicit Keeper(KeepingPlace place) : place_(place) {}
  [[nodiscard]] Result<MaintenanceStep> step(const KeepingPolicy& policy, Time now);

 private:
  struct Task {
    enum class What { remove_samples, archive, drop_file, merge_files, remove_rows } what;
    Slice slice;
    RecordKind kind = RecordKind::samples;  ///< of remove_rows
    std::vector<ArchiveFile> files;
  };

  [[nodiscard]] Status plan(Connection& connection, const KeepingPolicy& policy, Time now);
  [[nodiscard]] Status plan_samples(Connection& connection, const KeepingPolicy& policy, Time now);
  [[nodiscard]] Status plan_files(Connection& connection, const KeepingPolicy& policy, Time now);
  [[nodiscard]] Status plan_rows(Connection& connection, const KeepingPolicy& policy, Time now,
                                 RecordKind kind);
  [[nodiscard]] Status perform(Connection& connection, const Task& task,
                               const KeepingPolicy& policy, MaintenanceStep& step);
  [[nodiscard]] Status remove_samples(Connection& connection, const Slice& slice,
                                      const KeepingPolicy& policy, MaintenanceStep& step);
  [[nodiscard]] Status archive_samples(Connection& connection, const Slice& slice,
                                       const KeepingPolicy& policy, MaintenanceStep& step);
  [[nodiscard]] Status drop_file(Connection& connection, const ArchiveFile& file,
                                 MaintenanceStep& step);
  [[nodiscard]] Status merge_files(Connection& connection, const std::vector<ArchiveFile>& files);
  [[nodiscard]] Status remove_rows(Connection& connection, const Task& task, MaintenanceStep& step);
  /// The samples of a slice leave their table, downsampled where that is wanted.
  [[nodiscard]] Status take_out(Connection& connection, const Slice& slice,
                                const KeepingPolicy& policy, std::uint64_t& rows);

  KeepingPlace place_;
  std::deque<Task> tasks_;
};

}  // namespace wayside::hub::duck
