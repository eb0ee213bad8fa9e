#include <fmt/format.h>

#include "hub/store/clickhouse/keeper.hpp"
#include "hub/store/clickhouse/mutation.hpp"

namespace wayside::hub::click {
namespace {

constexpr Duration ask_timeout = minutes(2);
constexpr Duration removal_timeout = minutes(10);

/// Tables whose rows are counted, and those that tell only what there is.
constexpr std::array counted{"sample_rows", "feature_rows", "decision_rows", "event_rows",
                             "downsample_rows"};
constexpr std::array uncounted{"series_rows", "asset_rows", "clear_rows", "feature_cut_rows"};

constexpr std::uint8_t begun = 0, finished = 1;  // `state`

Deletion deletion_at(const Block& block, std::size_t i) {
  Deletion deletion;
  deletion.asset = block.text(1, i);
  deletion.by = {block.text(2, i), block.text(3, i)};
  deletion.requested = {block.at<std::int64_t>(4, i)};
  if (block.at<std::uint8_t>(8, i) == finished)
    deletion.finished = Time{block.at<std::int64_t>(5, i)};
  deletion.removed = block.at<std::uint64_t>(6, i);
  deletion.remaining = block.at<std::uint64_t>(7, i);
  return deletion;
}

constexpr const char* columns =
    "number, asset, who, remote, requested, finished, removed, remaining, state";

}  // namespace

Result<Deletion> Keeper::remove_asset(const DeletionRequest& request) {
  const std::scoped_lock lock(working_);
  const Snapshot snapshot = shared_.snapshot();
  std::uint64_t there = 0;
  for (const char* table : counted) {
    const auto rows = count(table, snapshot.where(table) + " AND asset = " + quote(request.asset));
    if (!rows) return tl::make_unexpected(rows.error());
    there += *rows;
  }
  if (there == 0) return fail(Errc::not_found, "nothing is stored of an asset '{}'", request.asset);
  const auto newest =
      select("SELECT max(number) FROM " + shared_.database.layout().of("deletion_rows"));
  if (!newest) return tl::make_unexpected(newest.error());
  const std::uint64_t number =
      newest->blocks.empty() ? 1 : newest->blocks[0].at<std::uint64_t>(0, 0) + 1;
  Deletion deletion{request.asset, request.by, request.time, std::nullopt, 0, 0};
  if (const Status written = write_deletion(number, deletion); !written)
    return tl::make_unexpected(written.error());
  if (const Status deleted = delete_rows(deletion); !deleted)
    return tl::make_unexpected(deleted.error());
  deletion.finished = request.end();
  if (const Status written = write_deletion(number, deletion); !written)
    return tl::make_unexpected(written.error());
  return deletion;
}

Status Keeper::write_deletion(std::uint64_t number, const Deletion& deletion) {
  return shared_.database.first().run(
      {fmt::format("INSERT INTO {} ({}) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {})",
                   shared_.database.layout().of("deletion_rows"), columns, number,
                   quote(deletion.asset), quote(deletion.by.who), quote(deletion.by.remote),
                   deletion.requested.ns, deletion.finished.value_or(Time{}).ns, deletion.removed,
                   deletion.remaining, int{deletion.finished ? finished : begun}),
       {},
       ask_timeout});
}

/// Everything that was committed before; what comes meanwhile is counted as remaining.
Status Keeper::delete_rows(Deletion& deletion) {
  const std::string asset = "asset = " + quote(deletion.asset);
  Client& first = shared_.database.first();
  const Layout& layout = shared_.database.layout();
  Snapshot snapshot;
  {
    // A commit that begins after this brings the asset's series and its latest values again.
    const std::scoped_lock lock(shared_.commits);
    shared_.forget_series(deletion.asset);
    snapshot = shared_.snapshot();
    // Its rows bear no number.
    if (const Status begun = begin_removing(first, layout, "latest_rows", asset); !begun)
      return begun;
  }
  const auto condition = [&](std::string_view table) {
    return fmt::format("{} AND commit <= {}", asset,
                       table == "downsample_rows" ? snapshot.removals : snapshot.commit);
  };
  for (const char* table : counted) {
    const auto removed = remove_everywhere(table, condition(table));
    if (!removed) return tl::make_unexpected(removed.error());
    deletion.removed += *removed;
  }
  for (const char* table : uncounted)
    if (const auto removed = remove_everywhere(table, condition(table)); !removed)
      return tl::make_unexpected(removed.error());
  if (const Status ended = await_removals(first, layout, "latest_rows", removal_timeout,
                                          [this] { return stopping_.load(); });
      !ended)
    return ended;
  for (const char* table : counted) {
    const auto left = count(table, asset);
    if (!left) return tl::make_unexpected(left.error());
    deletion.remaining += *left;
  }
  return {};
}

/// One that a crash cut off.
Result<bool> Keeper::resume_deletion(Time now) {
  const auto rows =
      select(fmt::format("SELECT {} FROM {} FINAL WHERE state = {} ORDER BY number LIMIT 1",
                         columns, shared_.database.layout().of("deletion_rows"), int{begun}));
  if (!rows) return tl::make_unexpected(rows.error());
  if (rows->blocks.empty() || rows->blocks[0].rows == 0) return false;
  const auto number = rows->blocks[0].at<std::uint64_t>(0, 0);
  Deletion deletion = deletion_at(rows->blocks[0], 0);
  if (const Status deleted = delete_rows(deletion); !deleted)
    return tl::make_unexpected(deleted.error());
  deletion.finished = now;
  if (const Status written = write_deletion(number, deletion); !written)
    return tl::make_unexpected(written.error());
  return true;
}

Result<std::vector<Deletion>> Keeper::deletions(std::size_t limit) const {
  const auto rows = shared_.database.select(
      fmt::format("SELECT {} FROM {} FINAL ORDER BY number DESC LIMIT {}", columns,
                  shared_.database.layout().of("deletion_rows"), limit),
      ask_timeout);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<Deletion> deletions;
  rows->each(
      [&](const Block& block, std::size_t i) { deletions.push_back(deletion_at(block, i)); });
  return deletions;
}

}  // namespace wayside::hub::click
