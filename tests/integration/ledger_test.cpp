// The account that an operator reads: `wayside ledger`, against a hub and against an agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http/client.hpp"
#include "rig.hpp"

namespace wayside::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The hub hears how much there is and is then away, while the node goes on and loses its disk.
TEST(Ledger, ANodeInstalledAnewIsSeenAndWhatItLostIsNamed) {
  Rig::Options options;
  options.proxied = true;
  Rig rig(options);
  ASSERT_TRUE(eventually([&] { return rig.fleet.number("select count(*) from samples") > 1'000; }));
  // Frames wait at a slow hub, so that the node has said of more than the hub has when it dies.
  TcpProxy::Way slow;
  slow.bytes_per_s = 2'000;
  rig.fleet.agent_way->set(slow);
  ASSERT_TRUE(eventually(
      [&] {
        const auto lines = rig.hub_ledger();
        return lines.contains("diagnostic") && lines.at("diagnostic").queued > 0;
      },
      std::chrono::seconds(60)))
      << rig.fleet.get("/api/v1/ledger").dump(1);
  rig.lose_agent();
  rig.fleet.agent_way->set({});
  rig.start_agent();
  // The rest of what lay in the broker comes first; then the old epoch has ended.
  ASSERT_TRUE(eventually([&] {
    return rig.fleet.ask({"ledger"}).output.find("(ended)") != std::string::npos;
  })) << rig.fleet.get("/api/v1/ledger").dump(1);
  ASSERT_TRUE(eventually([&] { return rig.fleet.get("/api/v1/gaps").at("gaps").size() > 0; }))
      << rig.fleet.get("/api/v1/ledger").dump(1);
  const Outcome ledger = rig.fleet.ask({"ledger", "--node", Rig::node});
  EXPECT_EQ(ledger.status, 0) << ledger.output;
  EXPECT_THAT(ledger.output, AllOf(HasSubstr("epoch_ended"), HasSubstr("Gaps:"),
                                   HasSubstr("balanced"), HasSubstr("unknown")));
  const auto json =
      nlohmann::json::parse(rig.fleet.ask({"ledger", "--json", "--node", Rig::node}).output);
  EXPECT_EQ(json.at("balanced"), true);
  EXPECT_EQ(json.at("gaps").at(0).at("reason"), "epoch_ended");
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
