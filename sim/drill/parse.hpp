#pragma once

#include "node/agent_config.hpp"
#include "sim/drill/script.hpp"

namespace wayside::drill {

/// What the parts of a script are read with.
struct ParseContext {
  const node::AgentConfig& agent;
  config::Diagnostics& diagnostics;
};

/// An entry of `timeline:`; nullopt after a mistake.
std::optional<TimelineEntry> parse_entry(const config::Node& node, std::size_t nodes,
                                         const ParseContext& context);
Signals parse_signals(const config::Node& node, const ParseContext& context);
Expectations parse_expectations(const config::Node& node, config::Diagnostics& diagnostics);

/// Reports a name that no kind of the agent has as a signal.
void check_signal(const std::string& name, const config::Location& at, const ParseContext& context);

}  // namespace wayside::drill
