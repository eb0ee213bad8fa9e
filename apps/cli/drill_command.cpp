#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "commands.hpp"
#include "infer/onnx/onnx_loader.hpp"
#include "sim/drill/load.hpp"
#include "sim/drill/run.hpp"
#include "sim/drill/verdict.hpp"

namespace wayside::cli {
namespace {

struct Options {
  std::string file;
  std::string agent;
  std::string html;
  std::uint64_t seed = 1;
  std::uint64_t runs = 1;
  bool json = false;
  bool log = false;
};

/// A drill that could not be carried out: mistakes in the script, or a file
/// that cannot be written.
constexpr int status_mistake = 2;

std::unique_ptr<drill::Drill> load(const Options& options) {
  config::Diagnostics diagnostics;
  auto drill =
      drill::load_drill(options.file, options.agent, config::process_environment(), diagnostics);
  std::fputs(diagnostics.report().c_str(), stderr);
  if (drill != nullptr) return drill;
  fmt::print(stderr, "{}: {} mistake{}\n", options.file, diagnostics.errors().size(),
             diagnostics.errors().size() == 1 ? "" : "s");
  throw CLI::RuntimeError(status_mistake);
}

void write_html(const drill::Report& report, const std::string& path) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << drill::report_html(report);
  out.close();
  if (out) return;
  fmt::print(stderr, "cannot write {}\n", path);
  throw CLI::RuntimeError(status_mistake);
}

void run(const Options& options) {
  const auto drill = load(options);
  drill::RunOptions run_options;
  run_options.loader = [] { return infer::make_onnx_loader(); };
  if (options.log)
    run_options.log = [](Duration at, std::string_view line) {
      fmt::print(stderr, "{:>12.3f} s  {}\n", at.seconds(), line);
    };
  drill::Report report = drill::begin_report(*drill);
  for (std::uint64_t i = 0; i < options.runs; ++i)
    report.add(drill::run_and_judge(*drill, options.seed + i, run_options));
  std::fputs((options.json ? drill::report_json(report) : drill::report_text(report)).c_str(),
             stdout);
  if (!options.html.empty()) write_html(report, options.html);
  if (!report.passed()) throw CLI::RuntimeError(1);
}

}  // namespace

void add_drill_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("drill",
                         "Rehearse failures: run an agent's configuration in a simulated "
                         "fleet, with faults "
                         "from a script, and say what was lost");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "The drill's script, YAML: docs/drills.md")
      ->required();
  command->add_option("--agent", options->agent, "The agent.yaml to run instead of the script's");
  command->add_option("--seed", options->seed, "What chance is drawn from; the first of the runs");
  command->add_option("--runs", options->runs, "So many runs, each with the next seed")
      ->check(CLI::Range(1u, 1'000'000u));
  command->add_flag("--json", options->json, "The verdict as JSON");
  command->add_flag("--log", options->log,
                    "Say on standard error what nodes and hub log, and when");
  command->add_option("--html", options->html, "Write a page with plots to this file");
  command->callback([options] { run(*options); });
}

}  // namespace wayside::cli
