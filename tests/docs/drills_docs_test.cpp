// docs/drills.md and the parser of drills must know the same keys; its examples must be good.
#include <gtest/gtest.h>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "documented.hpp"
#include "node/agent_config.hpp"
#include "sim/drill/builtin_agent.hpp"
#include "sim/drill/script.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::docs {
namespace {

/// With the built-in agent, whatever the example names.
void parse_drill(const config::Node& root, config::Diagnostics& diagnostics) {
  const auto units = telemetry::Units::load();
  if (!units) throw std::runtime_error(units.error().message);
  const config::Node agent = yaml(drill::builtin_agent, diagnostics);
  const auto config = node::parse_agent_config(agent, *units, diagnostics);
  if (!config) throw std::runtime_error(diagnostics.format());
  static_cast<void>(drill::parse_script(root, *config, diagnostics));
}

/// As `parse_drill`, for an example about a locomotive.
void parse_locomotive_drill(const config::Node& root, config::Diagnostics& diagnostics) {
  const auto units = telemetry::Units::load();
  if (!units) throw std::runtime_error(units.error().message);
  const config::Node agent =
      yaml("{node: n, state: s, assets: [{name: l, kind: locomotive}], sources: [{stdin: {}}]}",
           diagnostics);
  const auto config = node::parse_agent_config(agent, *units, diagnostics);
  if (!config) throw std::runtime_error(diagnostics.format());
  static_cast<void>(drill::parse_script(root, *config, diagnostics));
}

std::string drills_part(const std::string& name) {
  return part(document("drills.md"), name);
}

TEST(DrillsDocs, TheExamplesAreGood) {
  EXPECT_EQ(mistakes(drills_part("A first drill"), parse_drill), "");
  EXPECT_EQ(mistakes(drills_part("The script"), parse_drill), "");
  EXPECT_EQ(mistakes(drills_part("Field conditions for models"), parse_locomotive_drill), "");
}

TEST(DrillsDocs, DocumentsTheKeysThatTheParserReadsAndNoOthers) {
  const std::string docs = drills_part("The script");
  EXPECT_EQ(show(documented(docs)), show(read_by(parse_drill, docs, add_stranger)));
}

TEST(DrillsDocs, NamesEveryReadyDrill) {
  const std::string docs = drills_part("Ready drills");
  const std::filesystem::path folder = std::string(WAYSIDE_SOURCE_DIR) + "/sim/drills";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string row = "| `" + entry.path().stem().string() + "` |";
    EXPECT_NE(docs.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace wayside::docs
