#pragma once

#include <fmt/format.h>
#include <cmath>
#include <deque>
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

/// What the world's programs said last, for a test that fails.
class LastWords {
 public:
  static constexpr std::size_t lines_max = 40;

  [[nodiscard]] Log log() {
    return Log([this](LogLevel, std::string_view line) {
      lines_.push_back(fmt::format("{:.3f} {}", world_ ? world_->now().seconds() : 0.0, line));
      if (lines_.size() > lines_max) lines_.pop_front();
    });
  }
  void watch(const World& world) { world_ = &world; }
  /// With the accounts of the nodes, and of the hub's store.
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const std::string& line : lines_) out += line + "\n";
    for (std::size_t node = 0; node < world_->nodes(); ++node) {
      const NodeView view = world_->view(node);
      out += fmt::format("node {}: running {}, connected {}, epoch {:x}\n", node, view.running,
                         view.connected, view.epoch);
      for (const auto& line : view.ledger)
        out += fmt::format("  produced {} delivered {} dropped {} queued {}\n", line.produced,
                           line.delivered, line.dropped, line.queued);
      for (const telemetry::Tier tier : telemetry::all_tiers)
        out += fmt::format("  {} waiting: {} samples, {} records\n", to_string(tier),
                           world_->audit().tier(node, tier).waiting_samples,
                           world_->audit().tier(node, tier).waiting_records);
    }
    for (const auto& [key, t] : world_->streams())
      out += fmt::format(
          "store: {} {:x} {}: produced {} watermark {} ahead {} delivered {} "
          "dropped {} duplicates {}\n",
          key.node, key.epoch, to_string(key.tier), t.produced, t.watermark,
          hub::ranges_text(t.ahead), t.delivered, t.dropped, t.duplicates);
    return out;
  }

 private:
  const World* world_ = nullptr;
  std::deque<std::string> lines_;
};

struct PumpFleet {
  std::size_t nodes = 1;
  std::size_t signals = 3;  ///< of each pump
  bool tiers = true;        ///< the first is critical, the second bulk; else all are diagnostic
  Duration every = seconds(1);
  Duration ticks = seconds(1);
  std::string extra = {};  ///< lines of agent.yaml
  std::string hub = {};    ///< after its broker, as `, budget: 1MiB/day`
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
      "node: n{}\nstate: /none\nhub: {{broker: \"mqtt://broker\"{}}}\nkinds:\n  pump:\n    "
      "signals:\n",
      index, fleet.hub);
  for (std::size_t s = 0; s < fleet.signals; ++s)
    yaml += fmt::format("      s{}: {{tier: {}}}\n", s,
                        !fleet.tiers || s > 1 ? "diagnostic"
                        : s == 0              ? "critical"
                                              : "bulk");
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
