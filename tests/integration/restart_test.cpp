// An agent that is killed, or stopped, goes on where it was: the hub has what it would have
// without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <sstream>

#include "fleet.hpp"

namespace wayside::test {
namespace {

/// 20 minutes of one temperature, one row a second.
std::string log_of_a_pump() {
  std::ostringstream csv;
  csv << "time,temp\n";
  for (int s = 0; s < 1200; ++s)
    csv << 1'772'366'400 + s << "," << 50 + 10 * std::sin(s / 40.0) + s % 7 << "\n";
  return csv.str();
}

std::string pump(const std::string& node, const std::string& csv, const std::string& pace) {
  return "node: " + node + "\nhub: {broker: \"@BROKER@\"}\nstate: \"@STATE@\"\n" + R"yaml(
kinds:
  pump:
    signals: {temp: {unit: degC}}
    features:
      every: 1s
      define:
        temp_mean: mean(temp, 60s)
        temp_rise: slope(temp, 3min)
        before: lag(temp, 5min)
    rules:
      hot: {when: temp_mean > 58, clear: temp_mean < 50, for: 20s}
assets: [{name: p1, kind: pump}]
tiers: {diagnostic: {send: every 100ms}}
sources:
  - csv:
      time: {column: time, epoch: s}
      asset: p1
      columns: {temp: temp}
      path: )yaml" +
         csv + "\n      pace: " + pace + "\n";
}

double features(const Fleet& fleet, const std::string& node) {
  return fleet.number("select count(*) from features where node = '" + node + "'");
}

/// Rows of one node that the other has not, NaN counting as one value.
double only(const Fleet& fleet, const std::string& table, const std::string& columns,
            const std::string& node, const std::string& other) {
  const auto rows = [&](const std::string& of) {
    return "select " + columns + " from " + table + " where asset = 'p1' and node = '" + of + "'";
  };
  return fleet.number("select count(*) from (" + rows(node) + " except all " + rows(other) + ")");
}

TEST(Restart, TheHubHasWhatAnAgentWithoutInterruptionGives) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  const std::string csv = fleet.write("log.csv", log_of_a_pump());
  Process whole = fleet.start_agent("whole", pump("whole", csv, "max"), {"--until-eof"});
  ASSERT_EQ(whole.wait(std::chrono::seconds(60)), 0) << whole.output();

  constexpr double all = 3 * 1200;
  for (int round = 0; round < 4; ++round) {
    Process agent = fleet.start_agent("broken", pump("broken", csv, "200x"));
    const double before = features(fleet, "broken");
    ASSERT_TRUE(eventually([&] {
      const double now = features(fleet, "broken");
      return now > before + 300 || now >= all;
    })) << agent.output();
    // In turn as a power cut and as an orderly stop.
    if (round % 2 == 0)
      agent.kill();
    else
      EXPECT_EQ(agent.terminate(), 0) << agent.output();
    if (round > 0) {
      EXPECT_THAT(agent.output(), ::testing::HasSubstr("windows of 1 assets rebuilt from"));
    }
  }
  Process last = fleet.start_agent("broken", pump("broken", csv, "max"), {"--until-eof"});
  ASSERT_EQ(last.wait(std::chrono::seconds(60)), 0) << last.output();
  ASSERT_TRUE(eventually([&] { return fleet.settled("broken"); }));

  EXPECT_EQ(features(fleet, "whole"), all);
  for (const auto& [node, other] :
       {std::pair<std::string, std::string>{"whole", "broken"}, {"broken", "whole"}}) {
    EXPECT_EQ(only(fleet, "features", "name, time, value", node, other), 0) << node;
    EXPECT_EQ(only(fleet, "events", "kind, time, text", node, other), 0) << node;
  }
  EXPECT_GT(fleet.number("select count(*) from events where node = 'broken' and kind = "
                         "'alert_raised'"),
            0);
}

}  // namespace
}  // namespace wayside::test
