#include "hub/store/clickhouse/schema.hpp"

#include <fmt/format.h>

namespace wayside::hub::click {
namespace {

constexpr Duration ddl_timeout = seconds(60);

std::string with_types(std::string_view columns) {
  std::string text(columns);
  for (const auto& [mark, type] : {std::pair{std::string_view("{tier}"), tier_type},
                                   std::pair{std::string_view("{quality}"), quality_type},
                                   std::pair{std::string_view("{severity}"), severity_type}})
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), type);
  return text;
}

std::string table_ddl(const Layout& layout, std::string_view name, const std::string& columns,
                      std::string_view engine, std::string_view partition, std::string_view order,
                      bool durable) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS {}.{} ({}) ENGINE = {} {}{} ORDER BY ({}) "
      "SETTINGS index_granularity = 8192{}",
      layout.database, name, columns, engine, partition.empty() ? "" : "PARTITION BY ", partition,
      order, durable ? ", fsync_after_insert = 1, fsync_part_directory = 1" : "");
}

/// Older servers do not know how to.
Result<bool> knows_fsync(Client& client) {
  const auto rows = client.select(
      {"SELECT count() FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', "
       "'fsync_part_directory')",
       {},
       ddl_timeout});
  if (!rows) return tl::make_unexpected(rows.error());
  return !rows->blocks.empty() && rows->blocks[0].at<std::uint64_t>(0, 0) == 2;
}

/// Version 1 did not know of records ahead of a stream's watermark. Each of its steps may have been
/// the last before a crash.
Status add_ahead(Client& client, const Layout& layout) {
  const auto columns = [&](const char* condition) {
    return client.select({fmt::format("SELECT count() FROM system.columns WHERE database = '{}' "
                                      "AND table = 'stream_rows'{}",
                                      layout.database, condition),
                          {},
                          ddl_timeout});
  };
  const auto all = columns("");
  if (!all) return tl::make_unexpected(all.error());
  const auto ours = columns(" AND name = 'ahead'");
  if (!ours) return tl::make_unexpected(ours.error());
  const auto number = [](const auto& rows) {
    return rows->blocks.empty() ? 0 : rows->blocks[0].template at<std::uint64_t>(0, 0);
  };
  if (number(all) == 0 || number(ours) != 0) return {};
  const Status done =
      client.run({"ALTER TABLE " + layout.database +
                      ".stream_rows ADD COLUMN ahead String, ADD COLUMN ahead_records UInt64",
                  {},
                  ddl_timeout});
  return done ? done : Status{fail_in("bringing the tables to version 2", done.error())};
}

/// Those of an earlier version; the ones of this version are made with the tables.
Status drop_views(Client& client, const Layout& layout) {
  for (const UserTable& table : user_tables)
    if (const Status done =
            client.run({fmt::format("DROP TABLE IF EXISTS {}.{}", layout.database, table.name),
                        {},
                        ddl_timeout});
        !done)
      return fail_in("making the views anew", done.error());
  return {};
}

Result<int> version_of(Client& client, const Layout& layout) {
  const auto rows = client.select(
      {"SELECT max(version) FROM " + layout.database + ".wayside_schema", {}, ddl_timeout});
  if (!rows) return tl::make_unexpected(rows.error());
  return rows->blocks.empty() ? 0 : static_cast<int>(rows->blocks[0].at<std::uint32_t>(0, 0));
}

}  // namespace

Ddl make_ddl(const Layout& layout, bool durable) {
  Ddl ddl;
  ddl.database = "CREATE DATABASE IF NOT EXISTS " + layout.database;
  ddl.versions =
      table_ddl(layout, "wayside_schema", "version UInt32", "MergeTree", "", "version", durable);
  for (const RowTable& table : row_tables) {
    const std::string columns = with_types(table.columns) + ", commit UInt32";
    auto& where = table.shard.empty() ? ddl.on_the_first : ddl.everywhere;
    where.push_back(
        table_ddl(layout, table.name, columns, "MergeTree", table.partition, table.order, durable));
    if (!layout.cluster.empty() && !table.shard.empty())
      ddl.on_the_first.push_back(fmt::format(
          "CREATE TABLE IF NOT EXISTS {0}.{1}_all AS {0}.{1} ENGINE = Distributed('{2}', '{0}', "
          "'{1}', {3})",
          layout.database, table.name, layout.cluster, table.shard));
  }
  const auto first = [&](std::string_view name, const std::string& columns, std::string_view engine,
                         std::string_view order) {
    ddl.on_the_first.push_back(table_ddl(layout, name, columns, engine, "", order, durable));
  };
  // One row for each stream that a commit moved, and one without a node: written last, as one part,
  // they are what makes the commit true.
  first("stream_rows",
        with_types("node String, epoch UInt64, tier {tier}, produced UInt64, watermark UInt64, "
                   "delivered UInt64, dropped UInt64, duplicates UInt64, updated Int64, closed "
                   "UInt8, commit UInt32, ahead String, ahead_records UInt64"),
        "ReplacingMergeTree(commit)", "node, epoch, tier");
  // Made from samples right after their commit, so without a number; `at` is the time as a UInt64
  // of the same order, which a merge goes by.
  first("latest_rows",
        "node String, asset String, signal String, time Int64, value Float64, at UInt64",
        "ReplacingMergeTree(at)", "signal, asset, node");
  first("writer_rows", "number UInt64, token String", "MergeTree", "number");
  // Of what removals take out of the samples; the newest one makes its history count.
  first("removal_rows",
        with_types("number UInt32, tier {tier}, since Int64, until Int64, commit UInt32"),
        "MergeTree", "number");
  first("deletion_rows",
        "number UInt64, asset String, who String, remote String, requested Int64, finished Int64, "
        "removed UInt64, remaining UInt64, state UInt8",
        "ReplacingMergeTree(state)", "number");
  first("export_rows",
        "time Int64, who String, remote String, what String, rows UInt64, bytes UInt64, digest "
        "String",
        "MergeTree", "time");
  // For those who ask the server itself: a commit that ends while they ask may show in one table
  // and not yet in another.
  const auto last = [&](const char* number, const char* table, const char* condition) {
    return fmt::format("commit <= (SELECT max({}) FROM {}.{}{})", number, layout.database, table,
                       condition);
  };
  const std::string committed = last("commit", "stream_rows", " WHERE node = ''");
  const std::string removed = last("number", "removal_rows", "");
  for (const UserTable& table : user_tables)
    ddl.on_the_first.push_back(fmt::format(
        "CREATE VIEW IF NOT EXISTS {}.{} AS {}", layout.database, table.name,
        select_of(table, layout, table.rows == "downsample_rows" ? removed : committed)));
  return ddl;
}

Status prepare_schema(const std::vector<Client*>& servers, const Layout& layout) {
  const auto durable = knows_fsync(*servers.front());
  if (!durable) return tl::make_unexpected(durable.error());
  const Ddl ddl = make_ddl(layout, *durable);
  const auto run = [&](Client& client, const std::string& statement) -> Status {
    const Status done = client.run({statement, {}, ddl_timeout});
    if (done) return {};
    return fail_in("preparing the tables at " + client.options().url, done.error());
  };
  Client& the_first = *servers.front();
  for (Client* client : servers)
    if (const Status done = run(*client, ddl.database); !done) return done;
  if (const Status done = run(the_first, ddl.versions); !done) return done;
  const auto version = version_of(the_first, layout);
  if (!version) return tl::make_unexpected(version.error());
  if (*version > schema_version)
    return fail(Errc::corrupt,
                "the tables of the database {} have version {}, this program knows up to version "
                "{}: run the program that wrote them, or a later one",
                layout.database, *version, schema_version);
  for (Client* client : servers)
    for (const std::string& statement : ddl.everywhere)
      if (const Status done = run(*client, statement); !done) return done;
  if (const Status added = add_ahead(the_first, layout); !added) return added;
  if (*version < schema_version)
    if (const Status dropped = drop_views(the_first, layout); !dropped) return dropped;
  for (const std::string& statement : ddl.on_the_first)
    if (const Status done = run(the_first, statement); !done) return done;
  if (*version == schema_version) return {};
  return run(the_first, fmt::format("INSERT INTO {}.wayside_schema VALUES ({})", layout.database,
                                    schema_version));
}

}  // namespace wayside::hub::click
