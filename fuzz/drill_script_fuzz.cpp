// Any text as a drill's script: mistakes are reported, and what is good is planned.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/assert.hpp"
#include "node/agent_config.hpp"
#include "sim/drill/builtin_agent.hpp"
#include "sim/drill/plan.hpp"
#include "sim/drill/script.hpp"
#include "telemetry/udunits/units.hpp"

namespace {

using wayside::config::Diagnostics;

std::optional<std::string> no_environment(const std::string&) {
  return std::nullopt;
}

wayside::node::AgentConfig builtin() {
  const auto units = wayside::telemetry::Units::load();
  WAYSIDE_ASSERT(units, "UDUNITS-2 is installed");
  Diagnostics diagnostics;
  const auto root = wayside::config::parse_yaml(wayside::drill::builtin_agent, "agent",
                                                no_environment, diagnostics);
  auto config = wayside::node::parse_agent_config(root, *units, diagnostics);
  WAYSIDE_ASSERT(config, "the built-in agent is good");
  return std::move(*config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const wayside::node::AgentConfig agent = builtin();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const auto root = wayside::config::parse_yaml(text, "drill", no_environment, diagnostics);
  const auto script = wayside::drill::parse_script(root, agent, diagnostics);
  WAYSIDE_ASSERT(script || !diagnostics.ok(), "what is refused has a reason");
  if (!script) return 0;
  for (const auto& fault : wayside::drill::plan_faults(*script, 1))
    WAYSIDE_ASSERT(fault.from < script->length && (!fault.to || *fault.to >= fault.from),
                   "faults begin within the drill and do not end before");
  return 0;
}
