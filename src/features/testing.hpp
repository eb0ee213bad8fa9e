#pragma once

// For tests: kinds, plans and runs in few words.

#include <gmock/gmock.h>
#include <bit>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "features/engine.hpp"
#include "features/plan.hpp"
#include "features/reference.hpp"

namespace wayside::features::testing {

using reference::Arrival;
using reference::Row;

inline telemetry::Kind kind_of(const std::vector<std::pair<std::string, std::string>>& signals) {
  telemetry::Kind kind{"pump", {}};
  for (const auto& [name, unit] : signals) {
    telemetry::Signal signal;
    signal.name = name;
    signal.unit = unit;
    kind.signals.push_back(std::move(signal));
  }
  return kind;
}
inline telemetry::Kind three_signals() {
  return kind_of({{"a", "degC"}, {"b", "kW"}, {"c", "1"}});
}

/// Definitions f0, f1, …, each in its own line of `test.yaml` from column 10.
inline std::vector<Definition> define(const std::vector<std::string>& expressions) {
  std::vector<Definition> definitions;
  for (std::size_t i = 0; i < expressions.size(); ++i)
    definitions.push_back(
        {"f" + std::to_string(i), expressions[i], {"test.yaml", static_cast<int>(i) + 1, 10}});
  return definitions;
}

inline std::shared_ptr<const Plan> plan_of(const std::vector<std::string>& expressions,
                                           const PlanOptions& options = {},
                                           const telemetry::Kind& kind = three_signals()) {
  config::Diagnostics diagnostics;
  auto plan = Plan::compile(kind, define(expressions), options, nullptr, diagnostics);
  EXPECT_TRUE(plan) << diagnostics.format();
  return plan;
}

inline void fetch(AssetEngine& engine, std::vector<Row>& rows) {
  std::vector<double> values(engine.plan().names().size());
  while (const auto tick = engine.next_tick(values)) rows.push_back({*tick, values});
}

/// All rows of a replay.
inline std::vector<Row> replay(const std::shared_ptr<const Plan>& plan,
                               const std::vector<Arrival>& arrivals) {
  AssetEngine engine(plan);
  std::vector<Row> rows;
  for (const Arrival& a : arrivals) {
    engine.push(a.signal, a.time, a.value, a.quality, a.version);
    fetch(engine, rows);
  }
  engine.finish();
  fetch(engine, rows);
  return rows;
}

/// The same bits; any NaN equals any other.
inline bool same_bits(double x, double y) {
  return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y) ||
         (std::isnan(x) && std::isnan(y));
}
inline bool same_bits(const std::vector<double>& x, const std::vector<double>& y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](double a, double b) { return same_bits(a, b); });
}

inline constexpr SignalId a{0}, b{1}, c{2};
inline Arrival at(double seconds_since_epoch, double value, SignalId signal = a) {
  return {signal, {std::llround(seconds_since_epoch * 1e9)}, value, telemetry::Quality::good};
}

}  // namespace wayside::features::testing
