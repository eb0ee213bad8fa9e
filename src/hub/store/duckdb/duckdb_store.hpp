#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

/// How much one step of keeping takes.
struct KeepingLimits {
  std::uint64_t slice_rows = 500'000;    ///< moved or removed in one transaction
  std::uint64_t merge_rows = 8'000'000;  ///< of a file that others were merged into
  std::size_t merge_files = 4;           ///< of one day and tier before they are merged
};

struct DuckdbOptions {
  std::string path;  ///< ":memory:" for none
  std::uint64_t memory_bytes = 1ull << 30;
  std::int64_t threads = 2;
  /// Of series, decisions and events; a query brings its own limit.
  Duration read_timeout = seconds(30);
  std::string archive = {};  ///< folder for cold samples; empty: none
  KeepingLimits limits = {};
  /// Called between the steps of keeping that a crash can fall between; tests end the process
  /// there.
  std::function<void(std::string_view)> on_step = {};
};

/// The embedded store. It creates the file where there is none. Errors: `conflict` where another
/// process has it open, `io`, `corrupt` (of a later version, or not ours).
[[nodiscard]] Result<std::unique_ptr<TelemetryStore>> open_duckdb_store(
    const DuckdbOptions& options, Log log);

}  // namespace wayside::hub
