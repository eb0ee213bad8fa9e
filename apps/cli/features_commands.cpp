#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "features_config.hpp"
#include "features_run.hpp"
#include "features_store.hpp"

namespace wayside::cli {
namespace {

void explain(const std::string& path, const std::string& kind) {
  const FeaturesConfig config = load_features_config(path);
  check_kind(config, kind);
  const train::ReplaySchema& schema = config.schema;
  for (std::size_t k = 0; k < schema.kinds.size(); ++k) {
    const auto& [one, plan] = schema.kinds[k];
    if (!plan || (!kind.empty() && kind != one.name)) continue;
    const auto assets = std::count_if(schema.assets.begin(), schema.assets.end(),
                                      [&](const auto& asset) { return asset.kind == k; });
    fmt::print("kind {}\n{}", one.name, plan->explain(static_cast<std::size_t>(assets)));
  }
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
  CLI::Option* input =
      command.add_option("--input", options->input,
                         "samples.csv: asset,signal,time,value in arrival order; - reads the "
                         "standard input");
  CLI::Option* hub =
      command.add_option("--hub", options->period.hub, "take the samples from this hub")
          ->excludes(input);
  options->period.add_to(command);
  for (const char* name : {"--from", "--to", "--asset"}) command.get_option(name)->needs(hub);
  command.add_option("--output", options->output, "features.csv; - is the standard output")
      ->capture_default_str();
  command.add_option("--kind", options->period.kind, "assets of this kind alone");
  command.add_flag("--skip-unknown", options->skip_unknown,
                   "leave out and count rows of unknown assets and signals");
  command.callback([options, hub] {
    if (options->input.empty() && hub->count() == 0) give_up("say --input FILE or --hub URL");
    if (hub->count() > 0 && options->period.from.empty()) give_up("--hub needs --from");
    run_features(*options);
  });
}

/// `--hub` and `--kind` of the commands that always ask one.
void add_hub(CLI::App& command, HubPeriod& period) {
  command.add_option("--hub", period.hub, "address of the hub")->capture_default_str();
  command.add_option("--kind", period.kind, "kind of the assets")->required();
  period.add_to(command);
}

void add_backfill(CLI::App& features) {
  CLI::App& command = *features.add_subcommand(
      "backfill", "compute a period's features from a hub's samples and store them there");
  const auto options = std::make_shared<FeaturesBackfillOptions>();
  command.add_option("CONFIG", options->config, "agent.yaml")->required();
  add_hub(command, options->period);
  command.get_option("--from")->required();
  command.add_option("--feature", options->features, "these alone (default: all of the kind)")
      ->delimiter(',');
  command.callback([options] { backfill_features(*options); });
}

void add_export(CLI::App& features) {
  CLI::App& command = *features.add_subcommand(
      "export", "a training table: at each label, or tick, what was known then");
  const auto options = std::make_shared<FeaturesExportOptions>();
  command.add_option("CONFIG", options->config, "agent.yaml")->required();
  add_hub(command, options->period);
  CLI::Option* labels = command.add_option("--labels", options->labels,
                                           "labels.csv: asset,time and the labels; a row for each");
  command.add_flag("--every-tick", options->every_tick, "a row for each tick")->excludes(labels);
  command.add_option("-o,--output", options->output, "FILE.parquet or FILE.csv")->required();
  command.callback([options] {
    if (options->labels.empty() && !options->every_tick)
      give_up("say --labels FILE or --every-tick");
    if (options->labels.empty() && options->period.from.empty())
      give_up("--every-tick needs --from");
    export_features(*options);
  });
}

}  // namespace

void add_features_commands(CLI::App& app) {
  CLI::App& features = *app.add_subcommand("features", "compute features outside of an agent");
  features.require_subcommand(1);
  add_run(features);
  add_backfill(features);
  add_export(features);
  add_explain(features);
}

}  // namespace wayside::cli
