#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/store/duckdb/horizons.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::duck {

/// Before what time, by tier, a request for samples is answered from the downsampled history: where
/// raw samples are gone, and, for a reduced series, where they are archived and each of its buckets
/// is at least two intervals long, so that the smallest and largest of each interval show the same.
/// Time::min(): nowhere.
[[nodiscard]] Result<std::array<Time, telemetry::tier_count>> history_until(
    Connection& connection, const SeriesRequest& request);

/// Gives the smallest and the largest value of every interval of these series before `until`, in
/// the request's range, at the times they had: `add(series, time, value)`.
[[nodiscard]] Status read_history(Connection& connection, const SeriesRequest& request,
                                  const std::string& series_list, telemetry::Tier tier, Time until,
                                  const std::function<void(std::int32_t, Time, double)>& add);

}  // namespace wayside::hub::duck
