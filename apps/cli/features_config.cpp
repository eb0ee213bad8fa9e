#include "features_config.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <cstdio>

#include "base/config/file.hpp"
#include "hub_client.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::cli {
namespace {

config::Environment lenient_environment() {
  return [process = config::process_environment()](const std::string& name) {
    const auto value = process(name);
    return value ? value : std::optional<std::string>("${" + name + "}");
  };
}

}  // namespace

FeaturesConfig load_features_config(const std::string& path) {
  config::Diagnostics diagnostics;
  const config::Node root = config::load_yaml(path, lenient_environment(), diagnostics);
  std::optional<node::AgentConfig> agent;
  if (diagnostics.ok()) {
    const auto units = telemetry::Units::load();
    if (!units) give_up(units.error().message);
    agent = node::parse_agent_schema(root, *units, diagnostics);
  }
  std::fputs(diagnostics.format().c_str(), stderr);
  if (!agent) throw CLI::RuntimeError(1);
  FeaturesConfig config{std::move(*agent), {}};
  for (std::size_t k = 0; k < config.agent.kinds.size(); ++k)
    config.schema.kinds.push_back({config.agent.table.kinds[k], config.agent.kinds[k].plan});
  for (const node::AssetTable::Asset& asset : config.agent.table.assets)
    config.schema.assets.push_back({asset.name, asset.kind});
  return config;
}

void check_kind(const FeaturesConfig& config, const std::string& kind) {
  std::vector<std::string> with_features;
  for (const auto& one : config.schema.kinds)
    if (one.plan) with_features.push_back(one.kind.name);
  if (with_features.empty()) give_up("no kind of this configuration has features");
  if (kind.empty()) return;
  const auto found = config.schema.find_kind(kind);
  if (!found)
    give_up(fmt::format("no kind '{}' in this configuration; with features it has: {}", kind,
                        fmt::join(with_features, ", ")));
  if (!config.schema.kinds[*found].plan) give_up(fmt::format("kind '{}' has no features", kind));
}

}  // namespace wayside::cli
