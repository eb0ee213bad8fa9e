#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "node/agent_config.hpp"
#include "sim/drill/script.hpp"
#include "telemetry/sample.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::drill {

/// Of a CSV file that signals are read from.
inline constexpr std::size_t recorded_samples_max = 20'000'000;

/// A script with the agent that it is about, ready to run.
struct Drill {
  std::string file;
  std::string agent_file;    ///< empty: the built-in agent
  bool agent_given = false;  ///< instead of the script's own
  config::Node root;         ///< `script` points into it
  config::Node agent_root;
  telemetry::Units units;
  Script script;
  /// From the script's CSV file; `time` counts from the first sample.
  std::vector<telemetry::Sample> recorded;

  /// The configuration of node `index`, from 0. With more than one node, the names of node and
  /// assets end in its number.
  [[nodiscard]] node::AgentConfig agent(std::size_t index) const;
};

/// `agent_file` takes the place of the script's `agent`, where given. Null after a mistake.
[[nodiscard]] std::unique_ptr<Drill> load_drill(const std::string& file,
                                                const std::string& agent_file,
                                                const config::Environment& environment,
                                                config::Diagnostics& diagnostics);

/// The same from a text, which relative paths are relative to `file` in.
[[nodiscard]] std::unique_ptr<Drill> read_drill(std::string_view text, const std::string& file,
                                                const std::string& agent_file,
                                                const config::Environment& environment,
                                                config::Diagnostics& diagnostics);

}  // namespace wayside::drill
