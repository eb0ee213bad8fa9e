#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

struct ClickhouseOptions {
  /// http://host:8123; with a cluster, every server that holds a shard, the first of which the hub
  /// reads and writes through.
  std::vector<std::string> urls;
  std::string database = "wayside";
  std::string user;      ///< empty: the server's default user
  std::string password;  ///< empty: none
  std::string cluster;   ///< a name of the servers' remote_servers; empty: one server
  /// Of series, decisions and events; a query brings its own limit.
  Duration read_timeout = seconds(30);
  std::uint64_t memory_bytes = 1ull << 30;  ///< that one query may take at the server
  std::int64_t threads = 2;                 ///< that one query may use at the server
};

/// The store beyond one machine. It talks to nobody before `recover`, which makes the tables where
/// they are missing; until then everything is `unavailable`, so that a hub may start before its
/// server. One store writes to a database: a later one takes over, and this one ends with
/// `conflict`.
[[nodiscard]] std::unique_ptr<TelemetryStore> make_clickhouse_store(ClickhouseOptions options,
                                                                    Log log);

/// Whether `name` can be the name of a database or a cluster: letters, digits and underscores, no
/// digit first. Errors: `invalid`.
[[nodiscard]] Status check_clickhouse_name(const std::string& name);

}  // namespace wayside::hub
