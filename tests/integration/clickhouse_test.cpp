// From an agent to ClickHouse and back: nothing is lost and nothing doubled, whoever is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet.hpp"
#include "support/clickhouse_server.hpp"

namespace wayside::test {
namespace {

std::string replay(int minutes, const std::string& pace) {
  return R"(node: loco
hub: {broker: "@BROKER@"}
state: "@STATE@"
assets: [{name: loco, kind: locomotive}]
sources:
  - {sim: {plant: locomotive, asset: loco, seed: 3, every: 100ms, pace: )" +
         pace + ", start: 2026-03-01T00:00:00Z, for: " + std::to_string(minutes) + R"(min}}
tiers: {diagnostic: {send: every 100ms}, bulk: {send: every 100ms}}
)";
}

constexpr double scalar_signals = 15;

double stored(const Fleet& fleet) {
  return fleet.number("select count() from samples where node = 'loco' and signal <> 'axle_vib'");
}

double repeated(const Fleet& fleet) {
  return fleet.number(
      "select count() from (select node, asset, signal, time from samples group by node, asset, "
      "signal, time having count() > 1)");
}

std::string store_at(const ClickhouseServer& server) {
  return "clickhouse: \"" + server.url() + "\", database: fleet";
}

TEST(Clickhouse, SurvivesTheDeathOfHubAndServer) {
  if (!ClickhouseServer::installed()) GTEST_SKIP() << "clickhouse-server is not installed";
  ClickhouseServer server;
  Fleet fleet(store_at(server));
  fleet.start_broker();
  fleet.start_hub();
  Process agent = fleet.start_agent("loco", replay(20, "60x"), {"--until-eof"});
  for (int round = 1; round <= 3; ++round) {
    const double before = stored(fleet);
    ASSERT_TRUE(eventually([&] { return stored(fleet) > before + 2'000; }))
        << agent.output() << fleet.log("hub");
    if (round == 2) {
      server.kill();
      ASSERT_TRUE(eventually([&] {
        return fleet.log("hub").find("takes nothing") != std::string::npos;
      })) << fleet.log("hub");
      server.start();
    } else {
      fleet.hub->kill();
      fleet.start_hub();
    }
  }
  const auto status = agent.wait(std::chrono::seconds(90));
  ASSERT_EQ(status, 0) << agent.output() << fleet.log("hub");
  EXPECT_TRUE(fleet.settled("loco")) << fleet.get("/api/v1/ledger").dump(1);
  EXPECT_EQ(stored(fleet), 20 * 60 * 10 * scalar_signals);
  EXPECT_EQ(repeated(fleet), 0);
  const Outcome ledger = fleet.ask({"ledger"});
  EXPECT_EQ(ledger.status, 0) << ledger.output;
  const auto series = fleet.get("/api/v1/series?asset=loco&names=coolant_temp&points=100");
  EXPECT_EQ(series.at("series").at(0).at("name"), "coolant_temp");
  EXPECT_EQ(fleet.hub->terminate(), 0) << fleet.log("hub");
}

TEST(Clickhouse, AHubThatStartsBeforeItsServerWaits) {
  if (!ClickhouseServer::installed()) GTEST_SKIP() << "clickhouse-server is not installed";
  ClickhouseServer server;
  server.kill();
  Fleet fleet(store_at(server));
  fleet.start_broker();
  fleet.start_hub();
  Process agent = fleet.start_agent("loco", replay(2, "max"), {"--until-eof"});
  EXPECT_TRUE(fleet.get("/readyz").is_null());
  EXPECT_FALSE(agent.wait(std::chrono::seconds(2))) << agent.output();
  server.start();
  ASSERT_EQ(agent.wait(std::chrono::seconds(60)), 0) << agent.output() << fleet.log("hub");
  EXPECT_EQ(stored(fleet), 2 * 60 * 10 * scalar_signals);
}

}  // namespace
}  // namespace wayside::test
