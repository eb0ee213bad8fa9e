#pragma once

#include <string>
#include <vector>

#include "base/duckdb/handles.hpp"
#include "telemetry/tier.hpp"

namespace wayside::hub::duck {

using namespace wayside::duck;

/// Rows that are moved or removed together, in one short transaction: those of a tier with
/// from <= time < to.
struct Slice {
  telemetry::Tier tier = telemetry::Tier::diagnostic;
  Time from, to;
  std::uint64_t rows = 0;
};

/// Cuts rows by tier and time into slices of about `rows_max` at most, which never cross a day.
/// `source` is the text from FROM on; `tier` and `time` are expressions over it.
[[nodiscard]] Result<std::vector<Slice>> find_slices(Connection& connection,
                                                     const std::string& source,
                                                     const std::string& tier,
                                                     const std::string& time,
                                                     std::uint64_t rows_max);

}  // namespace wayside::hub::duck
