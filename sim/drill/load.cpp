#include "sim/drill/load.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/assert.hpp"
#include "base/config/file.hpp"
#include "base/config/reader.hpp"
#include "sim/drill/builtin_agent.hpp"

namespace wayside::drill {
namespace {

using config::Node;

/// The kinds of samples that a source of a file gives, kept.
class KeepingSink final : public node::SampleSink {
 public:
  explicit KeepingSink(std::vector<telemetry::Sample>& samples) : samples_(samples) {}
  bool push_wait(std::span<const telemetry::Sample> samples, std::stop_token) override {
    push_now(samples);
    return samples_.size() <= recorded_samples_max;
  }
  void push_now(std::span<const telemetry::Sample> samples) override {
    samples_.insert(samples_.end(), samples.begin(), samples.end());
  }

 private:
  std::vector<telemetry::Sample>& samples_;
};

/// A file's source never asks for the time: it reads as fast as it can.
class NoClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time{}; }
  [[nodiscard]] Duration monotonic() const override { return Duration{}; }
};

/// The item of `sources:` that the agent would read the same file with.
Node as_source(const Node& csv) {
  Node item;
  item.type = Node::Type::map;
  item.at = csv.at;
  item.entries.push_back({"csv", csv.at, csv});
  return item;
}

void read_recorded(const Node& csv, const node::AgentConfig& agent, Drill& drill,
                   config::Diagnostics& diagnostics) {
  const auto spec = node::parse_source(as_source(csv), agent.table, drill.units, diagnostics);
  if (spec == nullptr) return;
  const NoClock clock;
  Metrics metrics;
  KeepingSink sink(drill.recorded);
  const auto source = spec->create({agent.table, drill.units, sink, clock, metrics, Log()});
  if (!source) return diagnostics.error(csv.at, source.error().message);
  (*source)->run({});
  if (const auto outcome = (*source)->outcome(); !outcome)
    return diagnostics.error(csv.at, outcome.error().message);
  if (drill.recorded.empty() || drill.recorded.size() > recorded_samples_max)
    return diagnostics.error(csv.at, fmt::format("expected 1 to {} samples in the file, found {}",
                                                 recorded_samples_max, drill.recorded.size()));
  std::ranges::stable_sort(drill.recorded, {}, &telemetry::Sample::time);
  const Time first = drill.recorded.front().time;
  for (telemetry::Sample& sample : drill.recorded) sample.time = Time{(sample.time - first).ns};
}

std::string agent_path(const Drill& drill, const std::string& override_file,
                       config::Diagnostics& diagnostics) {
  if (!override_file.empty()) return override_file;
  const Node* agent = drill.root.find("agent");
  return agent == nullptr ? std::string() : node::read_path(*agent, diagnostics);
}

std::unique_ptr<Drill> finish_drill(Node root, const std::string& file,
                                    const std::string& agent_file,
                                    const config::Environment& environment,
                                    config::Diagnostics& diagnostics) {
  auto units = telemetry::Units::load();
  if (!units) {
    diagnostics.error({file, 0, 0}, units.error().message);
    return nullptr;
  }
  auto drill = std::unique_ptr<Drill>(
      new Drill{file, {}, !agent_file.empty(), std::move(root), {}, std::move(*units), {}, {}});
  drill->agent_file = agent_path(*drill, agent_file, diagnostics);
  drill->agent_root =
      drill->agent_file.empty()
          ? config::parse_yaml(builtin_agent, "built-in agent", environment, diagnostics)
          : config::load_yaml(drill->agent_file, environment, diagnostics);
  if (!diagnostics.ok()) return nullptr;
  const auto agent = node::parse_agent_config(drill->agent_root, drill->units, diagnostics);
  if (!agent) return nullptr;
  auto script = parse_script(drill->root, *agent, diagnostics);
  if (!script) return nullptr;
  drill->script = std::move(*script);
  if (const Node* csv = drill->script.signals.csv) read_recorded(*csv, *agent, *drill, diagnostics);
  return diagnostics.ok() ? std::move(drill) : nullptr;
}

}  // namespace

node::AgentConfig Drill::agent(std::size_t index) const {
  config::Diagnostics diagnostics;
  auto config = node::parse_agent_config(agent_root, units, diagnostics);
  WAYSIDE_ASSERT(config, "what was read once is read again");
  config->sources.clear();
  if (config->broker.empty()) config->broker = "mqtt://broker.drill:1883";
  if (script.nodes == 1) return std::move(*config);
  const std::string suffix = fmt::format("-{}", index + 1);
  config->node += suffix;
  for (auto& asset : config->table.assets) asset.name += suffix;
  return std::move(*config);
}

std::unique_ptr<Drill> load_drill(const std::string& file, const std::string& agent_file,
                                  const config::Environment& environment,
                                  config::Diagnostics& diagnostics) {
  Node root = config::load_yaml(file, environment, diagnostics);
  if (!diagnostics.ok()) return nullptr;
  return finish_drill(std::move(root), file, agent_file, environment, diagnostics);
}

std::unique_ptr<Drill> read_drill(std::string_view text, const std::string& file,
                                  const std::string& agent_file,
                                  const config::Environment& environment,
                                  config::Diagnostics& diagnostics) {
  Node root = config::parse_yaml(text, file, environment, diagnostics);
  if (!diagnostics.ok()) return nullptr;
  return finish_drill(std::move(root), file, agent_file, environment, diagnostics);
}

}  // namespace wayside::drill
