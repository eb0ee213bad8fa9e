#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/duckdb/handles.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/record.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Keeps the table `latest_rows`: the newest value of quality good of every signal, in the commit
/// that stores it, so that asking for it reads no history. Of equal times the later arrival counts.
class Latest {
 public:
  /// Notes what a block, stored under `series`, changes.
  void take(std::int32_t series, const telemetry::SampleBlock& block);
  /// Writes what was noted, inside the connection's transaction.
  [[nodiscard]] Status write(Connection& connection);

 private:
  struct Value {
    Time time;
    double value = 0;
  };
  std::unordered_map<std::int32_t, Value> changed_;
};

}  // namespace wayside::hub::duck
