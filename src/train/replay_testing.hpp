#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "train/replay.hpp"

namespace wayside::train::testing {

/// A kind `pump` (temp within −40 to 150, power) with the given features, and assets p1 and p2; a
/// kind `bare` without features with asset b1.
inline ReplaySchema pump_schema(const std::vector<features::Definition>& definitions,
                                features::PlanOptions options = {}) {
  telemetry::Kind pump;
  pump.name = "pump";
  pump.signals.resize(2);
  pump.signals[0].name = "temp";
  pump.signals[0].unit = "degC";
  pump.signals[0].min = -40;
  pump.signals[0].max = 150;
  pump.signals[1].name = "power";
  pump.signals[1].unit = "kW";
  telemetry::Kind bare = pump;
  bare.name = "bare";
  config::Diagnostics diagnostics;
  auto plan = features::Plan::compile(pump, definitions, options, nullptr, diagnostics);
  EXPECT_TRUE(plan) << diagnostics.format();
  return {{{pump, std::move(plan)}, {bare, nullptr}}, {{"p1", 0}, {"p2", 0}, {"b1", 1}}};
}

inline ReplaySchema pump_schema() {
  return pump_schema({{"temp_mean", "mean(temp, 2s)", {}}, {"n", "count(temp, 2s)", {}}});
}

}  // namespace wayside::train::testing
