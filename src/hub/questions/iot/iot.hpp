#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "hub/questions/sql.hpp"

/// The questions of the IoT case of the Time Series Benchmark Suite, as one SELECT each over the
/// hub's tables. A truck is an asset whose signals are latitude, longitude, velocity,
/// fuel_consumption, fuel_state, current_load and status, and whose tags are fleet, driver, model,
/// load_capacity and nominal_fuel_consumption. Samples of quality good count.
namespace wayside::hub::questions {

enum class IotQuestion : std::uint8_t {
  last_loc,           ///< truck, driver, longitude, latitude: where each truck of a fleet was last
  single_last_loc,    ///< the same for trucks by name
  low_fuel,           ///< truck, driver, fuel: last below a tenth, in a fleet
  high_load,          ///< truck, driver, load, load_capacity: last above 90 % of it, in a fleet
  stationary_trucks,  ///< truck, driver: mean velocity below 1 for ten minutes, in a fleet
  long_driving_sessions,  ///< truck, driver: driving in more than 22 of the 24 ten minutes of 4 h
  long_daily_sessions,    ///< truck, driver: driving in more than 60 ten minutes of a day
  avg_vs_projected_fuel_consumption,  ///< fleet, average, projected: of readings while moving
  avg_daily_driving_duration,         ///< fleet, truck, driver, hours: driven a day, on average
  avg_daily_driving_session,          ///< truck, day, minutes: mean length of what began that day
  avg_load,             ///< fleet, model, load_capacity, load: mean share of the capacity
  daily_activity,       ///< fleet, model, day, activity: truck days not out of commission
  breakdown_frequency,  ///< model, breakdowns: how often status went to 0 for ten minutes' half
};
inline constexpr std::size_t iot_question_count = 13;
[[nodiscard]] const std::array<IotQuestion, iot_question_count>& all_iot_questions();
/// As the suite calls it: `last-loc`, ….
[[nodiscard]] std::string_view to_string(IotQuestion question);

struct IotParameters {
  std::string fleet;
  std::vector<std::string> trucks;  ///< of single_last_loc
  Time from;                        ///< of the windows of ten minutes, four hours and a day
};

[[nodiscard]] std::string iot_sql(IotQuestion question, Dialect dialect,
                                  const IotParameters& parameters);

/// The texts with their places still open: {fleet}, {trucks}, {from}, {to}, {periods}, {ten}.
[[nodiscard]] std::string_view duckdb_iot_text(IotQuestion question);
[[nodiscard]] std::string_view clickhouse_iot_text(IotQuestion question);

}  // namespace wayside::hub::questions
