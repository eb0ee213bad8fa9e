#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "hub/questions/iot/iot.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub::questions {

/// The rows of the question's SELECT out of the last values that the store has in memory: last_loc,
/// single_last_loc, low_fuel and high_load. Nullopt for the others, which need samples.
[[nodiscard]] std::optional<Result<nlohmann::json>> iot_from_last(TelemetryStore& store,
                                                                  IotQuestion question,
                                                                  const IotParameters& parameters);

}  // namespace wayside::hub::questions
