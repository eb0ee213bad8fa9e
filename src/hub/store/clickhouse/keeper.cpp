#include "hub/store/clickhouse/keeper.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "hub/store/clickhouse/mutation.hpp"
#include "hub/store/clickhouse/reader.hpp"
#include "hub/store/clickhouse/under_way.hpp"

namespace wayside::hub::click {
namespace {

using telemetry::Tier;

constexpr Duration step_timeout = minutes(10);
/// What is kept at least so long goes by whole days, which are partitions: hours would have the
/// server rewrite a day's rows 24 times.
constexpr Duration kept_by_days = days(2);

const char* table_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::samples:
      return "sample_rows";
    case RecordKind::features:
      return "feature_rows";
    case RecordKind::decisions:
      return "decision_rows";
    case RecordKind::events:
      return "event_rows";
    case RecordKind::health:
      return "health_rows";
    case RecordKind::downsampled:
      return "downsample_rows";
  }
  return "";
}

std::optional<Time> horizon_of(const KeepingPolicy& policy, RecordKind kind, Tier tier, Time now) {
  const auto& keep = policy.of(kind, tier);
  const auto before = removal_horizon(keep, now);
  if (!before || *keep < kept_by_days) return before;
  return floor_to(*before, days(1));
}

std::string condition_of(Tier tier, Time from, Time to, std::uint32_t commit) {
  return fmt::format("tier = '{}' AND time >= {} AND time < {} AND commit <= {}",
                     telemetry::to_string(tier), from.ns, to.ns, commit);
}

}  // namespace

Result<MaintenanceStep> Keeper::step(const KeepingPolicy& policy, Time now) {
  const std::scoped_lock lock(working_);
  if (policy.archive_after)
    return fail(Errc::unavailable, "the store clickhouse has no archive of files");
  MaintenanceStep step;
  Result<bool> done = resume_deletion(now);
  if (done && !*done) done = end_removal(step);
  if (done && !*done) done = remove_samples(policy, now, step);
  for (const RecordKind kind : {RecordKind::features, RecordKind::decisions, RecordKind::events,
                                RecordKind::health, RecordKind::downsampled})
    if (done && !*done) done = remove_rows_of(kind, policy, now, step);
  if (!done) return tl::make_unexpected(done.error());
  step.more = *done;
  return step;
}

std::unique_lock<std::mutex> Keeper::pause() {
  ++pausing_;
  std::unique_lock lock(removing_);
  --pausing_;
  return lock;
}

Result<Rows> Keeper::select(const std::string& sql) const {
  return shared_.database.first().select(
      {sql, shared_.database.for_reading(step_timeout), step_timeout, {}, [this] {
         return stopping_.load();
       }});
}

Result<std::uint64_t> Keeper::count(const std::string& table, const std::string& condition) const {
  const auto rows = select(fmt::format("SELECT count() FROM {} WHERE {}",
                                       shared_.database.layout().of(table), condition));
  if (!rows) return tl::make_unexpected(rows.error());
  return rows->blocks.empty() ? 0 : rows->blocks[0].at<std::uint64_t>(0, 0);
}

Result<std::uint64_t> Keeper::remove_everywhere(const std::string& table,
                                                const std::string& condition) {
  std::uint64_t all = 0;
  const Layout& layout = shared_.database.layout();
  const bool spread = layout.of(table).ends_with("_all");
  for (Client* server : shared_.database.servers()) {
    if (!spread && server != &shared_.database.first()) break;
    const auto removed = remove_rows(*server, layout, table, condition, step_timeout,
                                     [this] { return stopping_.load(); });
    if (!removed) return removed;
    all += *removed;
  }
  return all;
}

/// The samples of the newest removal, if they are still there.
Result<bool> Keeper::end_removal(MaintenanceStep& step) {
  const Snapshot snapshot = shared_.snapshot();
  const auto hidden = snapshot.hidden.find("sample_rows");
  if (hidden == snapshot.hidden.end()) return false;
  const auto removed = remove_everywhere("sample_rows", hidden->second);
  if (!removed) return tl::make_unexpected(removed.error());
  step.removed += *removed;
  shared_.change([](Snapshot& s) { s.hidden.erase("sample_rows"); });
  return true;
}

Result<bool> Keeper::remove_samples(const KeepingPolicy& policy, Time now, MaintenanceStep& step) {
  for (const Tier tier : telemetry::all_tiers) {
    const auto before = horizon_of(policy, RecordKind::samples, tier, now);
    if (!before) continue;
    const std::uint32_t commit = shared_.snapshot().commit;
    const auto oldest = select(fmt::format("SELECT min(time), count() FROM {} WHERE {}",
                                           shared_.database.layout().of("sample_rows"),
                                           condition_of(tier, Time::min(), *before, commit)));
    if (!oldest) return tl::make_unexpected(oldest.error());
    if (oldest->blocks.empty() || oldest->blocks[0].at<std::uint64_t>(1, 0) == 0) continue;
    // A day at a time.
    const Time from = floor_to({oldest->blocks[0].at<std::int64_t>(0, 0)}, days(1));
    if (const Status taken =
            take_out({tier, from, std::min(from + days(1), *before), commit}, policy);
        !taken)
      return tl::make_unexpected(taken.error());
    return end_removal(step);
  }
  return false;
}

Status Keeper::take_out(const Slice& slice, const KeepingPolicy& policy) {
  const std::scoped_lock lock(removing_);
  const Status done = number_removal(slice, policy);
  if (!done && cut_short())
    return fail(Errc::unavailable, "removing old samples was cut short: {}",
                stopping_ ? "the hub stops" : "the database is opened again");
  return done;
}

Status Keeper::number_removal(const Slice& slice, const KeepingPolicy& policy) {
  const Database& database = shared_.database;
  // What an earlier try left under way may land yet, and what it did may count though its reply was
  // lost.
  if (const Status ended = end_under_way(database, removal_prefix(database.layout()),
                                         [this] { return cut_short(); });
      !ended)
    return ended;
  const auto newest = read_newest_removal(database);
  if (!newest) return tl::make_unexpected(newest.error());
  const std::uint32_t counted = shared_.snapshot().removals;
  if (*newest && (*newest)->number > counted) {
    take_effect((*newest)->number, (*newest)->rows);
    return {};
  }
  const std::uint32_t number = counted + 1;
  if (const Status ours = shared_.check_ownership(); !ours) return ours;
  const auto left = remove_everywhere("downsample_rows", fmt::format("commit >= {}", number));
  if (!left) return tl::make_unexpected(left.error());
  if (policy.downsample_every)
    if (const Status kept = write_history(slice, *policy.downsample_every, number); !kept)
      return kept;
  // A hub that has taken over meanwhile has removed the history.
  if (const Status ours = shared_.check_ownership(); !ours) return ours;
  if (const Status marked = mark_removal(slice, number); !marked) return marked;
  take_effect(number, condition_of(slice.tier, slice.from, slice.to, slice.commit));
  return {};
}

void Keeper::take_effect(std::uint32_t number, const std::string& rows) {
  shared_.change([&](Snapshot& s) {
    s.removals = number;
    s.hidden["sample_rows"] = rows;
  });
}

Status Keeper::run_removal(std::string sql, Settings settings, std::string_view what) {
  const Database& database = shared_.database;
  return database.first().run({std::move(sql), std::move(settings), step_timeout,
                               removal_prefix(database.layout()) + std::string(what),
                               [this] { return cut_short(); }});
}

Status Keeper::mark_removal(const Slice& slice, std::uint32_t number) {
  return run_removal(
      fmt::format(
          "INSERT INTO {} (number, tier, since, until, commit) VALUES ({}, '{}', {}, {}, {})",
          shared_.database.layout().of("removal_rows"), number, telemetry::to_string(slice.tier),
          slice.from.ns, slice.to.ns, slice.commit),
      {}, "mark");
}

Status Keeper::write_history(const Slice& slice, Duration every, std::uint32_t number) {
  const Layout& layout = shared_.database.layout();
  return run_removal(
      fmt::format(
          "INSERT INTO {0} (node, asset, signal, version, tier, time, every_ns, count, sum, min, "
          "max, first, last, min_time, max_time, first_time, last_time, commit) SELECT node, "
          "asset, signal, version, tier, at - ((at % {1}) + {1}) % {1} AS start, {1}, count(), "
          "sum(v), min(v), max(v), argMin(v, (at, commit, run)), argMax(v, (at, commit, run)), "
          "argMin(at, (v, at)), argMax(at, (v, -at)), min(at), max(at), {2} FROM (SELECT node, "
          "asset, signal, version, tier, time AS at, assumeNotNull(value) AS v, commit, run FROM "
          "{3} WHERE {4} AND quality = 'good' AND isNotNull(value)) GROUP BY node, asset, signal, "
          "version, tier, start",
          layout.of("downsample_rows"), every.ns, number, layout.of("sample_rows"),
          condition_of(slice.tier, slice.from, slice.to, slice.commit)),
      shared_.database.for_writing(), "history");
}

Result<std::string> Keeper::standing_alerts() const {
  const Snapshot snapshot = shared_.snapshot();
  const Layout& layout = shared_.database.layout();
  const auto rows = select(
      fmt::format("SELECT id FROM {} WHERE {} AND kind = 'alert_raised' AND id GLOBAL NOT IN "
                  "(SELECT id FROM {} WHERE {})",
                  layout.of("event_rows"), snapshot.where("event_rows"), layout.of("clear_rows"),
                  snapshot.where("clear_rows")));
  if (!rows) return tl::make_unexpected(rows.error());
  std::string ids = "''";
  rows->each([&](const Block& block, std::size_t i) { ids += ", " + quote(block.text(0, i)); });
  return ids;
}

Result<bool> Keeper::remove_rows_of(RecordKind kind, const KeepingPolicy& policy, Time now,
                                    MaintenanceStep& step) {
  std::string due;
  const Snapshot snapshot = shared_.snapshot();
  const bool history = kind == RecordKind::downsampled;
  for (const Tier tier : telemetry::all_tiers)
    if (const auto before = horizon_of(policy, kind, tier, now))
      due += fmt::format(
          "{}({})", due.empty() ? "" : " OR ",
          condition_of(tier, Time::min(), *before, history ? snapshot.removals : snapshot.commit));
  if (due.empty()) return false;
  due = "(" + due + ")";
  if (kind == RecordKind::events) {
    const auto standing = standing_alerts();
    if (!standing) return tl::make_unexpected(standing.error());
    due += " AND id NOT IN (" + *standing + ")";
  }
  const auto removed = remove_everywhere(table_of(kind), due);
  if (!removed) return tl::make_unexpected(removed.error());
  step.removed += *removed;
  return *removed > 0;
}

}  // namespace wayside::hub::click
