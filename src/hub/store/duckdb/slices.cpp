#include "hub/store/duckdb/slices.hpp"

#include <algorithm>

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

constexpr Duration grain = hours(1);
/// Of one hour; rows that crowd more are taken together.
constexpr std::uint64_t parts_max = 3'600;

/// An hour with too many rows, in equal parts of time.
void cut(const Slice& hour, std::uint64_t rows_max, std::vector<Slice>& out) {
  const std::uint64_t parts = std::min(parts_max, (hour.rows + rows_max - 1) / rows_max);
  const Duration width{grain.ns / static_cast<std::int64_t>(parts)};
  for (std::uint64_t i = 0; i < parts; ++i) {
    const Time from = hour.from + width * static_cast<std::int64_t>(i);
    out.push_back(
        {hour.tier, from, i + 1 == parts ? hour.to : from + width, hour.rows / parts + 1});
  }
}

}  // namespace

Result<std::vector<Slice>> find_slices(Connection& connection, const std::string& source,
                                       const std::string& tier, const std::string& time,
                                       std::uint64_t rows_max) {
  auto hours = collect<std::vector<Slice>>(
      connection,
      fmt::format("SELECT {} AS t, {} AS h, count(*) {} GROUP BY ALL ORDER BY t, h", tier,
                  sql_floor(time, grain), source),
      {}, [](auto& out, const Rows& rows, std::size_t i) {
        const Time from{rows.value<std::int64_t>(1, i)};
        out.push_back({static_cast<telemetry::Tier>(rows.value<std::uint8_t>(0, i)), from,
                       from + grain, static_cast<std::uint64_t>(rows.value<std::int64_t>(2, i))});
      });
  if (!hours) return hours;
  std::vector<Slice> slices;
  for (const Slice& hour : *hours) {
    const bool joins = !slices.empty() && slices.back().tier == hour.tier &&
                       slices.back().rows + hour.rows <= rows_max &&
                       floor_to(slices.back().from, days(1)) == floor_to(hour.from, days(1));
    if (joins) {
      slices.back().to = hour.to;
      slices.back().rows += hour.rows;
    } else if (hour.rows > rows_max) {
      cut(hour, rows_max, slices);
    } else {
      slices.push_back(hour);
    }
  }
  return slices;
}

}  // namespace wayside::hub::duck
