// The hub's configuration, through the YAML reader that all configurations share: no text may crash
// it, every mistake has a place, and what is accepted is complete.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/config/node.hpp"
#include "hub/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wayside;
  config::Diagnostics diagnostics;
  const auto root = config::parse_yaml(
      {reinterpret_cast<const char*>(data), size}, "fuzz.yaml",
      [](const std::string& name) -> std::optional<std::string> {
        if (name == "SET") return "value";
        return std::nullopt;
      },
      diagnostics);
  const auto parsed = hub::parse_hub_config(root, diagnostics);
  if (!parsed && diagnostics.ok()) std::abort();
  for (const auto& error : diagnostics.errors())
    if (error.at.file.empty() || error.message.empty()) std::abort();
  return 0;
}
