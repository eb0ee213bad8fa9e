#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "hub/api/series_api.hpp"
#include "hub/catalog/catalog.hpp"
#include "hub/store/store.hpp"
#include "link/link.hpp"

namespace wayside::hub {

struct HubOptions {
  std::string listen = "127.0.0.1:8080";
  std::string broker = "mqtt://127.0.0.1:1883";
  std::string version;
  QueryLimits query;
  KeepingPolicy keep = {};
  ParquetMaker parquet = {};  ///< for series as Parquet; empty: they are refused
  std::vector<http::Asset> console;
  std::size_t queue_bytes_max = 64u << 20;  ///< frames received and not yet looked at
  std::uint64_t batch_rows_max = 500'000;   ///< a commit holds about so many rows at most
  Duration batch_age_max = milliseconds(250);
  Duration critical_age_max = milliseconds(20);  ///< once the batch holds a critical record
};

/// The hub at work: frames from the link through a bounded queue to one ingest thread, which
/// commits in groups, acknowledges and tells those who watch; beside it the HTTP API. A broker that
/// is away is waited for; a store that fails is opened again until it works, and meanwhile nothing
/// is acknowledged, so the nodes keep what they have.
class Hub {
 public:
  Hub(HubOptions options, TelemetryStore& store, Catalog& catalog, link::Link& link,
      const Clock& clock, Metrics& metrics, Log log);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Returns the HTTP port. Errors: `conflict` where it is taken, what store and catalog say.
  [[nodiscard]] Result<int> start();
  /// Commits what has arrived, says goodbye to the nodes and ends the threads. Idempotent.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::hub
