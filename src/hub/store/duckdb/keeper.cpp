#include "hub/store/duckdb/keeper.hpp"

#include <algorithm>

#include "hub/store/duckdb/downsampler.hpp"
#include "hub/store/duckdb/horizons.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/duckdb/sql.hpp"
#include "hub/store/duckdb/views.hpp"

namespace wayside::hub::duck {
namespace {

/// The condition of a slice's rows in a table that carries series.
std::string in_slice(const Slice& slice, Dimension dimension) {
  return fmt::format(
      "time >= {} AND time < {} AND series IN (SELECT id FROM series WHERE dimension = {} AND "
      "tier = '{}')",
      sql_time(slice.from), sql_time(slice.to), static_cast<int>(dimension),
      telemetry::to_string(slice.tier));
}

}  // namespace

Result<MaintenanceStep> Keeper::step(const KeepingPolicy& policy, Time now) {
  auto connection = Connection::open(place_.database);
  if (!connection) return tl::make_unexpected(connection.error());
  const AtWork::Guard working(place_.at_work, connection->get());
  MaintenanceStep step;
  if (const Status swept = place_.archive.sweep(place_.readers); !swept)
    return tl::make_unexpected(swept.error());
  if (tasks_.empty())
    if (const Status planned = plan(*connection, policy, now); !planned) {
      tasks_.clear();
      return tl::make_unexpected(planned.error());
    }
  if (tasks_.empty()) return step;
  const Task task = std::move(tasks_.front());
  tasks_.pop_front();
  if (const Status done = perform(*connection, task, policy, step); !done) {
    tasks_.clear();  // what is due is looked up again
    return tl::make_unexpected(done.error());
  }
  place_.archive.step("committed");
  step.more = true;  // if only to see that nothing is left
  return step;
}

Status Keeper::perform(Connection& connection, const Task& task, const KeepingPolicy& policy,
                       MaintenanceStep& step) {
  switch (task.what) {
    case Task::What::remove_samples:
      return remove_samples(connection, task.slice, policy, step);
    case Task::What::archive:
      return archive_samples(connection, task.slice, policy, step);
    case Task::What::drop_file:
      return drop_file(connection, task.files.front(), step);
    case Task::What::merge_files:
      return merge_files(connection, task.files);
    case Task::What::remove_rows:
      return remove_rows(connection, task, step);
  }
  return {};
}

Status Keeper::take_out(Connection& connection, const Slice& slice, const KeepingPolicy& policy,
                        std::uint64_t& rows) {
  if (policy.downsample_every)
    if (const Status kept = downsample(connection, slice, *policy.downsample_every); !kept)
      return kept;
  const auto removed = changed_rows(
      connection, "DELETE FROM sample_rows WHERE " + in_slice(slice, Dimension::signal));
  if (!removed) return tl::make_unexpected(removed.error());
  rows = static_cast<std::uint64_t>(*removed);
  place_.archive.step("rows removed");
  return {};
}

Status Keeper::remove_samples(Connection& connection, const Slice& slice,
                              const KeepingPolicy& policy, MaintenanceStep& step) {
  return in_transaction(connection, [&]() -> Status {
    if (const Status taken = take_out(connection, slice, policy, step.removed); !taken)
      return taken;
    return move_horizon(connection, slice.tier, "raw_from", slice.to,
                        policy.downsample_every.has_value());
  });
}

Status Keeper::archive_samples(Connection& connection, const Slice& slice,
                               const KeepingPolicy& policy, MaintenanceStep& step) {
  const Time day = floor_to(slice.from, days(1));
  const auto number = place_.archive.take_number(connection);
  if (!number) return tl::make_unexpected(number.error());
  return in_transaction(connection, [&]() -> Status {
    // An integer for the order of the names, so that no text is sorted.
    const std::string select = fmt::format(
        "SELECT s.node, s.asset, s.name AS signal, s.version, r.time, r.value, "
        "r.quality::VARCHAR AS quality, r.series FROM sample_rows r JOIN (SELECT *, row_number() "
        "OVER "
        "(ORDER BY asset, name, node, version, id) AS place FROM series WHERE dimension = {} AND "
        "tier = '{}') s ON s.id = r.series WHERE r.time >= {} AND r.time < {} "
        "ORDER BY s.place, r.time, r.rowid",
        static_cast<int>(Dimension::signal), telemetry::to_string(slice.tier), sql_time(slice.from),
        sql_time(slice.to));
    const auto file = place_.archive.add(connection, *number, select, day, slice.tier);
    if (!file) return tl::make_unexpected(file.error());
    if (const Status taken = take_out(connection, slice, policy, step.archived); !taken)
      return taken;
    const std::uint64_t written = *file ? (*file)->rows : 0;
    if (written != step.archived)
      return fail(Errc::corrupt, "{} samples were written to the archive, {} would be removed",
                  written, step.archived);
    if (const Status moved = move_horizon(connection, slice.tier, "archived_before", day + days(1),
                                          policy.downsample_every.has_value());
        !moved)
      return moved;
    return place_.archive.update_view(connection);
  });
}

Status Keeper::drop_file(Connection& connection, const ArchiveFile& file, MaintenanceStep& step) {
  const Status dropped = in_transaction(connection, [&]() -> Status {
    if (const Status gone = place_.archive.forget(connection, file.id); !gone) return gone;
    // Its samples are in the history already, where there is one.
    if (const Status moved =
            move_horizon(connection, file.tier, "raw_from", file.day + days(1), true);
        !moved)
      return moved;
    return place_.archive.update_view(connection);
  });
  if (!dropped) return dropped;
  step.removed = file.rows;
  place_.archive.retire({file.path}, place_.readers);
  return {};
}

Status Keeper::merge_files(Connection& connection, const std::vector<ArchiveFile>& files) {
  std::vector<std::string> paths;
  std::uint64_t rows = 0;
  for (const ArchiveFile& file : files) {
    paths.push_back(file.path);
    rows += file.rows;
  }
  const auto number = place_.archive.take_number(connection);
  if (!number) return tl::make_unexpected(number.error());
  const Status merged = in_transaction(connection, [&]() -> Status {
    const auto file =
        place_.archive.add(connection, *number, "SELECT * FROM " + parquet_source(paths),
                           files.front().day, files.front().tier);
    if (!file) return tl::make_unexpected(file.error());
    if (!*file || (*file)->rows != rows)
      return fail(Errc::corrupt,
                  "{} and {} more files of the archive hold other than the {} rows "
                  "that were written",
                  paths.front(), paths.size() - 1, rows);
    for (const ArchiveFile& old : files)
      if (const Status gone = place_.archive.forget(connection, old.id); !gone) return gone;
    return place_.archive.update_view(connection);
  });
  if (merged) place_.archive.retire(std::move(paths), place_.readers);
  return merged;
}

Status Keeper::remove_rows(Connection& connection, const Task& task, MaintenanceStep& step) {
  std::string sql;
  const auto in_time = [&] {
    return fmt::format("time >= {} AND time < {} AND tier = '{}'", sql_time(task.slice.from),
                       sql_time(task.slice.to), telemetry::to_string(task.slice.tier));
  };
  switch (task.kind) {
    case RecordKind::features:
      sql = "DELETE FROM feature_rows WHERE " + in_slice(task.slice, Dimension::feature);
      break;
    case RecordKind::health:
      sql = "DELETE FROM health_rows WHERE " + in_slice(task.slice, Dimension::health);
      break;
    case RecordKind::downsampled:
      sql = "DELETE FROM downsample_rows WHERE " + in_slice(task.slice, Dimension::signal);
      break;
    case RecordKind::decisions:
      sql = "DELETE FROM decision_rows WHERE " + in_time();
      break;
    default:
      sql = "DELETE FROM event_rows WHERE NOT (kind = 'alert_raised' AND cleared IS NULL) AND " +
            in_time();
  }
  // Features and alerts are also a commit's to change.
  const std::scoped_lock lock(place_.commits);
  const auto removed = changed_rows(connection, sql);
  if (!removed) return tl::make_unexpected(removed.error());
  step.removed = static_cast<std::uint64_t>(*removed);
  return {};
}

}  // namespace wayside::hub::duck
