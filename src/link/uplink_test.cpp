#include "link/uplink.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "link/uplink_fixture.hpp"

namespace wayside::link {
namespace {

TEST(Uplink, DeliversAcknowledgesAndDrains) {
  World world;
  EXPECT_TRUE(world.uplink->drained());
  for (int i = 0; i < 50; ++i)
    for (const Tier tier : telemetry::all_tiers) world.append(tier);
  EXPECT_FALSE(world.uplink->drained());
  world.settle();
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_TRUE(world.uplink->status().connected);
  EXPECT_TRUE(world.uplink->status().hub_online);
  EXPECT_TRUE(world.uplink->status().last_ack.has_value());
  for (const Tier tier : telemetry::all_tiers) {
    EXPECT_EQ(world.at_hub(tier).kinds(), world.accepted[static_cast<std::size_t>(tier)]);
    EXPECT_EQ(world.spool->ledger()[static_cast<std::size_t>(tier)].delivered, 50u);
  }
  EXPECT_EQ(world.hub.duplicates, 0u);
  EXPECT_EQ(world.pause, seconds(30));
  EXPECT_EQ(world.metric("wayside_uplink_records_sent_total", {{"tier", "bulk"}}), 50);
  EXPECT_EQ(world.metric("wayside_uplink_window_bytes", {{"tier", "bulk"}}), 0);
}

TEST(Uplink, AnnouncesTheNodeAndItsChanges) {
  World world;
  world.settle();
  EXPECT_EQ(world.hub.announced.node, "n1");
  EXPECT_TRUE(world.hub.announced.online);
  EXPECT_EQ(world.hub.announced.epoch, 9u);
  NodeState changed;
  changed.node = "n1";
  changed.site = "elsewhere";
  world.uplink->announce(changed);
  world.settle();
  EXPECT_EQ(world.hub.announced.site, "elsewhere");
}

TEST(Uplink, CriticalGoesFirst) {
  World world;
  for (int i = 0; i < 60; ++i) world.append(Tier::bulk);
  for (int i = 0; i < 60; ++i) world.append(Tier::diagnostic);
  for (int i = 0; i < 60; ++i) world.append(Tier::critical);
  world.settle();
  EXPECT_TRUE(world.uplink->drained());
  const auto first = [&](Tier tier) {
    return std::find(world.hub.arrivals.begin(), world.hub.arrivals.end(), tier);
  };
  EXPECT_LT(first(Tier::critical), first(Tier::diagnostic));
  EXPECT_LT(first(Tier::diagnostic), first(Tier::bulk));
}

TEST(Uplink, WaitsForItsTime) {
  World world;
  world.options.gate.tiers[static_cast<std::size_t>(Tier::diagnostic)].every = seconds(5);
  world.start_node();
  world.settle();
  world.append(Tier::diagnostic);
  world.append(Tier::critical);
  world.settle(seconds(1));
  EXPECT_EQ(world.at_hub(Tier::critical).kinds().size(), 1u);
  EXPECT_EQ(world.at_hub(Tier::diagnostic).kinds().size(), 0u);
  world.settle(seconds(4));
  EXPECT_EQ(world.at_hub(Tier::diagnostic).kinds().size(), 1u);
}

TEST(Uplink, KeepsToItsWindowAndSendsAgainWithoutAnAcknowledgement) {
  World world;
  world.hub.silent = true;
  for (int i = 0; i < 300; ++i) world.append(Tier::bulk);
  world.settle();
  const auto sent = world.hub.frames;
  EXPECT_GE(sent, 4u);
  EXPECT_LE(sent, 7u);
  world.settle(seconds(5));
  EXPECT_EQ(world.hub.frames, sent);
  world.settle(seconds(6));
  EXPECT_EQ(world.hub.frames, 2 * sent);
  world.hub.silent = false;
  world.settle(seconds(11));
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.at_hub(Tier::bulk).kinds(), world.accepted[2]);
}

TEST(Uplink, SendsNothingWhileTheHubIsAwayAndAllWhenItComesBack) {
  World world;
  std::vector<bool> changes;
  world.uplink->on_change([&](bool up) { changes.push_back(up); });
  world.settle();
  world.broker.set_reachable("hub", false);
  world.settle();
  EXPECT_FALSE(world.uplink->status().hub_online);
  EXPECT_TRUE(world.uplink->status().connected);
  for (int i = 0; i < 20; ++i) world.append(Tier::critical);
  world.settle(seconds(20));
  EXPECT_EQ(world.metric("wayside_uplink_frames_sent_total", {{"tier", "critical"}}), 0);
  world.broker.set_reachable("hub", true);
  world.settle();
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(changes, (std::vector<bool>{true, false, true}));
}

TEST(Uplink, FindsAHubWhoseWordDidNotArrive) {
  World world;
  world.settle();
  world.hub.send_raw(hub_state_topic, encode_hub_state(false, {}));  // a late will
  world.broker.run();
  for (int i = 0; i < 20; ++i) world.append(Tier::bulk);
  world.settle();
  EXPECT_FALSE(world.uplink->status().hub_online);
  world.settle(seconds(31));
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.hub.duplicates, 0u);
}

TEST(Uplink, RefusesAcknowledgementsThatCannotBe) {
  World world;
  world.hub.silent = true;
  world.settle();
  for (int i = 0; i < 200; ++i) world.append(Tier::critical);
  world.settle();
  world.hub.send_ack("n1", {8, Tier::critical, 3, false});
  world.hub.send_ack("n1", {9, Tier::critical, 200, false});  // the window does not hold so many
  world.hub.send_raw(ack_topic("n1"), "\xff\xff");
  world.settle();
  EXPECT_EQ(world.spool->watermark(Tier::critical), 0u);
  for (const char* reason : {"wrong_epoch", "ahead", "malformed"})
    EXPECT_EQ(world.metric("wayside_uplink_acks_refused_total", {{"reason", reason}}), 1) << reason;
  world.hub.send_ack("n1", {9, Tier::critical, 3, false});
  world.settle();
  EXPECT_EQ(world.spool->watermark(Tier::critical), 3u);
}

TEST(Uplink, AHubThatLostItsStoreIsToldWhatIsGone) {
  World world;
  for (int i = 0; i < 10; ++i) world.append(Tier::critical);
  world.settle();
  world.hub.streams.clear();
  for (int i = 0; i < 5; ++i) world.append(Tier::critical);
  world.settle();
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.at_hub(Tier::critical).lost, 10u);
  EXPECT_EQ(world.at_hub(Tier::critical).kinds().size(), 5u);
}

/// The numbers that it gives out again are other records than those that the hub has.
TEST(Uplink, ASpoolThatIsAnOlderCopyGoesOnInANewEpoch) {
  World world;
  for (int i = 0; i < 10; ++i) world.append(Tier::critical);
  world.settle();
  world.settle(seconds(2));  // the acknowledgement is on the disk
  const auto image = std::make_shared<spool::MemoryDisk>();
  {
    auto store = spool::make_memory_store(image);
    const auto contents = world.disk->contents();
    ASSERT_TRUE(store->set_epoch(contents.epoch));
    ASSERT_TRUE(store->set_totals(Tier::critical, contents.totals[0]));
    ASSERT_TRUE(store->commit());
  }
  for (int i = 0; i < 20; ++i) world.append(Tier::critical);
  world.settle();
  world.disk = image;
  world.start_node();
  for (int i = 0; i < 5; ++i) world.append(Tier::critical);
  world.settle();
  world.settle(seconds(2));
  EXPECT_EQ(world.spool->epoch(), 10u);
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ((world.hub.streams[{9, Tier::critical}].kinds().size()), 30u);
  EXPECT_EQ(world.at_hub(Tier::critical).kinds(),
            (std::vector<std::string>{"31", "32", "33", "34", "35", "spool_reset"}));
  EXPECT_EQ(world.at_hub(Tier::critical).lost, 10u);
  EXPECT_EQ(world.hub.announced.epoch, 10u);
  EXPECT_TRUE(world.spool->ledger()[0].balanced());
  world.start_node();
  EXPECT_EQ(world.spool->epoch(), 10u);
  // Whoever says so again and again is believed once a minute.
  world.hub.send_ack("n1", {10, Tier::critical, 1'000, false});
  world.settle();
  EXPECT_EQ(world.spool->epoch(), 11u);
  world.hub.send_ack("n1", {11, Tier::critical, 1'000, false});
  world.settle();
  EXPECT_EQ(world.spool->epoch(), 11u);
}

TEST(Uplink, FollowsTheSpoolIntoANewEpoch) {
  World world;
  for (int i = 0; i < 10; ++i) world.append(Tier::critical);
  world.settle();
  world.disk->damage();
  world.append(Tier::critical);
  world.settle();
  EXPECT_EQ(world.spool->epoch(), 10u);
  EXPECT_EQ(world.at_hub(Tier::critical).kinds(), (std::vector<std::string>{"spool_reset", "11"}));
  EXPECT_EQ(world.hub.announced.epoch, 10u);
  EXPECT_TRUE(world.uplink->drained());
}

TEST(Uplink, OneLossRewindsOnce) {
  World world;
  world.settle();
  world.hub.silent = true;  // the first frame falls on deaf ears
  world.append(Tier::critical, 1500);
  world.settle();
  world.hub.silent = false;
  for (int i = 0; i < 4; ++i) world.append(Tier::critical, 1500);
  world.settle();
  EXPECT_TRUE(world.uplink->drained());
  EXPECT_EQ(world.metric("wayside_uplink_rewinds_total", {{"tier", "critical"}}), 1);
}

TEST(Uplink, KeepsToTheHubsWindow) {
  World world;
  world.options.window_bytes_max = 1u << 20;
  world.start_node();
  world.settle();
  world.hub.silent = true;
  world.hub.send_raw(ack_topic("n1"), encode_ack({}, 300));
  world.broker.run();
  for (int i = 0; i < 300; ++i) world.append(Tier::bulk);
  world.settle();
  const auto sent = world.hub.frames;
  EXPECT_LE(sent, 3u) << "of some 150 bytes each";
  world.hub.send_raw(ack_topic("n1"), encode_ack({}, 1'000));
  world.settle();
  EXPECT_GT(world.hub.frames, sent);
  EXPECT_LE(world.hub.frames, sent + 6);
}

TEST(Uplink, AttributesEveryByte) {
  World world;
  for (int i = 0; i < 50; ++i)
    for (const Tier tier : telemetry::all_tiers) world.append(tier);
  world.settle();
  double shared = 0;
  for (const auto& value : world.metrics.values("wayside_uplink_wire_bytes_total")) {
    if (value.labels.at("kind") == "node_state") continue;
    EXPECT_EQ(value.labels.at("asset"), "a");
    EXPECT_EQ(value.labels.at("kind"), "event");
    shared += value.value;
  }
  EXPECT_EQ(shared, static_cast<double>(world.hub.wire_bytes));
}

// Every record arrives once, whatever the link, the hub and the node go through.
RC_GTEST_PROP(UplinkProperty, EveryRecordArrivesOnce, ()) {
  World world(*rc::gen::arbitrary<std::uint64_t>());
  world.options.catch_up_rate = *rc::gen::element<std::uint64_t>(0, 100, 5'000);
  world.start_node();
  const auto steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    const Tier tier = *rc::gen::element(Tier::critical, Tier::diagnostic, Tier::bulk);
    switch (*rc::gen::inRange(0, 10)) {
      case 0:
        world.broker.set_faults({0.3, 0.2});
        break;
      case 1:
        world.broker.set_faults({});
        break;
      case 2:
        world.broker.set_up(false);
        break;
      case 3:
        world.broker.set_up(true);
        break;
      case 4: {
        const std::string who = *rc::gen::element<std::string>("hub", "node");
        world.broker.set_reachable(who, *rc::gen::element(true, false));
        break;
      }
      case 5:
        RC_ASSERT(world.spool->flush().has_value());
        world.start_node();
        break;
      case 6:
        world.hub.restart();
        break;
      default:
        for (int k = *rc::gen::inRange(1, 30); k > 0; --k) world.append(tier);
    }
    world.settle(milliseconds(*rc::gen::inRange(0, 4000)));
    for (const auto& line : world.spool->ledger()) RC_ASSERT(line.balanced());
  }
  world.broker.set_faults({});
  world.broker.set_up(true);
  for (const char* who : {"hub", "node"}) world.broker.set_reachable(who, true);
  for (int i = 0; i < 400 && !world.uplink->drained(); ++i) world.settle(seconds(11));
  RC_ASSERT(world.uplink->drained());
  for (const Tier tier : telemetry::all_tiers) {
    const auto& accepted = world.accepted[static_cast<std::size_t>(tier)];
    RC_ASSERT(world.at_hub(tier).kinds() == accepted);
    RC_ASSERT(world.at_hub(tier).lost == 0u);
    RC_ASSERT(world.spool->ledger()[static_cast<std::size_t>(tier)].delivered == accepted.size());
  }
}

}  // namespace
}  // namespace wayside::link
