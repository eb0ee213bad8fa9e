// docs/config.md and the programs must know the same keys.
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

#include "documented.hpp"
#include "hub/config.hpp"
#include "node/agent_config.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::docs {
namespace {

std::string config_part(const std::string& name) {
  return part(document("config.md"), name);
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
  add_stranger_here(root);
}

void parse_agent(const config::Node& root, config::Diagnostics& diagnostics) {
  const auto units = telemetry::Units::load();
  if (!units) throw std::runtime_error(units.error().message);
  static_cast<void>(node::parse_agent_config(root, *units, diagnostics));
}

void parse_hub(const config::Node& root, config::Diagnostics& diagnostics) {
  static_cast<void>(hub::parse_hub_config(root, diagnostics));
}

TEST(ConfigDocs, TheAgentsExampleIsGood) {
  EXPECT_EQ(mistakes(config_part("agent.yaml"), parse_agent), "");
}

TEST(ConfigDocs, TheHubsExampleIsGood) {
  EXPECT_EQ(mistakes(config_part("hub.yaml"), parse_hub), "");
}

TEST(ConfigDocs, DocumentsTheKeysThatTheAgentReadsAndNoOthers) {
  Tables documented_keys = documented(config_part("agent.yaml"));
  documented_keys.merge(documented(config_part("sources")));
  EXPECT_EQ(show(documented_keys),
            show(read_by(parse_agent, config_part("agent.yaml"), add_strangers)));
}

TEST(ConfigDocs, DocumentsTheKeysThatTheHubReadsAndNoOthers) {
  const std::string docs = config_part("hub.yaml");
  EXPECT_EQ(show(documented(docs)), show(read_by(parse_hub, docs, add_strangers)));
}

}  // namespace
}  // namespace wayside::docs
