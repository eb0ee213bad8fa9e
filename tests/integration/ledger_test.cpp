// The account that an operator reads: `wayside ledger`, against a hub and against an agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "base/http/client.hpp"
#include "rig.hpp"

namespace wayside::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Ledger, ANodeInstalledAnewIsSeen) {
  Rig rig;
  const auto streams = [&] { return rig.fleet.number("select count(*) from ledger"); };
  ASSERT_TRUE(eventually([&] { return streams() == 3; }));
  rig.lose_agent();
  rig.start_agent();
  ASSERT_TRUE(eventually([&] { return streams() == 6; }))
      << rig.fleet.get("/api/v1/ledger").dump(1);
  const Outcome ledger = rig.fleet.ask({"ledger", "--node", Rig::node});
  EXPECT_EQ(ledger.status, 0) << ledger.output;
  EXPECT_THAT(ledger.output, AllOf(HasSubstr("(ended)"), HasSubstr("balanced")));
  const auto json =
      nlohmann::json::parse(rig.fleet.ask({"ledger", "--json", "--node", Rig::node}).output);
  EXPECT_EQ(json.at("balanced"), true);
  std::map<bool, int> lines;
  for (const auto& line : json.at("lines")) {
    ++lines[line.at("ended").get<bool>()];
    // What the hub knew of and never got is dropped, not queued for ever.
    if (line.at("ended").get<bool>()) {
      EXPECT_EQ(line.at("queued"), 0) << line;
    }
  }
  EXPECT_EQ(lines[true], 3);
  EXPECT_EQ(lines[false], 3);
  EXPECT_EQ(rig.fleet.ask({"ledger", "--node", "nobody"}).status, 1);
}

TEST(Ledger, AnAgentShowsItsOwnSide) {
  Rig rig;
  ASSERT_TRUE(eventually([&] { return rig.fleet.number("select count(*) from samples") > 1'000; }));
  const Outcome here = run({program("wayside"), "ledger", "--hub", rig.agent_url()});
  EXPECT_EQ(here.status, 0) << here.output;
  EXPECT_THAT(here.output, AllOf(HasSubstr("critical"), HasSubstr("bulk"), HasSubstr("balanced")));
  rig.expect_whole();
}

}  // namespace
}  // namespace wayside::test
