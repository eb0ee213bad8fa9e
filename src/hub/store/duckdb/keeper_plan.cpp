#include <algorithm>
#include <map>

#include "hub/store/duckdb/keeper.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

using telemetry::Tier;

/// `(tier = 'bulk' AND time < …) OR …`, and the latest of the times; empty where nothing goes.
struct Due {
  std::string condition;
  Time latest = Time::min();

  void add(const std::string& tier, Tier which, const std::string& time, std::optional<Time> from,
           Time before) {
    if (!condition.empty()) condition += " OR ";
    condition += fmt::format("({} = '{}' AND {} < {}", tier, telemetry::to_string(which), time,
                             sql_time(before));
    if (from) condition += fmt::format(" AND {} >= {}", time, sql_time(*from));
    condition += ")";
    latest = std::max(latest, before);
  }
  /// The bare bound beside it lets whole groups of rows be passed over.
  [[nodiscard]] std::string where(const std::string& time) const {
    return fmt::format("{} < {} AND ({})", time, sql_time(latest), condition);
  }
};

constexpr const char* sample_source = "FROM sample_rows r JOIN series s ON s.id = r.series WHERE ";

std::optional<Time> archive_horizon(const KeepingPolicy& policy, Time now) {
  const auto before = removal_horizon(policy.archive_after, now);
  return before ? std::optional(floor_to(*before, days(1))) : std::nullopt;
}

}  // namespace

Status Keeper::plan(Connection& connection, const KeepingPolicy& policy, Time now) {
  tasks_.clear();
  if (const Status looked = place_.archive.look(connection); !looked) return looked;
  if (const Status planned = plan_samples(connection, policy, now); !planned) return planned;
  if (const Status planned = plan_files(connection, policy, now); !planned) return planned;
  for (const RecordKind kind : {RecordKind::features, RecordKind::decisions, RecordKind::events,
                                RecordKind::health, RecordKind::downsampled})
    if (const Status planned = plan_rows(connection, policy, now, kind); !planned) return planned;
  return {};
}

/// Samples that are too old go; of the others those that are cold move to the archive.
Status Keeper::plan_samples(Connection& connection, const KeepingPolicy& policy, Time now) {
  Due removal, cold;
  const auto archive_before =
      place_.archive.present() ? archive_horizon(policy, now) : std::nullopt;
  for (const Tier tier : telemetry::all_tiers) {
    const auto gone = removal_horizon(policy.of(RecordKind::samples, tier), now);
    if (gone) removal.add("s.tier", tier, "r.time", std::nullopt, *gone);
    if (archive_before && (!gone || *gone < *archive_before))
      cold.add("s.tier", tier, "r.time", gone, *archive_before);
  }
  for (const auto& [due, what] :
       {std::pair(&removal, Task::What::remove_samples), std::pair(&cold, Task::What::archive)}) {
    if (due->condition.empty()) continue;
    const auto slices = find_slices(connection, sample_source + due->where("r.time"), "s.tier",
                                    "r.time", place_.limits.slice_rows);
    if (!slices) return tl::make_unexpected(slices.error());
    for (const Slice& slice : *slices) tasks_.push_back({what, slice, RecordKind::samples, {}});
  }
  return {};
}

/// Files of days that are too old go; small files of one day become one.
Status Keeper::plan_files(Connection& connection, const KeepingPolicy& policy, Time now) {
  const auto all = place_.archive.files(connection);
  if (!all) return tl::make_unexpected(all.error());
  std::map<std::pair<Time, Tier>, std::vector<ArchiveFile>> by_day;
  for (const ArchiveFile& file : *all) {
    const auto gone = removal_horizon(policy.of(RecordKind::samples, file.tier), now);
    if (gone && file.day + days(1) <= *gone)
      tasks_.push_back({Task::What::drop_file, {}, RecordKind::samples, {file}});
    else
      by_day[{file.day, file.tier}].push_back(file);
  }
  if (!place_.archive.present()) return {};
  for (auto& [day, files] : by_day) {
    // Neighbours only, so that rows of equal times stay in order of arrival.
    std::vector<ArchiveFile> run;
    std::uint64_t rows = 0;
    const auto end_run = [&] {
      if (run.size() >= place_.limits.merge_files)
        tasks_.push_back({Task::What::merge_files, {}, RecordKind::samples, run});
      run.clear();
      rows = 0;
    };
    for (const ArchiveFile& file : files) {
      if (rows + file.rows > place_.limits.merge_rows) end_run();
      if (file.rows > place_.limits.merge_rows) continue;
      run.push_back(file);
      rows += file.rows;
    }
    end_run();
  }
  return {};
}

Status Keeper::plan_rows(Connection& connection, const KeepingPolicy& policy, Time now,
                         RecordKind kind) {
  const bool by_series =
      kind == RecordKind::features || kind == RecordKind::health || kind == RecordKind::downsampled;
  Due due;
  for (const Tier tier : telemetry::all_tiers)
    if (const auto gone = removal_horizon(policy.of(kind, tier), now))
      due.add(by_series ? "s.tier" : "r.tier", tier, "r.time", std::nullopt, *gone);
  if (due.condition.empty()) return {};
  std::string source;
  if (by_series)
    source = fmt::format("FROM {} r JOIN series s ON s.id = r.series WHERE ",
                         kind == RecordKind::features ? "feature_rows"
                         : kind == RecordKind::health ? "health_rows"
                                                      : "downsample_rows");
  else if (kind == RecordKind::decisions)
    source = "FROM decision_rows r WHERE ";
  else
    source = "FROM event_rows r WHERE NOT (r.kind = 'alert_raised' AND r.cleared IS NULL) AND ";
  const auto slices =
      find_slices(connection, source + due.where("r.time"), by_series ? "s.tier" : "r.tier",
                  "r.time", place_.limits.slice_rows);
  if (!slices) return tl::make_unexpected(slices.error());
  for (const Slice& slice : *slices) tasks_.push_back({Task::What::remove_rows, slice, kind, {}});
  return {};
}

}  // namespace wayside::hub::duck
