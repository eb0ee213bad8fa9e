#include "hub/store/duckdb/history_reader.hpp"

#include <algorithm>

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

/// The longest interval there is in the history; 0 where it is empty.
Result<std::int64_t> longest_interval_ns(Connection& connection) {
  return one_integer(connection, "SELECT coalesce(max(every_ns), 0)::BIGINT FROM downsample_rows");
}

bool fine_enough(const SeriesRequest& request, std::int64_t every_ns) {
  if (request.points == 0 || request.all_qualities || every_ns == 0) return false;
  const std::int64_t buckets =
      static_cast<std::int64_t>(std::max<std::size_t>(request.points, 2) / 2);
  const auto span = static_cast<__int128>(request.to.ns) - request.from.ns;
  return span / buckets >= 2 * static_cast<__int128>(every_ns);
}

}  // namespace

Result<std::array<Time, telemetry::tier_count>> history_until(Connection& connection,
                                                              const SeriesRequest& request) {
  const auto horizons = read_horizons(connection);
  if (!horizons) return tl::make_unexpected(horizons.error());
  const auto every_ns = longest_interval_ns(connection);
  if (!every_ns) return tl::make_unexpected(every_ns.error());
  std::array<Time, telemetry::tier_count> until;
  for (std::size_t i = 0; i < until.size(); ++i) {
    const Horizon& horizon = (*horizons)[i];
    until[i] = horizon.raw_from.value_or(Time::min());
    if (horizon.whole_history && fine_enough(request, *every_ns))
      until[i] = std::max(until[i], horizon.archived_before.value_or(Time::min()));
    if (until[i] <= request.from) until[i] = Time::min();
  }
  return until;
}

Status read_history(Connection& connection, const SeriesRequest& request,
                    const std::string& series_list, telemetry::Tier tier, Time until,
                    const std::function<void(std::int32_t, Time, double)>& add) {
  // An interval begins before the range and may reach into it.
  auto result = connection.rows(
      fmt::format("SELECT r.series, r.min_time, r.min, r.max_time, r.max FROM downsample_rows r "
                  "JOIN series s ON s.id = r.series WHERE r.series IN ({}) AND s.tier = '{}' AND "
                  "r.time < ? AND r.time <= ? AND r.last_time >= ?",
                  series_list, telemetry::to_string(tier)),
      {Parameter::of(until), Parameter::of(request.to), Parameter::of(request.from)});
  if (!result) return tl::make_unexpected(result.error());
  const auto in_range = [&](Time time) { return time >= request.from && time <= request.to; };
  return for_each_row(*result, [&](const Rows& rows, std::size_t i) {
    const auto series = rows.value<std::int32_t>(0, i);
    const Time low{rows.value<std::int64_t>(1, i)}, high{rows.value<std::int64_t>(3, i)};
    if (in_range(low)) add(series, low, rows.value<double>(2, i));
    if (in_range(high) && high != low) add(series, high, rows.value<double>(4, i));
  });
}

}  // namespace wayside::hub::duck
