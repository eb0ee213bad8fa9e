#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/config/file.hpp"
#include "commands.hpp"
#include "hub/config.hpp"
#include "node/agent_config.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::cli {
namespace {

/// Keys that an agent's configuration has and a hub's has not. An agent's with a stray `broker` or
/// `store` is still an agent's, and told so.
constexpr std::array<std::string_view, 4> agent_keys{"node", "assets", "sources", "kinds"};
constexpr std::array<std::string_view, 4> hub_keys{"store", "catalog", "query", "broker"};

bool has_any(const config::Node& root, const std::array<std::string_view, 4>& keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](std::string_view key) { return root.find(key) != nullptr; });
}

bool is_hub(const config::Node& root) {
  return has_any(root, hub_keys) && !has_any(root, agent_keys);
}

/// What the file is, or nullopt after a mistake.
std::optional<std::string> check(const config::Node& root, config::Diagnostics& diagnostics) {
  if (is_hub(root)) {
    if (!hub::parse_hub_config(root, diagnostics)) return std::nullopt;
    return "a hub's configuration";
  }
  const auto units = telemetry::Units::load();
  if (!units) {
    diagnostics.error(root.at, units.error().message);
    return std::nullopt;
  }
  const auto config = node::parse_agent_config(root, *units, diagnostics);
  if (!config) return std::nullopt;
  return fmt::format("an agent's configuration: {} kinds, {} assets, {} sources",
                     config->kinds.size(), config->table.assets.size(), config->sources.size());
}

void run(const std::string& file) {
  config::Diagnostics diagnostics;
  const auto root = config::load_yaml(file, config::process_environment(), diagnostics);
  const auto found = diagnostics.ok() ? check(root, diagnostics) : std::nullopt;
  std::fputs(diagnostics.report().c_str(), stderr);
  if (!found) {
    fmt::print(stderr, "{}: {} mistake{}\n", file, diagnostics.errors().size(),
               diagnostics.errors().size() == 1 ? "" : "s");
    throw CLI::RuntimeError(1);
  }
  fmt::print("{}: {}\n", file, *found);
}

}  // namespace

void add_check_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("check", "Check a configuration file of an agent or a hub");
  const auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "agent.yaml or hub.yaml")->required();
  command->callback([file] { run(*file); });
}

}  // namespace wayside::cli
