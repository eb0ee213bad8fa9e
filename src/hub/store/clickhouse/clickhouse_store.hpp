#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "hub/store/store.hpp"
#include "table/table_writer.hpp"

namespace wayside::hub {

struct ClickhouseOptions {
  /// http://host:8123; with a cluster, every server that holds a shard, the first of which the hub
  /// reads and writes through.
  std::vector<std::string> urls;
  std::string database = "wayside";  ///< a name that needs no quotes in SQL, as `cluster`
  std::string user;                  ///< empty: the server's default user
  std::string password;              ///< empty: none
  std::string cluster;               ///< a name of the servers' remote_servers; empty: one server
  /// Of series, decisions and events; a query brings its own limit.
  Duration read_timeout = seconds(30);
  std::uint64_t memory_bytes = 1ull << 30;  ///< that one query may take at the server
  std::int64_t threads = 2;                 ///< that one query may use at the server
  /// A folder of the store's own for the files of exports, emptied when it opens; empty: exports
  /// are `unavailable`.
  std::string exports = {};
  /// Makes the files of exports in Parquet; none: they are `unavailable`.
  std::function<Result<std::unique_ptr<table::TableWriter>>(
      const std::string&, const std::vector<table::Column>&, const table::Metadata&)>
      parquet = {};
};

/// The store beyond one machine. It talks to nobody before `recover`, which makes the tables where
/// they are missing; until then everything is `unavailable`, so that a hub may start before its
/// server. One store writes to a database: a later one takes over, and this one ends with
/// `conflict`.
[[nodiscard]] std::unique_ptr<TelemetryStore> make_clickhouse_store(
    const ClickhouseOptions& options, Log log);

}  // namespace wayside::hub
