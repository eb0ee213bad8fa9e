// Nothing that was accepted is lost, and nothing is stored twice, whoever is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <csignal>

#include "fleet.hpp"

namespace wayside::test {
namespace {

using ::testing::HasSubstr;

/// A locomotive without its waveform, 15 signals, replayed as fast as it goes: `minutes` of 10 Hz.
std::string replay(const std::string& node, int minutes, const std::string& pace) {
  return "node: " + node + "\nhub: {broker: \"@BROKER@\"}\nstate: \"@STATE@\"\n" + R"(
assets: [{name: )" +
         node + R"(, kind: locomotive}]
sources:
  - {sim: {plant: locomotive, asset: )" +
         node + ", seed: 3, every: 100ms, pace: " + pace +
         ", start: 2026-03-01T00:00:00Z, for: " + std::to_string(minutes) + R"(min}}
tiers:
  diagnostic: {send: every 100ms}
  bulk: {send: every 100ms}
)";
}

constexpr double scalar_signals = 15;

double stored(const Fleet& fleet, const std::string& node) {
  return fleet.number("select count(*) from samples where node = '" + node +
                      "' and signal <> 'axle_vib'");
}

double repeated(const Fleet& fleet) {
  return fleet.number(
      "select count(*) from (select 1 from samples group by node, asset, signal, time having "
      "count(*) > 1)");
}

TEST(Delivery, AReplayEndsWithEverySampleStoredOnce) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  Process agent = fleet.start_agent("loco", replay("loco", 5, "max"), {"--until-eof"});
  const auto status = agent.wait(std::chrono::seconds(60));
  ASSERT_EQ(status, 0) << agent.output();
  EXPECT_TRUE(fleet.settled("loco")) << fleet.get("/api/v1/ledger").dump(1);
  EXPECT_EQ(stored(fleet, "loco"), 5 * 60 * 10 * scalar_signals);
  EXPECT_EQ(repeated(fleet), 0);
  const Outcome ledger = fleet.ask({"ledger"});
  EXPECT_EQ(ledger.status, 0) << ledger.output;
  EXPECT_THAT(ledger.output, HasSubstr("diagnostic"));
  const std::string sql = "select asset, count(*) as n from samples group by asset";
  EXPECT_THAT(fleet.ask({"query", sql}).output, HasSubstr("asset"));
  EXPECT_THAT(fleet.ask({"query", sql, "--format", "csv"}).output, HasSubstr("asset,n"));
  const auto rows = nlohmann::json::parse(fleet.ask({"query", sql, "--format", "json"}).output);
  EXPECT_FALSE(rows.empty());
  EXPECT_EQ(fleet.hub->terminate(), 0) << fleet.hub->output();
}

TEST(Delivery, SurvivesTheDeathOfHubAndBroker) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  Process agent = fleet.start_agent("loco", replay("loco", 20, "60x"), {"--until-eof"});
  for (int round = 1; round <= 3; ++round) {
    const double before = stored(fleet, "loco");
    ASSERT_TRUE(eventually([&] { return stored(fleet, "loco") > before + 2'000; }))
        << agent.output() << fleet.log("hub");
    if (round == 2) {
      fleet.broker->kill();
      fleet.start_broker();
    } else {
      fleet.hub->kill();
      fleet.start_hub();
    }
  }
  const auto status = agent.wait(std::chrono::seconds(90));
  ASSERT_EQ(status, 0) << agent.output() << fleet.log("hub");
  EXPECT_TRUE(fleet.settled("loco")) << fleet.get("/api/v1/ledger").dump(1);
  EXPECT_EQ(stored(fleet, "loco"), 20 * 60 * 10 * scalar_signals);
  EXPECT_EQ(repeated(fleet), 0);
}

/// The same locomotive alive: its samples bear the clock's time, so that none can come twice.
std::string live(const std::string& node) {
  return "node: " + node + "\nhub: {broker: \"@BROKER@\"}\nstate: \"@STATE@\"\n" + R"(
assets: [{name: )" +
         node + R"(, kind: locomotive}]
sources: [{sim: {plant: locomotive, asset: )" +
         node + R"(, every: 10ms}}]
tiers: {diagnostic: {send: every 100ms}, bulk: {send: every 100ms}}
)";
}

TEST(Delivery, AnAgentKilledGoesOnInItsStreamWithoutAHole) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  {
    Process agent = fleet.start_agent("loco", live("loco"));
    ASSERT_TRUE(eventually([&] { return stored(fleet, "loco") > 5'000; })) << agent.output();
    agent.kill();
  }
  // The same state folder: the same epoch, and what had been queued goes out first.
  const double before = stored(fleet, "loco");
  Process agent = fleet.start_agent("loco", live("loco"));
  ASSERT_TRUE(eventually([&] { return stored(fleet, "loco") > before + 5'000; })) << agent.output();
  EXPECT_EQ(agent.terminate(), 0) << agent.output();
  EXPECT_EQ(fleet.number("select count(distinct epoch) from ledger where node = 'loco'"), 1);
  EXPECT_EQ(repeated(fleet), 0);
  // What came before the kill and what came after are each a run without a missing sample.
  EXPECT_LE(
      fleet.number("select max(holes) from (select signal, count(*) as holes from (select "
                   "signal, time - lag(time) over (partition by signal order by time) as step "
                   "from samples where signal <> 'axle_vib') where step > interval 15 "
                   "milliseconds group by signal)"),
      1);
  const Outcome ledger = fleet.ask({"ledger"});
  EXPECT_EQ(ledger.status, 0) << ledger.output;
}

TEST(Delivery, AnAgentWorksWithoutANetworkAndCatchesUp) {
  Fleet fleet;
  Process agent = fleet.start_agent("loco", replay("loco", 5, "max"), {"--until-eof"});
  // Neither broker nor hub: the whole replay waits in the spool.
  EXPECT_FALSE(agent.wait(std::chrono::seconds(3))) << agent.output();
  fleet.start_broker();
  fleet.start_hub();
  ASSERT_EQ(agent.wait(std::chrono::seconds(60)), 0) << agent.output();
  EXPECT_EQ(stored(fleet, "loco"), 5 * 60 * 10 * scalar_signals);
  EXPECT_TRUE(fleet.settled("loco"));
}

}  // namespace
}  // namespace wayside::test
