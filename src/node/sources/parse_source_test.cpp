#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

#include "node/sources/intake.hpp"
#include "node/sources/source_fixture.hpp"
#include "plants/plant.hpp"

namespace wayside::node::sources {
namespace {

using ::testing::HasSubstr;
using ParseSourceTest = SourceTest;

TEST_F(ParseSourceTest, NamesTheNearestSource) {
  EXPECT_THAT(mistakes("hots: {asset: this-computer}"),
              HasSubstr("agent.yaml:1:1: error: unknown source 'hots' (did you mean host?); known: "
                        "csv, host, mqtt, sim, stdin"));
  EXPECT_THAT(mistakes("[]"), HasSubstr("expected a source as a map with one key"));
  EXPECT_THAT(mistakes("{csv: {}, host: {}}"),
              HasSubstr("expected a source as a map with one key"));
  EXPECT_THAT(mistakes("host: 5"), HasSubstr("expected a host source as a map"));
}

/// The texts between ```yaml and ``` in docs/sources.md.
std::vector<std::string> documented_examples() {
  std::ifstream in(WAYSIDE_SOURCE_DIR "/docs/sources.md");
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (!inside && line == "```yaml") {
      inside = true;
      examples.emplace_back();
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      examples.back() += line + "\n";
    }
  }
  return examples;
}

TEST_F(ParseSourceTest, TheExamplesOfTheDocumentationAreGood) {
  telemetry::Kind turbofan{"turbofan", {}};
  for (const auto& [name, unit] : {std::pair{"t24", "degR"}, {"p30", "psia"}}) {
    turbofan.signals.emplace_back();
    turbofan.signals.back().name = name;
    turbofan.signals.back().unit = unit;
  }
  assets_.kinds.push_back(*builtin_kind("locomotive"));
  assets_.kinds.push_back(turbofan);
  assets_.assets.push_back({"loco-4501", 2});
  assets_.assets.push_back({"engine-101", 3});
  std::set<std::string> types;
  for (const std::string& example : documented_examples()) {
    config::Diagnostics diagnostics;
    const config::Node list = config::parse_yaml(
        example, "sources.md", [](const std::string&) { return std::nullopt; }, diagnostics);
    ASSERT_FALSE(list.items.empty()) << example;
    for (const config::Node& item : list.items) {
      EXPECT_NE(parse_source(item, assets_, units_, diagnostics), nullptr) << example;
      types.insert(item.entries.front().key);
    }
    EXPECT_EQ(diagnostics.format(), "");
  }
  EXPECT_EQ(types, (std::set<std::string>{"csv", "host", "mqtt", "sim", "stdin"}));
}

TEST_F(ParseSourceTest, TheDocumentationNamesEveryReason) {
  std::ifstream in(WAYSIDE_SOURCE_DIR "/docs/sources.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t i = 0; i < reject_count; ++i) {
    const std::string reason(to_string(static_cast<Reject>(i)));
    EXPECT_NE(text.find("`" + reason + "`"), std::string::npos) << reason;
  }
}

TEST_F(ParseSourceTest, BuiltInKindsHaveUnitsThatExist) {
  std::vector<std::string> names{"computer"};
  for (const auto& plant : plants::plant_types()) names.push_back(plant.name);
  for (const std::string& name : names) {
    const auto kind = builtin_kind(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(kind->name, name);
    for (const auto& signal : kind->signals) {
      EXPECT_TRUE(units_.check(signal.unit)) << signal.name << " " << signal.unit;
      EXPECT_LT(signal.min, signal.max) << signal.name;
    }
  }
  EXPECT_FALSE(builtin_kind("toaster"));
}

}  // namespace
}  // namespace wayside::node::sources
