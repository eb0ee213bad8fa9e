#pragma once

#include <fmt/format.h>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/config/diagnostics.hpp"
#include "base/config/node.hpp"
#include "node/agent_config.hpp"
#include "sim/world/world.hpp"
#include "telemetry/udunits/units.hpp"

/// What the tests and the benchmark of this folder share: a fleet of pumps.
namespace wayside::sim {

struct PumpFleet {
  std::size_t nodes = 1;
  std::size_t signals =
      3;  ///< of each pump: the first critical, the second bulk, the rest diagnostic
  Duration every = seconds(1);
  Duration ticks = seconds(1);
  std::string extra = {};  ///< lines of agent.yaml
};

inline const telemetry::Units& pump_units() {
  static const telemetry::Units units = [] {
    auto loaded = telemetry::Units::load();
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  }();
  return units;
}

inline node::AgentConfig pump_config(const PumpFleet& fleet, std::size_t index) {
  std::string yaml = fmt::format(
      "node: n{}\nstate: /none\nhub: {{broker: \"mqtt://broker\"}}\nkinds:\n  pump:\n    "
      "signals:\n",
      index);
  for (std::size_t s = 0; s < fleet.signals; ++s)
    yaml += fmt::format("      s{}: {{tier: {}}}\n", s,
                        s == 0   ? "critical"
                        : s == 1 ? "bulk"
                                 : "diagnostic");
  yaml += fmt::format(
      "    features:\n      every: {}\n      define:\n        m0: mean(s0, {})\n        x2: "
      "max(s{}, "
      "{})\n",
      format_duration(fleet.ticks), format_duration(fleet.ticks * 6), fleet.signals - 1,
      format_duration(fleet.ticks * 6));
  yaml += "    rules:\n      high: {when: m0 > 90, tier: critical}\n";
  yaml += fmt::format("assets:\n  - {{name: pump{}, kind: pump}}\nsources: []\n", index);
  yaml += fleet.extra;
  config::Diagnostics diagnostics;
  const auto root = config::parse_yaml(
      yaml, "agent.yaml", [](const std::string&) { return std::nullopt; }, diagnostics);
  auto config = node::parse_agent_config(root, pump_units(), diagnostics);
  if (!diagnostics.ok() || !config) throw std::runtime_error(diagnostics.format());
  return std::move(*config);
}

/// Adds the fleet and has every pump measured from `from` on, until `to`.
class Pumps {
 public:
  Pumps(World& world, const PumpFleet& fleet, const NodeOptions& options)
      : world_(world), fleet_(fleet) {
    for (std::size_t i = 0; i < fleet.nodes; ++i)
      nodes_.push_back(world.add_node(pump_config(fleet, i), options));
  }
  /// Switches hub and nodes on, and measures until `to`.
  void run(Duration to) {
    world_.start_hub();
    for (const std::size_t node : nodes_) {
      world_.start_node(node);
      measure(node, world_.now() + milliseconds(static_cast<std::int64_t>(10 * (node % 97))), to);
    }
  }
  [[nodiscard]] std::uint64_t offered() const { return offered_; }

 private:
  void measure(std::size_t node, Duration when, Duration to) {
    world_.at(when, [this, node, when, to] {
      batch_.clear();
      const Time time = world_.wall(node);
      for (std::size_t s = 0; s < fleet_.signals; ++s)
        batch_.push_back(
            {AssetId{0}, SignalId{static_cast<std::uint32_t>(s)}, time, value(when, s)});
      if (world_.push(node, batch_)) offered_ += batch_.size();
      if (when + fleet_.every <= to) measure(node, when + fleet_.every, to);
    });
  }
  /// Slow waves on which the first signal is too high now and then.
  static double value(Duration when, std::size_t signal) {
    const double s = when.seconds();
    return std::round(
               (50 + 45 * std::sin(s / 300 + static_cast<double>(signal)) + std::sin(s * 1.7) * 3) *
               100) /
           100;
  }

  World& world_;
  PumpFleet fleet_;
  std::vector<std::size_t> nodes_;
  std::vector<telemetry::Sample> batch_;
  std::uint64_t offered_ = 0;
};

}  // namespace wayside::sim
