#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <memory>

#include "base/os/system_clock.hpp"
#include "commands.hpp"
#include "table/duckdb/table_file.hpp"
#include "train/describe.hpp"
#include "train/fit_job.hpp"
#include "train/moment.hpp"

namespace wayside::cli {
namespace {

/// Prints a report, or the reason there is none and ends with status 1.
void finish(const Result<std::string>& report) {
  if (report) {
    fmt::print("{}", *report);
    return;
  }
  fmt::print(stderr, "wayside: {}\n", report.error().message);
  throw CLI::RuntimeError(1);
}

struct FitArguments {
  train::FitJob job;
  std::string from;
  std::string to = "now";
  std::string table;
};

Result<std::string> fit(FitArguments arguments) {
  if (!arguments.table.empty()) {
    const auto reader = table::open_table_file(arguments.table);
    if (!reader) return tl::make_unexpected(reader.error());
    return train::fit_pca_from_table(arguments.job, **reader);
  }
  if (arguments.job.data.kind.empty() || arguments.from.empty())
    return fail(Errc::invalid, "say --table FILE, or --kind and --from of a hub's data");
  const Time now = os::SystemClock().now();
  const Result<Time> from = train::parse_moment(arguments.from, now);
  if (!from) return fail_in("--from", from.error());
  const Result<Time> to = train::parse_moment(arguments.to, now);
  if (!to) return fail_in("--to", to.error());
  arguments.job.data.from = *from;
  arguments.job.data.to = *to;
  return train::fit_pca_from_hub(arguments.job);
}

void add_fit_pca(CLI::App& fit_command) {
  auto arguments = std::make_shared<FitArguments>();
  CLI::App& pca = *fit_command.add_subcommand(
      "pca", "principal components with T2 and Q limits from a healthy period");
  train::FitJob& job = arguments->job;
  CLI::Option* table = pca.add_option("--table", arguments->table,
                                      "learn from this table of `wayside features export` instead "
                                      "of a hub's data");
  pca.add_option("--kind", job.data.kind, "kind of the assets to learn from");
  pca.add_option("--hub", job.data.hub, "the hub's address")
      ->excludes(table)
      ->default_str("http://127.0.0.1:8080")
      ->default_val("http://127.0.0.1:8080");
  pca.add_option("--from", arguments->from,
                 "start of the healthy period: RFC 3339, epoch, or before now (-5min)")
      ->excludes(table);
  pca.add_option("--to", arguments->to, "its end, likewise (default now)")->excludes(table);
  pca.add_option("--out", job.out, "model file to write")->required();
  pca.add_option("--name", job.name, "name of the model (default: the file's)");
  pca.add_option("--features", job.data.features, "inputs (default: all the assets share)")
      ->delimiter(',');
  pca.add_option("--assets", job.data.assets, "assets to learn from (default: all of the kind)")
      ->delimiter(',');
  CLI::Option* components =
      pca.add_option("--components", job.options.components, "number of components to keep");
  pca.add_option("--variance", job.options.variance, "share of the variance to explain")
      ->excludes(components)
      ->capture_default_str();
  pca.add_option("--false-alarm-rate", job.options.false_alarm_rate,
                 "share of healthy rows that may score above 0.95")
      ->capture_default_str();
  pca.callback([arguments] { finish(fit(*arguments)); });
}

void add_show(CLI::App& model) {
  auto path = std::make_shared<std::string>();
  CLI::App& show = *model.add_subcommand("show", "describe a model file");
  show.add_option("FILE", *path, "ONNX model file")->required();
  show.callback([path] { finish(train::describe_model(*path)); });
}

}  // namespace

void add_model_commands(CLI::App& app) {
  CLI::App& model = *app.add_subcommand("model", "fit and describe models");
  model.require_subcommand(1);
  CLI::App& fit_command = *model.add_subcommand("fit", "learn a model from a hub's data");
  fit_command.require_subcommand(1);
  add_fit_pca(fit_command);
  add_show(model);
}

}  // namespace wayside::cli
