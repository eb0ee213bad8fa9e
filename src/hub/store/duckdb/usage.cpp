#include "hub/store/duckdb/usage.hpp"

#include <map>
#include <tuple>

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

using telemetry::Tier;

/// Of a row that is not yet folded into the file, as the log holds it.
constexpr double log_row_bytes = 24;

struct Table {
  const char* name;
  RecordKind kind;
  bool by_series;
};
constexpr std::array<Table, record_kind_count> tables{
    {{"sample_rows", RecordKind::samples, true},
     {"feature_rows", RecordKind::features, true},
     {"decision_rows", RecordKind::decisions, false},
     {"event_rows", RecordKind::events, false},
     {"health_rows", RecordKind::health, true},
     {"downsample_rows", RecordKind::downsampled, true}}};

using Key = std::tuple<RecordKind, Tier, std::string>;

struct FileSize {
  std::int64_t total = 0, used = 0;
};

/// A file's blocks; a database in memory has none.
Result<FileSize> read_size(Connection& connection) {
  const auto total = one_integer(
      connection, "SELECT sum(block_size * total_blocks)::BIGINT FROM pragma_database_size()");
  if (!total) return tl::make_unexpected(total.error());
  const auto used = one_integer(
      connection, "SELECT sum(block_size * used_blocks)::BIGINT FROM pragma_database_size()");
  if (!used) return tl::make_unexpected(used.error());
  return FileSize{*total, *used};
}

/// How much of the file a table takes, beside the others.
Result<double> weight_of(Connection& connection, const char* table) {
  const auto blocks = one_integer(
      connection, fmt::format("SELECT count(DISTINCT block_id) FROM pragma_storage_info('{}') "
                              "WHERE persistent AND block_id >= 0",
                              table));
  if (!blocks) return tl::make_unexpected(blocks.error());
  const auto fresh = one_integer(
      connection,
      fmt::format("SELECT coalesce(sum(count), 0)::BIGINT FROM pragma_storage_info('{}')"
                  " WHERE NOT persistent AND column_id = 0 AND segment_type <> "
                  "'VALIDITY'",
                  table));
  if (!fresh) return tl::make_unexpected(fresh.error());
  constexpr double block_bytes = 262'144;
  return static_cast<double>(*blocks) * block_bytes + static_cast<double>(*fresh) * log_row_bytes;
}

Status count_rows(Connection& connection, const Table& table,
                  std::map<Key, std::uint64_t>& counts) {
  const std::string sql =
      table.by_series
          ? fmt::format(
                "SELECT s.tier, s.asset, sum(c)::BIGINT FROM (SELECT series, count(*) AS c "
                "FROM {} GROUP BY series) r JOIN series s ON s.id = r.series GROUP BY ALL",
                table.name)
          : fmt::format("SELECT tier, asset, count(*) FROM {} GROUP BY ALL", table.name);
  auto result = connection.rows(sql);
  if (!result) return tl::make_unexpected(result.error());
  return for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    counts[{table.kind, static_cast<Tier>(rows.value<std::uint8_t>(0, i)), rows.text(1, i)}] =
        static_cast<std::uint64_t>(rows.value<std::int64_t>(2, i));
  });
}

Status add_table(Connection& connection, const Table& table, double bytes,
                 std::map<Key, UsageLine>& lines) {
  std::map<Key, std::uint64_t> counts;
  if (const Status counted = count_rows(connection, table, counts); !counted) return counted;
  std::uint64_t all = 0;
  for (const auto& [key, rows] : counts) all += rows;
  for (const auto& [key, rows] : counts) {
    lines[key].rows = rows;
    lines[key].bytes =
        static_cast<std::uint64_t>(bytes * static_cast<double>(rows) / static_cast<double>(all));
  }
  return {};
}

Status add_archive(Connection& connection, Usage& usage, std::map<Key, UsageLine>& lines) {
  auto result = connection.rows(
      "SELECT f.tier, a.asset, sum(a.rows)::BIGINT, sum(f.bytes * a.rows / f.rows)::BIGINT "
      "FROM archive_files f JOIN archive_assets a ON a.file = f.id GROUP BY ALL");
  if (!result) return tl::make_unexpected(result.error());
  const Status read = for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    UsageLine& line = lines[{RecordKind::samples, static_cast<Tier>(rows.value<std::uint8_t>(0, i)),
                             rows.text(1, i)}];
    line.archived_rows = static_cast<std::uint64_t>(rows.value<std::int64_t>(2, i));
    line.archived_bytes = static_cast<std::uint64_t>(rows.value<std::int64_t>(3, i));
  });
  if (!read) return read;
  const auto bytes =
      one_integer(connection, "SELECT coalesce(sum(bytes), 0)::BIGINT FROM archive_files");
  if (!bytes) return tl::make_unexpected(bytes.error());
  const auto files = one_integer(connection, "SELECT count(*) FROM archive_files");
  if (!files) return tl::make_unexpected(files.error());
  usage.archive_bytes = static_cast<std::uint64_t>(*bytes);
  usage.archive_files = static_cast<std::uint64_t>(*files);
  return {};
}

}  // namespace

Result<Usage> read_usage(Connection& connection, std::uint64_t log_bytes) {
  auto size = read_size(connection);
  if (!size) return tl::make_unexpected(size.error());
  size->total += static_cast<std::int64_t>(log_bytes);
  size->used += static_cast<std::int64_t>(log_bytes);
  std::array<double, record_kind_count> weights{};
  double all = 0;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto weight = weight_of(connection, tables[i].name);
    if (!weight) return tl::make_unexpected(weight.error());
    all += weights[i] = *weight;
  }
  Usage usage;
  usage.store_bytes = static_cast<std::uint64_t>(size->total);
  usage.free_bytes = static_cast<std::uint64_t>(size->total - size->used);
  std::map<Key, UsageLine> lines;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const double share = all > 0 ? weights[i] / all : 0;
    if (const Status added =
            add_table(connection, tables[i], share * static_cast<double>(size->used), lines);
        !added)
      return tl::make_unexpected(added.error());
  }
  if (const Status added = add_archive(connection, usage, lines); !added)
    return tl::make_unexpected(added.error());
  for (auto& [key, line] : lines) {
    std::tie(line.kind, line.tier, line.asset) = key;
    usage.lines.push_back(line);
  }
  return usage;
}

}  // namespace wayside::hub::duck
