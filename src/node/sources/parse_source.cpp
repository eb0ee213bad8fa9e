#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "node/sources/parsers.hpp"
#include "plants/plant.hpp"

namespace wayside::node {
namespace {

using Parser = std::unique_ptr<SourceSpec> (*)(const config::Node&, const sources::ParseContext&);
struct Type {
  const char* name;
  Parser parse;
};
constexpr std::array types{Type{"csv", sources::parse_csv}, Type{"host", sources::parse_host},
                           Type{"mqtt", sources::parse_mqtt}, Type{"sim", sources::parse_sim},
                           Type{"stdin", sources::parse_stdin}};

}  // namespace

std::unique_ptr<SourceSpec> parse_source(const config::Node& item, const AssetTable& assets,
                                         const telemetry::Units& units,
                                         config::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Type& type : types) names.emplace_back(type.name);
  if (item.type != config::Node::Type::map || item.entries.size() != 1) {
    diagnostics.error(item.at,
                      fmt::format("expected a source as a map with one key of {}, found {}",
                                  fmt::join(names, ", "), item.describe()));
    return nullptr;
  }
  const config::Node::Entry& entry = item.entries.front();
  const auto type =
      std::find_if(types.begin(), types.end(), [&](const Type& t) { return entry.key == t.name; });
  if (type == types.end()) {
    diagnostics.error(entry.key_at,
                      fmt::format("unknown source '{}'{}; known: {}", entry.key,
                                  sources::did_you_mean(entry.key, names), fmt::join(names, ", ")));
    return nullptr;
  }
  return type->parse(entry.value, {assets, units, diagnostics});
}

std::optional<telemetry::Kind> builtin_kind(std::string_view name) {
  if (name == "computer") return sources::computer_kind();
  if (const plants::PlantType* plant = plants::find_plant_type(name)) return plant->kind;
  return std::nullopt;
}

}  // namespace wayside::node
