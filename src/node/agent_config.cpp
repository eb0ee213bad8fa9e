#include "node/agent_config.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/config/reader.hpp"
#include "base/http/server.hpp"
#include "link/topics.hpp"
#include "node/delivery_config.hpp"
#include "node/sources/binding.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::node {
namespace {

using config::Diagnostics;
using config::MapReader;
using config::Node;

bool expect_list(const Node& node, std::string_view what, std::size_t max,
                 Diagnostics& diagnostics) {
  if (node.type != Node::Type::sequence) {
    diagnostics.error(node.at,
                      fmt::format("expected {} as a list, found {}", what, node.describe()));
    return false;
  }
  if (node.items.size() <= max) return true;
  diagnostics.error(node.at, fmt::format("{} entries are too many: at most {} are allowed",
                                         node.items.size(), max));
  return false;
}

void check_name(const std::string& what, const std::string& name, const config::Location& at,
                Diagnostics& diagnostics) {
  if (!link::valid_node_name(name))
    diagnostics.error(at, fmt::format("'{}' cannot name {}: expected 1 to 64 letters, digits, _, . "
                                      "or -",
                                      name, what));
}

void parse_listen(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  config.listen = config::as_string(node, diagnostics).value_or("");
  if (const auto known = http::check_listen(config.listen); !known)
    return diagnostics.error(node.at, known.error().message);
  if (!http::is_loopback(config.listen))
    diagnostics.warn(node.at, "whoever reaches this address can read what this node measures");
}

void parse_kinds(const Node& node, const telemetry::Units& units, AgentConfig& config,
                 Diagnostics& diagnostics) {
  if (!expect_names(node, "kinds", kinds_max, diagnostics)) return;
  for (const Node::Entry& entry : node.entries) {
    check_name("a kind", entry.key, entry.key_at, diagnostics);
    telemetry::Kind kind;
    config.kinds.push_back(parse_kind(entry.key, entry.value, units, kind, diagnostics));
    config.table.kinds.push_back(std::move(kind));
  }
}

/// Index of the kind `name`, which a source may bring along.
std::optional<std::size_t> find_kind(const std::string& name, AgentConfig& config) {
  auto& kinds = config.table.kinds;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (kinds[i].name == name) return i;
  auto builtin = builtin_kind(name);
  if (!builtin) return std::nullopt;
  config.kinds.push_back(bare_kind(*builtin));
  kinds.push_back(std::move(*builtin));
  return kinds.size() - 1;
}

void parse_tags(const Node& node, std::map<std::string, std::string>& tags,
                Diagnostics& diagnostics) {
  if (!expect_names(node, "an asset's tags", tags_max, diagnostics)) return;
  for (const Node::Entry& entry : node.entries) {
    check_name("a tag", entry.key, entry.key_at, diagnostics);
    const auto value = config::as_string(entry.value, diagnostics);
    if (!value) continue;
    if (value->size() > tag_bytes_max)
      diagnostics.error(entry.value.at, fmt::format("tag '{}': {} bytes, at most {} may be",
                                                    entry.key, value->size(), tag_bytes_max));
    tags[entry.key] = *value;
  }
}

void parse_asset(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  MapReader reader(node, "an asset", diagnostics);
  AssetTable::Asset asset;
  if (const Node* name = reader.required("name")) {
    asset.name = config::as_string(*name, diagnostics).value_or("");
    check_name("an asset", asset.name, name->at, diagnostics);
    if (config.table.find(asset.name))
      diagnostics.error(name->at, fmt::format("there is an asset '{}' already", asset.name));
  }
  if (const Node* tags = reader.optional("tags")) parse_tags(*tags, asset.tags, diagnostics);
  const Node* kind = reader.required("kind");
  if (kind == nullptr) return;
  const auto kind_name = config::as_string(*kind, diagnostics);
  if (!kind_name) return;
  if (const auto found = find_kind(*kind_name, config)) {
    asset.kind = *found;
    config.table.assets.push_back(std::move(asset));
    return;
  }
  std::vector<std::string> known;
  for (const telemetry::Kind& k : config.table.kinds) known.push_back(k.name);
  const std::string near = config::nearest(*kind_name, known);
  diagnostics.error(kind->at,
                    fmt::format("unknown kind '{}'{}", *kind_name,
                                near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
}

void parse_assets(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  for (const Node& item : node.items) parse_asset(item, config, diagnostics);
  std::size_t bytes = 0;
  for (const AssetTable::Asset& asset : config.table.assets)
    for (const auto& [key, value] : asset.tags) bytes += key.size() + value.size();
  if (bytes > all_tags_bytes_max)
    diagnostics.error(node.at, fmt::format("the tags of all assets take {} bytes, at most {} may "
                                           "be",
                                           bytes, all_tags_bytes_max));
}

void parse_assets_and_sources(MapReader& reader, const telemetry::Units& units, AgentConfig& config,
                              Diagnostics& diagnostics) {
  if (const Node* assets = reader.required("assets");
      assets != nullptr && expect_list(*assets, "assets", assets_max, diagnostics))
    parse_assets(*assets, config, diagnostics);
  if (const Node* sources = reader.required("sources");
      sources != nullptr && expect_list(*sources, "sources", sources_max, diagnostics))
    for (const Node& item : sources->items)
      if (auto source = parse_source(item, config.table, units, diagnostics))
        config.sources.push_back(std::move(source));
}

}  // namespace

std::string read_path(const Node& node, Diagnostics& diagnostics) {
  const auto text = config::as_string(node, diagnostics);
  if (!text) return {};
  if (text->empty()) diagnostics.error(node.at, "expected a path, found an empty text");
  return sources::path_from(node.at, *text);
}

std::optional<AgentConfig> parse_agent_schema(const Node& root, const telemetry::Units& units,
                                              Diagnostics& diagnostics) {
  AgentConfig config;
  const std::size_t errors_before = diagnostics.errors().size();
  if (root.type != Node::Type::map)
    diagnostics.error(root.at,
                      fmt::format("expected an agent's configuration, found {}", root.describe()));
  if (const Node* kinds = root.find("kinds")) parse_kinds(*kinds, units, config, diagnostics);
  const Node* assets = root.find("assets");
  if (assets == nullptr)
    diagnostics.error(root.at, "the agent's configuration needs 'assets'");
  else if (expect_list(*assets, "assets", assets_max, diagnostics))
    parse_assets(*assets, config, diagnostics);
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return config;
}

std::optional<AgentConfig> parse_agent_config(const Node& root, const telemetry::Units& units,
                                              Diagnostics& diagnostics) {
  AgentConfig config;
  const std::size_t errors_before = diagnostics.errors().size();
  {
    MapReader reader(root, "the agent's configuration", diagnostics);
    if (const Node* node = reader.required("node")) {
      config.node = config::as_string(*node, diagnostics).value_or("");
      check_name("a node", config.node, node->at, diagnostics);
    }
    config.site = reader.string("site");
    if (const Node* state = reader.required("state")) config.state = read_path(*state, diagnostics);
    if (const Node* listen = reader.optional("listen")) parse_listen(*listen, config, diagnostics);
    if (const Node* kinds = reader.optional("kinds"))
      parse_kinds(*kinds, units, config, diagnostics);
    parse_assets_and_sources(reader, units, config, diagnostics);
    parse_delivery(reader, config, diagnostics);
  }
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return config;
}

}  // namespace wayside::node
