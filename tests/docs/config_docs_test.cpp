// docs/config.md and the programs must know the same keys. A key that no map has is put into every
// map of the documented example: the parser's complaint then lists the keys that the map does have.
#include <gtest/gtest.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "hub/config.hpp"
#include "node/agent_config.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside {
namespace {

using Keys = std::set<std::string>;
/// What a map is called and its keys; csv's "an asset" and the node's are two.
using Tables = std::set<std::pair<std::string, Keys>>;

constexpr const char* stranger = "qqqqqqqqqqqq";

/// The part of docs/config.md from the heading "## NAME" to the next of its level.
std::string part(const std::string& name) {
  std::ifstream in(std::string(WAYSIDE_SOURCE_DIR) + "/docs/config.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = text.find("\n## " + name + "\n");
  if (begin == std::string::npos) throw std::runtime_error("docs/config.md has no part " + name);
  return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

std::string example(const std::string& docs) {
  const std::string fence = "```yaml\n";
  const std::size_t begin = docs.find(fence) + fence.size();
  return docs.substr(begin, docs.find("```", begin) - begin);
}

/// Headings end in the map's name in brackets; rows of their tables begin with the key.
Tables documented(const std::string& docs) {
  Tables out;
  std::istringstream lines(docs);
  std::string what;
  Keys keys;
  const auto close = [&] {
    if (!what.empty()) out.emplace(what, keys);
    keys.clear();
  };
  const std::regex heading(R"(^### \S+(?: [a-z]+)? \((.*)\)$)");
  const std::regex row(R"(^\| `([a-z_]+)` \|.*)");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) close();
    if (line.starts_with("#"))
      what = std::regex_match(line, match, heading) ? match[1].str() : std::string();
    else if (std::regex_match(line, match, row))
      keys.insert(match[1]);
  }
  close();
  return out;
}

void add_stranger(config::Node& node) {
  for (config::Node& item : node.items) add_stranger(item);
  for (config::Node::Entry& entry : node.entries) add_stranger(entry.value);
  if (node.type != config::Node::Type::map) return;
  config::Node value;
  value.type = config::Node::Type::scalar;
  value.scalar = "1";
  node.entries.push_back({stranger, node.at, value});
}

/// The list items of `sources:` hold one key each; what is below it is the source's own map.
void add_strangers(config::Node& root) {
  for (config::Node::Entry& entry : root.entries) {
    if (entry.key == "sources") {
      for (config::Node& item : entry.value.items) add_stranger(item.entries.front().value);
    } else {
      add_stranger(entry.value);
    }
  }
  root.entries.push_back({stranger, root.at, {}});
}

using Parse = std::function<void(const config::Node&, config::Diagnostics&)>;

void parse_agent(const config::Node& root, config::Diagnostics& diagnostics) {
  const auto units = telemetry::Units::load();
  if (!units) throw std::runtime_error(units.error().message);
  static_cast<void>(node::parse_agent_config(root, *units, diagnostics));
}

void parse_hub(const config::Node& root, config::Diagnostics& diagnostics) {
  static_cast<void>(hub::parse_hub_config(root, diagnostics));
}

config::Node yaml(const std::string& text, config::Diagnostics& diagnostics) {
  return config::parse_yaml(
      text, "config.md", [](const std::string&) { return std::nullopt; }, diagnostics);
}

/// The mistakes that `parse` finds in the documented example.
std::string mistakes(const std::string& docs, const Parse& parse) {
  config::Diagnostics diagnostics;
  parse(yaml(example(docs), diagnostics), diagnostics);
  return diagnostics.format();
}

Tables read_by(const Parse& parse, const std::string& docs) {
  config::Diagnostics diagnostics;
  config::Node root = yaml(example(docs), diagnostics);
  add_strangers(root);
  parse(root, diagnostics);
  Tables out;
  const std::regex complaint("^(.*) has no '" + std::string(stranger) + R"(' \(known: (.*)\)$)");
  std::smatch match;
  for (const auto& error : diagnostics.errors()) {
    if (!std::regex_match(error.message, match, complaint)) continue;
    Keys keys;
    std::istringstream list(match[2].str());
    for (std::string key; list >> key;) keys.insert(key.substr(0, key.find(',')));
    out.emplace(match[1], std::move(keys));
  }
  return out;
}

std::string show(const Tables& tables) {
  std::string out;
  for (const auto& [what, keys] : tables) {
    out += what + ":";
    for (const std::string& key : keys) out += " " + key;
    out += "\n";
  }
  return out;
}

TEST(ConfigDocs, TheAgentsExampleIsGood) {
  EXPECT_EQ(mistakes(part("agent.yaml"), parse_agent), "");
}

TEST(ConfigDocs, TheHubsExampleIsGood) {
  EXPECT_EQ(mistakes(part("hub.yaml"), parse_hub), "");
}

TEST(ConfigDocs, DocumentsTheKeysThatTheAgentReadsAndNoOthers) {
  Tables documented_keys = documented(part("agent.yaml"));
  documented_keys.merge(documented(part("sources")));
  EXPECT_EQ(show(documented_keys), show(read_by(parse_agent, part("agent.yaml"))));
}

TEST(ConfigDocs, DocumentsTheKeysThatTheHubReadsAndNoOthers) {
  const std::string docs = part("hub.yaml");
  EXPECT_EQ(show(documented(docs)), show(read_by(parse_hub, docs)));
}

}  // namespace
}  // namespace wayside
