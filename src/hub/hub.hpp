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
#include "hub/receiver.hpp"
#include "hub/store/store.hpp"
#include "link/link.hpp"

namespace wayside::hub {

struct HubOptions {
  std::string listen = "127.0.0.1:8080";
  std::string version;
  QueryLimits query;
  KeepingPolicy keep = {};
  ParquetMaker parquet = {};  ///< for series as Parquet; empty: they are refused
  std::vector<http::Asset> console;
  ReceiverOptions receiver;
};

/// The hub at work: a receiver on a thread of its own, the HTTP API, those who watch, and the
/// store's housekeeping.
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
