#pragma once

namespace CLI {
class App;
}

/// Each file of this folder adds the subcommands of one subject. A command's callback throws
/// CLI::RuntimeError(status) to end with a status other than 0, after saying why on standard error.
namespace wayside::cli {

void add_check_command(CLI::App& app);   ///< wayside check FILE
void add_hub_commands(CLI::App& app);    ///< wayside query | status | top
void add_ledger_command(CLI::App& app);  ///< wayside ledger
/// wayside last | stats | similar | anomalies
void add_question_commands(CLI::App& app);
void add_drill_command(CLI::App& app);      ///< wayside drill FILE
void add_keeping_commands(CLI::App& app);   ///< wayside export | delete | usage
void add_model_commands(CLI::App& app);     ///< wayside model fit | show
void add_features_commands(CLI::App& app);  ///< wayside features run | explain | …

}  // namespace wayside::cli
