#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

struct DuckdbOptions {
  std::string path;  ///< ":memory:" for none
  std::uint64_t memory_bytes = 1ull << 30;
  std::int64_t threads = 2;
  /// Of series, decisions and events; a query brings its own limit.
  Duration read_timeout = seconds(30);
};

/// The embedded store. It creates the file where there is none. Errors: `conflict` where another
/// process has it open, `io`, `corrupt` (of another version, or not ours).
[[nodiscard]] Result<std::unique_ptr<TelemetryStore>> open_duckdb_store(
    const DuckdbOptions& options, Log log);

}  // namespace wayside::hub
