#include "hub/store/duckdb/horizons.hpp"

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {

Result<Horizons> read_horizons(Connection& connection) {
  return collect<Horizons>(
      connection, "SELECT tier, raw_from, archived_before, whole_history FROM horizon_rows", {},
      [](Horizons& out, const Rows& rows, std::size_t i) {
        Horizon& horizon = out.at(rows.value<std::uint8_t>(0, i));
        if (!rows.is_null(1, i)) horizon.raw_from = Time{rows.value<std::int64_t>(1, i)};
        if (!rows.is_null(2, i)) horizon.archived_before = Time{rows.value<std::int64_t>(2, i)};
        horizon.whole_history = rows.value<bool>(3, i);
      });
}

Status move_horizon(Connection& connection, telemetry::Tier tier, const char* column, Time to,
                    bool downsampled) {
  return connection.run(
      fmt::format("UPDATE horizon_rows SET {0} = greatest(coalesce({0}, {1}), {1}), "
                  "whole_history = whole_history AND {2} WHERE tier = '{3}'",
                  column, sql_time(to), downsampled, telemetry::to_string(tier)));
}

}  // namespace wayside::hub::duck
