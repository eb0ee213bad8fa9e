#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "hub/questions/iot/iot.hpp"
#include "plants/trucks/truck_fleet.hpp"

namespace wayside::bench {

/// A store that holds a fleet of trucks and answers the thirteen questions.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Takes the fleet to its end.
  [[nodiscard]] virtual Status load(plants::TruckFleet& fleet) = 0;
  /// On disk, after everything was written.
  [[nodiscard]] virtual Result<std::uint64_t> bytes() = 0;
  /// The same question where an engine has SQL beside a quicker way.
  [[nodiscard]] virtual Result<std::size_t> ask_in_sql(
      hub::questions::IotQuestion question, const hub::questions::IotParameters& parameters) {
    return ask(question, parameters);
  }
  /// How many rows the answer has.
  [[nodiscard]] virtual Result<std::size_t> ask(
      hub::questions::IotQuestion question, const hub::questions::IotParameters& parameters) = 0;
};

/// `place` is a file for DuckDB and an address for the others: http://…, or libpq's own words.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_duckdb(const std::string& place);
[[nodiscard]] Result<std::unique_ptr<Engine>> open_clickhouse(const std::string& place);
[[nodiscard]] Result<std::unique_ptr<Engine>> open_influx(const std::string& place);
[[nodiscard]] Result<std::unique_ptr<Engine>> open_postgres(const std::string& place);

/// Measurements of one entry of a truck.
inline constexpr std::size_t reading_signals = 7, diagnostic_signals = 3;
[[nodiscard]] inline std::uint64_t samples_in(const plants::TruckFleet::Batch& batch) {
  return batch.readings.size() * reading_signals + batch.diagnostics.size() * diagnostic_signals;
}

}  // namespace wayside::bench
