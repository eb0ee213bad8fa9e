// What is new goes ahead of what waited.
#include <gtest/gtest.h>

#include "link/uplink_fixture.hpp"

namespace wayside::link {
namespace {

/// Hours of diagnostic records wait; what is new is at the hub with the next step all the same.
TEST(UplinkLanes, WhatIsNewGoesAheadOfWhatWaited) {
  World world;
  world.options.catch_up_rate = 2'000;
  world.start_node();
  world.settle();
  world.broker.set_reachable("hub", false);
  world.settle();
  for (int i = 0; i < 400; ++i) world.append(Tier::diagnostic, 200);
  world.settle(hours(2));
  world.broker.set_reachable("hub", true);
  world.settle();
  EXPECT_TRUE(world.uplink->status().tiers[1].catching_up);
  for (int i = 0; i < 10; ++i) {
    world.append(Tier::diagnostic);
    world.settle(milliseconds(100));
    const auto& stream = world.at_hub(Tier::diagnostic);
    EXPECT_TRUE(stream.events.contains(world.accepted[1].size()));
    EXPECT_LT(stream.watermark, 400u);
    EXPECT_EQ(stream.ahead, (telemetry::SeqRanges{{401, world.accepted[1].size()}}));
    EXPECT_TRUE(world.spool->ledger()[1].balanced());
  }
  // Nothing leaves the spool before what lies in front of it.
  EXPECT_EQ(world.spool->watermark(Tier::diagnostic), world.at_hub(Tier::diagnostic).watermark);
  for (int i = 0; i < 100 && !world.uplink->drained(); ++i) world.settle(seconds(1));
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_FALSE(world.uplink->status().tiers[1].catching_up);
  EXPECT_EQ(world.at_hub(Tier::diagnostic).kinds(), world.accepted[1]);
  EXPECT_EQ(world.hub.duplicates, 0u);
}

/// So much is sent in 20 s of what waited, while new records come.
TEST(UplinkLanes, WhatWaitedDrainsAtItsRate) {
  World world;
  world.options.catch_up_rate = 1'000;
  world.start_node();
  world.settle();
  world.broker.set_reachable("hub", false);
  world.settle();
  for (int i = 0; i < 3'000; ++i) world.append(Tier::diagnostic, 200);
  world.settle(hours(2));
  world.broker.set_reachable("hub", true);
  world.settle();
  const std::size_t before = world.hub.wire_bytes;
  for (int i = 0; i < 200; ++i) world.settle(milliseconds(100));
  EXPECT_TRUE(world.uplink->status().tiers[1].catching_up);
  EXPECT_NEAR(static_cast<double>(world.hub.wire_bytes - before), 20'000, 1'000);
}

/// Outage upon outage, and the backlog of none is drained: the hub need not remember more ranges
/// than it has room for.
TEST(UplinkLanes, OpensNoMoreRangesThanTheHubHasRoomFor) {
  World world;
  world.options.catch_up_rate = 1;
  world.start_node();
  world.settle();
  for (int outage = 0; outage < 20; ++outage) {
    world.broker.set_reachable("hub", false);
    world.settle();
    for (int i = 0; i < 40; ++i) world.append(Tier::diagnostic, 200);
    world.settle(minutes(10));
    world.broker.set_reachable("hub", true);
    world.settle();
    for (int i = 0; i < 3; ++i) {
      world.append(Tier::diagnostic);
      world.settle(seconds(1));
    }
    EXPECT_LE(world.at_hub(Tier::diagnostic).ahead.size(), telemetry::seq_ranges_max);
  }
  EXPECT_GT(world.at_hub(Tier::diagnostic).ahead.size(), 2u);
  world.options.catch_up_rate = 0;
  world.start_node();  // which has forgotten what the hub has already
  for (int i = 0; i < 20 && !world.uplink->drained(); ++i) world.settle(seconds(1));
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.at_hub(Tier::diagnostic).kinds(), world.accepted[1]);
}

/// Each start finds a long backlog and goes on with the lane of the start before.
TEST(UplinkLanes, ARestartCostsNoRange) {
  World world;
  world.options.catch_up_rate = 100;
  world.start_node();
  world.settle();
  world.broker.set_reachable("hub", false);
  world.settle();
  for (int i = 0; i < 1'000; ++i) world.append(Tier::diagnostic, 200);
  world.settle(hours(2));
  world.broker.set_reachable("hub", true);
  world.settle();
  for (int start = 0; start < 20; ++start) {
    for (int i = 0; i < 5; ++i) {
      world.append(Tier::diagnostic);
      world.settle(milliseconds(100));
    }
    world.append(Tier::diagnostic);
    EXPECT_TRUE(world.spool->flush());
    world.start_node();
    world.settle();
    world.settle(seconds(1));
    const auto& stream = world.at_hub(Tier::diagnostic);
    ASSERT_EQ(stream.ahead.size(), 1u) << start;
    EXPECT_EQ(stream.ahead[0], (telemetry::SeqRange{1'001, world.accepted[1].size()}));
    EXPECT_TRUE(world.uplink->status().tiers[1].catching_up);
  }
  world.options.catch_up_rate = 0;
  world.start_node();
  for (int i = 0; i < 60 && !world.uplink->drained(); ++i) world.settle(seconds(1));
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.at_hub(Tier::diagnostic).kinds(), world.accepted[1]);
}

/// A start in a backlog asks with little: a thin link is free for what is new soon.
TEST(UplinkLanes, AStartAsksWhatTheHubHasWithOneSmallFrame) {
  World world;
  world.options.frame_bytes_max = 100'000;
  world.options.window_bytes_max = 1'000'000;
  world.hub.silent = true;
  for (int i = 0; i < 400; ++i) world.append(Tier::critical, 200);
  EXPECT_TRUE(world.spool->flush());
  world.start_node();
  world.settle();
  EXPECT_EQ(world.hub.frames, 1u);
  EXPECT_LT(world.at_hub(Tier::critical).events.size(), 25u);
  EXPECT_FALSE(world.uplink->status().tiers[0].catching_up);
  world.hub.silent = false;
  world.settle(seconds(10));
  world.append(Tier::critical);
  world.settle();
  EXPECT_EQ(world.at_hub(Tier::critical).kinds().back(), world.accepted[0].back());
  for (int i = 0; i < 20 && !world.uplink->drained(); ++i) world.settle(seconds(1));
  EXPECT_EQ(world.at_hub(Tier::critical).kinds(), world.accepted[0]);
}

/// The hub's word was lost: the first record that is sent all the same tells.
TEST(UplinkLanes, AHubThatSeemsToBeAwayIsProbedWithARecord) {
  World world;
  world.settle();
  world.broker.set_reachable("hub", false);
  world.settle();
  for (int i = 0; i < 400; ++i) world.append(Tier::diagnostic, 200);
  world.settle(hours(2));
  world.broker.set_reachable("hub", true);
  ASSERT_GT(world.broker.run(), 0u);
  world.hub.send_raw(hub_state_topic, encode_hub_state(false, {}));  // a will that came late
  ASSERT_GT(world.broker.run(), 0u);
  const std::uint64_t before = world.hub.frames;
  world.settle(seconds(29));
  EXPECT_EQ(world.hub.frames, before);
  world.settle(seconds(2));
  EXPECT_GT(world.hub.frames, before);
  EXPECT_FALSE(world.at_hub(Tier::diagnostic).events.empty());
}

TEST(UplinkLanes, AHubThatForgotWhatCameAheadGetsItAgain) {
  World world;
  world.options.catch_up_rate = 500;
  world.start_node();
  world.settle();
  world.broker.set_reachable("hub", false);
  world.settle();
  for (int i = 0; i < 400; ++i) world.append(Tier::diagnostic, 200);
  world.settle(hours(2));
  world.broker.set_reachable("hub", true);
  world.settle();
  world.append(Tier::diagnostic);
  world.settle();
  auto& stream = world.hub.streams[{9, Tier::diagnostic}];
  ASSERT_EQ(stream.ahead.size(), 1u);
  // As a store does that was set back to this morning's copy.
  for (auto n = stream.ahead[0].first; n <= stream.ahead[0].last; ++n) stream.events.erase(n);
  stream.ahead.clear();
  for (int i = 0; i < 200 && !world.uplink->drained(); ++i) world.settle(seconds(1));
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.at_hub(Tier::diagnostic).kinds(), world.accepted[1]);
}

}  // namespace
}  // namespace wayside::link
