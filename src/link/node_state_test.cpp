#include "link/node_state.hpp"

#include <gtest/gtest.h>
#include <limits>

#include "link/topics.hpp"

namespace wayside::link {
namespace {

using telemetry::Tier;

TEST(NodeState, RoundTrip) {
  NodeState state;
  state.node = "loco-1";
  state.site = "enola";
  state.online = true;
  state.version = "0.1.0";
  state.epoch = 99;
  state.time = {123};
  NodeState::Kind kind;
  kind.name = "locomotive";
  kind.signals = {{"coolant_temp", "degC", 2, -40, 150}, {"free", "1"}};
  kind.features = {{"coolant_mean", "mean(coolant_temp, 60s)", "degC", "5b1f"}};
  kind.features_digest = "847b";
  kind.models = {{"cooling", {"coolant_mean"}, {"score"}}};
  kind.rules = {{"overheating", "cooling.score > 0.9", Tier::diagnostic}};
  state.kinds = {kind};
  state.assets = {{"loco-1", "locomotive", {{"fleet", "north"}}}};

  const auto back = decode_node_state(encode_node_state(state));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->node, "loco-1");
  EXPECT_EQ(back->site, "enola");
  EXPECT_TRUE(back->online);
  EXPECT_EQ(back->epoch, 99u);
  EXPECT_EQ(back->time, Time{123});
  ASSERT_EQ(back->kinds.size(), 1u);
  const auto& signals = back->kinds[0].signals;
  EXPECT_EQ(signals[0].max, 150);
  EXPECT_EQ(signals[0].version, 2u);
  EXPECT_EQ(signals[1].min, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(signals[1].max, std::numeric_limits<double>::infinity());
  EXPECT_EQ(back->kinds[0].features[0].expression, "mean(coolant_temp, 60s)");
  EXPECT_EQ(back->kinds[0].features[0].digest, "5b1f");
  EXPECT_EQ(back->kinds[0].features_digest, "847b");
  EXPECT_EQ(back->kinds[0].models[0].outputs[0], "score");
  EXPECT_EQ(back->kinds[0].rules[0].tier, Tier::diagnostic);
  EXPECT_EQ(back->assets[0].kind, "locomotive");
  EXPECT_EQ(back->assets[0].tags.at("fleet"), "north");
}

TEST(NodeState, BrokenOnesAreCorrupt) {
  EXPECT_FALSE(decode_node_state("\xff\xff"));
  EXPECT_FALSE(decode_node_state(""));  // no name
  EXPECT_FALSE(decode_node_state(std::string(NodeState::bytes_max + 1, '\0')));
}

TEST(HubState, RoundTrip) {
  EXPECT_TRUE(*decode_hub_state(encode_hub_state(true, Time{5})));
  EXPECT_FALSE(*decode_hub_state(encode_hub_state(false, Time{5})));
  EXPECT_FALSE(decode_hub_state("\xff"));
}

TEST(Topics, NamesAndBack) {
  EXPECT_EQ(up_topic("n1", Tier::bulk), "wayside/v1/n1/up/bulk");
  EXPECT_EQ(ack_topic("n1"), "wayside/v1/n1/down/ack");
  const auto up = parse_up_topic("wayside/v1/a.b-c_9/up/critical");
  ASSERT_TRUE(up);
  EXPECT_EQ(up->node, "a.b-c_9");
  EXPECT_EQ(up->tier, Tier::critical);
  EXPECT_EQ(parse_state_topic(state_topic("n1")), "n1");
  for (const char* bad : {"", "wayside/v1/n1/up/urgent", "wayside/v1//up/bulk", "x/v1/n1/up/bulk",
                          "wayside/v1/n 1/up/bulk", "wayside/v1/n1/up/bulk/more", "wayside/v1/n1"})
    EXPECT_FALSE(parse_up_topic(bad)) << bad;
  EXPECT_FALSE(parse_state_topic(hub_state_topic));
}

TEST(Topics, Patterns) {
  EXPECT_TRUE(topic_matches(up_pattern, "wayside/v1/n1/up/bulk"));
  EXPECT_FALSE(topic_matches(up_pattern, "wayside/v1/n1/up"));
  EXPECT_FALSE(topic_matches(up_pattern, "wayside/v1/n1/up/bulk/x"));
  EXPECT_TRUE(topic_matches(state_pattern, hub_state_topic));
  EXPECT_TRUE(topic_matches("#", "a/b"));
  EXPECT_TRUE(topic_matches("a/#", "a"));
  EXPECT_TRUE(topic_matches("a/#", "a/b/c"));
  EXPECT_TRUE(topic_matches("a/+", "a/"));
  EXPECT_FALSE(topic_matches("a/+", "a"));
  EXPECT_FALSE(topic_matches("a", "a/b"));
}

TEST(Topics, ValidNames) {
  EXPECT_TRUE(valid_node_name("loco-4501"));
  EXPECT_TRUE(valid_node_name(std::string(64, 'a')));
  EXPECT_FALSE(valid_node_name(std::string(65, 'a')));
  for (const char* bad : {"", "a/b", "+", "#", "é", "hub"}) EXPECT_FALSE(valid_node_name(bad));
}

}  // namespace
}  // namespace wayside::link
