#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <memory>

#include "commands.hpp"
#include "features_config.hpp"
#include "features_run.hpp"

namespace wayside::cli {
namespace {

void explain(const std::string& path, const std::string& kind) {
  const FeaturesConfig config = load_features_config(path);
  check_kind(config, kind);
  for (const auto& one : config.schema.kinds)
    if (one.plan && (kind.empty() || kind == one.kind.name))
      fmt::print("kind {}\n{}", one.kind.name, one.plan->explain());
}

void add_explain(CLI::App& features) {
  CLI::App& command = *features.add_subcommand("explain", "what a configuration's features cost");
  const auto path = std::make_shared<std::string>();
  const auto kind = std::make_shared<std::string>();
  command.add_option("CONFIG", *path, "agent.yaml")->required();
  command.add_option("--kind", *kind, "this kind alone");
  command.callback([path, kind] { explain(*path, *kind); });
}

void add_run(CLI::App& features) {
  CLI::App& command =
      *features.add_subcommand("run", "compute features from stored samples, as the agent does");
  const auto options = std::make_shared<FeaturesRunOptions>();
  command.add_option("CONFIG", options->config, "agent.yaml")->required();
  command
      .add_option("--input", options->input,
                  "samples.csv: asset,signal,time,value in arrival order; - reads the standard "
                  "input")
      ->required();
  command.add_option("--output", options->output, "features.csv; - is the standard output")
      ->capture_default_str();
  command.add_option("--kind", options->kind, "assets of this kind alone");
  command.add_flag("--skip-unknown", options->skip_unknown,
                   "leave out and count rows of unknown assets and signals");
  command.callback([options] { run_features(*options); });
}

}  // namespace

void add_features_commands(CLI::App& app) {
  CLI::App& features = *app.add_subcommand("features", "compute features outside of an agent");
  features.require_subcommand(1);
  add_run(features);
  add_explain(features);
}

}  // namespace wayside::cli
