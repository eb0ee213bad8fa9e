#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config/node.hpp"

namespace wayside::hub {

/// `store:` of hub.yaml. Either `duckdb` or `clickhouse` says something.
struct StoreConfig {
  std::string duckdb;                       ///< path of the database file
  std::vector<std::string> clickhouse;      ///< http://host:8123, of each server that has a shard
  std::string database = "wayside";         ///< at ClickHouse
  std::string user;                         ///< empty: ClickHouse's default user
  std::string password;                     ///< empty: none
  std::string cluster;                      ///< a name of ClickHouse's remote_servers; empty: none
  std::uint64_t memory_bytes = 1ull << 30;  ///< for ingest and queries together
  std::int64_t threads = 2;
};

/// Every mistake goes to `diagnostics` with its place.
[[nodiscard]] StoreConfig read_store(const config::Node& node, config::Diagnostics& diagnostics);

}  // namespace wayside::hub
