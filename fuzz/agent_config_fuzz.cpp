// The agent's configuration: no text may crash the reader, and what it accepts must be usable.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/config/node.hpp"
#include "node/agent_config.hpp"
#include "telemetry/udunits/units.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wayside;
  static const auto units = telemetry::Units::load();
  if (!units) std::abort();
  config::Diagnostics diagnostics;
  const auto root = config::parse_yaml(
      {reinterpret_cast<const char*>(data), size}, "fuzz.yaml",
      [](const std::string&) { return std::nullopt; }, diagnostics);
  const auto parsed = node::parse_agent_config(root, *units, diagnostics);
  if (!parsed) return 0;
  // Every asset's kind and every rule's slots exist.
  for (const auto& asset : parsed->table.assets)
    if (asset.kind >= parsed->kinds.size()) std::abort();
  for (const auto& kind : parsed->kinds)
    for (const auto& rule : kind.rules)
      for (const std::size_t slot : rule.slots)
        if (slot >= kind.slot_names.size()) std::abort();
  return 0;
}
