#include "hub/store/duckdb/deletion.hpp"

#include <limits>

#include "hub/store/duckdb/sql.hpp"
#include "hub/store/duckdb/views.hpp"

namespace wayside::hub::duck {
namespace {

/// Data may come while it is removed; what comes after so many rounds is told as remaining.
constexpr int rounds_max = 3;

constexpr const char* by_series = "series IN (SELECT id FROM series WHERE asset = {})";

Deletion deletion_at(const Rows& rows, std::size_t i) {
  Deletion deletion;
  deletion.asset = rows.text(0, i);
  deletion.by = {rows.text(1, i), rows.text(2, i)};
  deletion.requested = Time{rows.value<std::int64_t>(3, i)};
  if (!rows.is_null(4, i)) deletion.finished = Time{rows.value<std::int64_t>(4, i)};
  deletion.removed = rows.value<std::uint64_t>(5, i);
  deletion.remaining = rows.value<std::uint64_t>(6, i);
  return deletion;
}

Result<std::vector<Deletion>> read(Connection& connection, const std::string& rest) {
  return collect<std::vector<Deletion>>(
      connection,
      "SELECT asset, who, remote, requested, finished, removed, remaining FROM deletion_rows " +
          rest,
      {}, [](auto& out, const Rows& rows, std::size_t i) { out.push_back(deletion_at(rows, i)); });
}

}  // namespace

Result<std::vector<Deletion>> read_deletions(Connection& connection, std::size_t limit) {
  return read(connection, fmt::format("ORDER BY id DESC LIMIT {}", limit));
}

Result<std::vector<std::int64_t>> AssetDeletion::unfinished(Connection& connection) {
  return collect<std::vector<std::int64_t>>(
      connection, "SELECT id FROM deletion_rows WHERE finished IS NULL ORDER BY id", {},
      [](auto& out, const Rows& rows, std::size_t i) {
        out.push_back(rows.value<std::int64_t>(0, i));
      });
}

Result<std::int64_t> AssetDeletion::begin(Connection& connection, const DeletionRequest& request) {
  const std::string asset = sql_text(request.asset);
  const auto known = one_integer(
      connection,
      fmt::format("SELECT ((SELECT count(*) FROM series WHERE asset = {0}) + (SELECT count(*) FROM "
                  "decision_rows WHERE asset = {0}) + (SELECT count(*) FROM event_rows WHERE asset "
                  "= {0}) + (SELECT count(*) FROM asset_rows WHERE asset = {0}) + (SELECT count(*) "
                  "FROM archive_assets WHERE asset = {0}))::BIGINT",
                  asset));
  if (!known) return known;
  if (*known == 0)
    return fail(Errc::not_found, "nothing is stored of an asset '{}'", request.asset);
  const auto id =
      one_integer(connection, "SELECT coalesce(max(id), 0)::BIGINT + 1 FROM deletion_rows");
  if (!id) return id;
  const Status begun = connection.run(
      fmt::format("INSERT INTO deletion_rows VALUES ({}, {}, {}, {}, {}, NULL, 0, 0)", *id, asset,
                  sql_text(request.by.who), sql_text(request.by.remote), sql_time(request.time)));
  if (!begun) return tl::make_unexpected(begun.error());
  place_.archive.step("deletion begun");
  return *id;
}

Result<Deletion> AssetDeletion::finish(Connection& connection, std::int64_t id,
                                       const std::function<Time()>& now) {
  const auto begun = read(connection, fmt::format("WHERE id = {}", id));
  if (!begun) return tl::make_unexpected(begun.error());
  if (begun->empty()) return fail(Errc::not_found, "there is no deletion {}", id);
  id_ = id;
  asset_ = begun->front().asset;
  std::int64_t remaining = 0;
  for (int round = 0; round < rounds_max; ++round) {
    if (const Status removed = remove_all(connection); !removed)
      return tl::make_unexpected(removed.error());
    if (const Status swept = place_.archive.sweep_all(place_.readers); !swept)
      return tl::make_unexpected(swept.error());
    const auto counted = count(connection);
    if (!counted) return tl::make_unexpected(counted.error());
    remaining = *counted;
    if (remaining == 0) break;
  }
  const Status ended = connection.run(
      fmt::format("UPDATE deletion_rows SET finished = {}, remaining = {} WHERE id = {}",
                  sql_time(now()), remaining, id));
  if (!ended) return tl::make_unexpected(ended.error());
  const auto done = read(connection, fmt::format("WHERE id = {}", id));
  if (!done) return tl::make_unexpected(done.error());
  return done->front();
}

Status AssetDeletion::remove_all(Connection& connection) {
  for (const char* table : {"sample_rows", "downsample_rows"})
    if (const Status removed = remove_slices(connection, table); !removed) return removed;
  if (const Status rewritten = rewrite_files(connection); !rewritten) return rewritten;
  return remove_rest(connection);
}

Status AssetDeletion::add_removed(Connection& connection, std::uint64_t rows) {
  return connection.run(
      fmt::format("UPDATE deletion_rows SET removed = removed + {} WHERE id = {}", rows, id_));
}

Status AssetDeletion::remove(Connection& connection, const std::string& sql) {
  const auto removed = changed_rows(connection, sql);
  if (!removed) return tl::make_unexpected(removed.error());
  return add_removed(connection, static_cast<std::uint64_t>(*removed));
}

/// Rows of its series, in pieces.
Status AssetDeletion::remove_slices(Connection& connection, const std::string& table) {
  const std::string ours = fmt::format(fmt::runtime(by_series), sql_text(asset_));
  const auto slices = find_slices(connection, fmt::format("FROM {} WHERE {}", table, ours),
                                  "'critical'::tier", "time", place_.limits.slice_rows);
  if (!slices) return tl::make_unexpected(slices.error());
  for (const Slice& slice : *slices) {
    const Status removed = in_transaction(connection, [&] {
      return remove(connection, fmt::format("DELETE FROM {} WHERE time >= {} AND time < {} AND {}",
                                            table, sql_time(slice.from), sql_time(slice.to), ours));
    });
    if (!removed) return removed;
    place_.archive.step("committed");
  }
  return {};
}

Status AssetDeletion::rewrite_files(Connection& connection) {
  const auto holding = collect<std::vector<std::int64_t>>(
      connection, "SELECT file FROM archive_assets WHERE asset = ?", {Parameter::of(asset_)},
      [](auto& out, const Rows& rows, std::size_t i) {
        out.push_back(rows.value<std::int64_t>(0, i));
      });
  if (!holding) return tl::make_unexpected(holding.error());
  const auto files = place_.archive.files(connection);
  if (!files) return tl::make_unexpected(files.error());
  for (const std::int64_t id : *holding) {
    bool found = false;
    for (const ArchiveFile& file : *files) {
      if (file.id != id) continue;
      found = true;
      if (const Status rewritten = rewrite(connection, file); !rewritten) return rewritten;
    }
    if (!found)
      return fail(Errc::unavailable,
                  "a file of the archive that holds samples of {} is not there: "
                  "its samples cannot be removed",
                  asset_);
  }
  return {};
}

/// The file without the asset takes its place; none where nothing else is in it.
Status AssetDeletion::rewrite(Connection& connection, const ArchiveFile& file) {
  const auto number = place_.archive.take_number(connection);
  if (!number) return tl::make_unexpected(number.error());
  const Status rewritten = in_transaction(connection, [&]() -> Status {
    const auto rest = place_.archive.add(connection, *number,
                                         fmt::format("SELECT * FROM {} WHERE asset <> {}",
                                                     parquet_source({file.path}), sql_text(asset_)),
                                         file.day, file.tier);
    if (!rest) return tl::make_unexpected(rest.error());
    if (const Status gone = place_.archive.forget(connection, file.id); !gone) return gone;
    const std::uint64_t kept = *rest ? (*rest)->rows : 0;
    if (const Status counted = add_removed(connection, file.rows - kept); !counted) return counted;
    return place_.archive.update_view(connection);
  });
  if (!rewritten) return rewritten;
  place_.archive.step("committed");
  place_.archive.retire({file.path}, place_.readers);
  return place_.archive.sweep(place_.readers);
}

/// The other tables, and whatever came meanwhile; no batch commits beside it, since these rows are
/// also its own to change.
Status AssetDeletion::remove_rest(Connection& connection) {
  const std::string ours = fmt::format(fmt::runtime(by_series), sql_text(asset_));
  const std::string named = "asset = " + sql_text(asset_);
  const std::scoped_lock lock(place_.commits);
  const Status removed = in_transaction(connection, [&]() -> Status {
    for (const char* table : {"sample_rows", "feature_rows", "downsample_rows", "health_rows"})
      if (const Status gone =
              remove(connection, fmt::format("DELETE FROM {} WHERE {}", table, ours));
          !gone)
        return gone;
    for (const char* table : {"decision_rows", "event_rows"})
      if (const Status gone =
              remove(connection, fmt::format("DELETE FROM {} WHERE {}", table, named));
          !gone)
        return gone;
    if (const Status gone = connection.run("DELETE FROM latest_rows WHERE " + ours); !gone)
      return gone;
    for (const char* table : {"series", "asset_rows"})
      if (const Status gone = connection.run(fmt::format("DELETE FROM {} WHERE {}", table, named));
          !gone)
        return gone;
    return {};
  });
  if (removed) forget_(asset_);
  place_.archive.step("committed");
  return removed;
}

Result<std::int64_t> AssetDeletion::count(Connection& connection) {
  const auto files = place_.archive.files(connection);
  if (!files) return tl::make_unexpected(files.error());
  std::string sql =
      "SELECT ((SELECT count(*) FROM samples WHERE asset = {0}) + (SELECT count(*) FROM features "
      "WHERE asset = {0}) + (SELECT count(*) FROM decisions WHERE asset = {0}) + (SELECT count(*) "
      "FROM events WHERE asset = {0}) + (SELECT count(*) FROM downsampled WHERE asset = {0}))"
      "::BIGINT";
  return one_integer(connection, fmt::format(fmt::runtime(sql), sql_text(asset_)));
}

}  // namespace wayside::hub::duck
