#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "commands.hpp"

int main(int argc, char** argv) {
  CLI::App app("Wayside: asks a hub, checks configurations, fits models");
  app.set_version_flag("--version", std::string("wayside ") + wayside::version);
  app.require_subcommand(1);
  // An operator asks the same hub all day: `[query]`, `[ledger]`, … with `hub = "http://…"`.
  app.set_config("--config", "", "Defaults for options, TOML with a section for each command");
  app.failure_message(CLI::FailureMessage::simple);
  wayside::cli::add_check_command(app);
  wayside::cli::add_hub_commands(app);
  wayside::cli::add_ledger_command(app);
  wayside::cli::add_question_commands(app);
  wayside::cli::add_features_commands(app);
  wayside::cli::add_model_commands(app);
  wayside::cli::add_keeping_commands(app);
  wayside::cli::add_drill_command(app);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
