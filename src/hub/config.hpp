#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/config/node.hpp"
#include "base/time.hpp"
#include "hub/store/keeping.hpp"
#include "hub/store_config.hpp"

namespace wayside::hub {

/// hub.yaml, read and checked.
struct HubConfig {
  std::string listen = "127.0.0.1:8080";
  std::string broker = "mqtt://127.0.0.1:1883";
  /// Who may be served without a name. Off loopback the hub starts only if this says so.
  bool anonymous = false;

  StoreConfig store;

  struct Catalog {
    std::string sqlite;  ///< path of the database file
  } catalog;

  KeepingPolicy keep;   ///< all of it for good, where nothing is said
  std::string archive;  ///< folder; empty: none

  /// Limits of POST /api/v1/query.
  struct Query {
    Duration timeout = seconds(30);
    std::int64_t rows_max = 100'000;
  } query;
};

/// Every mistake goes to `diagnostics` with its place; nullopt if there was one.
[[nodiscard]] std::optional<HubConfig> parse_hub_config(const config::Node& root,
                                                        config::Diagnostics& diagnostics);

}  // namespace wayside::hub
