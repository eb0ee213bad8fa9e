#include "link/uplink.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <map>

#include "link/frame.hpp"
#include "link/memory/memory_broker.hpp"
#include "link/topics.hpp"
#include "link/traffic_meter.hpp"
#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"
#include "telemetry/record.hpp"

namespace wayside::link {
namespace {

using telemetry::Event;
using telemetry::Gap;
using telemetry::Tier;

LinkOptions link_options(const std::string& id, std::vector<std::string> subscriptions) {
  LinkOptions options;
  options.broker = "mqtt://memory";
  options.client_id = id;
  options.subscriptions = std::move(subscriptions);
  return options;
}

/// What docs/protocol.md says a hub does, and no more.
class ReferenceHub final : public LinkHandler {
 public:
  explicit ReferenceHub(MemoryBroker& broker) : broker_(broker) { restart(); }

  void restart() {
    link_ = broker_.make_link();
    LinkOptions options = link_options("hub", {up_pattern, state_pattern});
    options.will = Will{hub_state_topic, encode_hub_state(false, {}), true};
    ASSERT_TRUE(link_->start(options, *this));
  }
  void on_connected() override {
    ASSERT_TRUE(link_->publish(hub_state_topic, encode_hub_state(true, {}), true));
  }
  void on_disconnected(std::string_view) override {}
  void on_message(const Message& message) override {
    if (const auto up = parse_up_topic(message.topic)) {
      const auto frame = decode_frame(message.payload);
      ASSERT_TRUE(frame) << frame.error().message;
      ++frames;
      wire_bytes += link::wire_bytes(message.topic, message.payload.size());
      arrivals.push_back(frame->tier);
      if (!silent) take(*frame);
    } else if (parse_state_topic(message.topic)) {
      const auto state = decode_node_state(message.payload);
      ASSERT_TRUE(state);
      announced = *state;
    }
  }
  void send_ack(const std::string& node, const AckStream& ack) {
    // A link that is down loses the acknowledgement, which is part of the game.
    static_cast<void>(link_->publish(ack_topic(node), encode_ack({ack}), false));
  }
  void send_raw(const std::string& topic, const std::string& payload) {
    ASSERT_TRUE(link_->publish(topic, payload, false));
  }

  struct Stream {
    std::uint64_t watermark = 0;
    telemetry::SeqRanges ahead;
    std::map<std::uint64_t, std::string> events;  ///< their kinds, by number
    std::vector<std::uint64_t> order;             ///< in which they came
    std::uint64_t dropped = 0;
    std::uint64_t lost = 0;

    [[nodiscard]] std::vector<std::string> kinds() const {
      std::vector<std::string> out;
      for (const auto& [seq, kind] : events) out.push_back(kind);
      return out;
    }
    /// Up to where the lane that began at `from` is committed.
    [[nodiscard]] std::uint64_t committed(std::uint64_t from) const {
      for (const auto& range : ahead)
        if (range.first <= from && from <= range.last + 1) return range.last;
      return std::max(watermark, from - 1);
    }
  };
  std::map<std::pair<std::uint64_t, Tier>, Stream> streams;
  std::vector<Tier> arrivals;
  std::uint64_t frames = 0;
  std::size_t wire_bytes = 0;
  std::uint64_t duplicates = 0;
  bool silent = false;
  NodeState announced;

 private:
  void take(const Frame& frame) {
    Stream& s = streams[{frame.epoch, frame.tier}];
    const bool live = frame.live_from != 0;
    if (frame.acknowledged > s.watermark) {
      for (const auto& part :
           telemetry::uncovered(s.watermark, s.ahead, s.watermark + 1, frame.acknowledged))
        s.lost += part.last - part.first + 1;
      telemetry::cover(s.watermark, s.ahead, s.watermark + 1, frame.acknowledged);
    }
    if (frame.first_seq > (live ? s.committed(frame.live_from) : s.watermark) + 1)
      return send_ack(frame.node, {frame.epoch, frame.tier, s.watermark, !live, s.ahead, live});
    std::uint64_t seq = frame.first_seq;
    for (const auto& bytes : frame.records) {
      const auto record = telemetry::decode(bytes);
      ASSERT_TRUE(record);
      const Gap* gap = std::get_if<Gap>(&*record);
      const std::uint64_t last = seq + (gap != nullptr ? gap->records : 1) - 1;
      const auto fresh = telemetry::uncovered(s.watermark, s.ahead, seq, last);
      if (fresh.empty()) ++duplicates;
      if (gap != nullptr) {
        s.dropped += telemetry::count(fresh);
      } else if (!fresh.empty()) {
        s.events[seq] = std::get<Event>(*record).kind;
        s.order.push_back(seq);
      }
      telemetry::cover(s.watermark, s.ahead, seq, last);
      seq = last + 1;
    }
    ASSERT_LE(s.watermark, frame.produced);
    ASSERT_TRUE(telemetry::well_formed(s.watermark, s.ahead));
    send_ack(frame.node, {frame.epoch, frame.tier, s.watermark, false, s.ahead});
  }

  MemoryBroker& broker_;
  std::unique_ptr<Link> link_;
};

class World {
 public:
  explicit World(std::uint64_t seed = 1) : broker(seed), hub(broker) {
    options.node = "n1";
    options.frame_bytes_max = 2'000;
    options.window_bytes_max = 10'000;
    start_node();
  }

  void start_node() {
    uplink.reset();
    link.reset();
    spool.reset();
    auto opened =
        spool::Spool::open(spool::make_memory_store(disk), spool_options, 9, clock, metrics, {});
    EXPECT_TRUE(opened);
    spool = std::move(*opened);
    link = broker.make_link();
    NodeState state;
    state.node = "n1";
    uplink = std::make_unique<Uplink>(options, state, *spool, *link, clock, metrics, Log());
    EXPECT_TRUE(link->start(link_options("node", {ack_topic("n1"), hub_state_topic}), *uplink));
  }
  void append(Tier tier, std::size_t size = 100) {
    auto& names = accepted[static_cast<std::size_t>(tier)];
    names.push_back(std::to_string(names.size() + 1));
    EXPECT_TRUE(spool->append(tier, Event{"a", names.back(), {}, {}, std::string(size, 'x'), ""}));
  }
  void settle(Duration time = {}) {
    clock.advance(time);
    EXPECT_TRUE(spool->flush());
    // Until neither side has anything more to say at this moment.
    std::size_t moved = 1;
    for (int i = 0; i < 1000 && moved > 0; ++i) {
      pause = uplink->step();
      moved = broker.run();
    }
  }
  const ReferenceHub::Stream& at_hub(Tier tier) { return hub.streams[{spool->epoch(), tier}]; }
  double metric(const std::string& name, const Labels& labels) {
    for (const auto& value : metrics.values(name))
      if (value.labels == labels) return value.value;
    return -1;
  }

  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
  MemoryBroker broker;
  ReferenceHub hub;
  UplinkOptions options;
  spool::SpoolOptions spool_options;
  std::shared_ptr<spool::MemoryDisk> disk = std::make_shared<spool::MemoryDisk>();
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<Link> link;
  std::unique_ptr<Uplink> uplink;
  std::array<std::vector<std::string>, telemetry::tier_count> accepted;
  Duration pause{0};
};

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
  EXPECT_EQ(world.pause, seconds(1));
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
  for (int i = 0; i < 5; ++i) world.append(Tier::critical);
  world.settle();
  world.hub.send_ack("n1", {8, Tier::critical, 3, false});
  world.hub.send_ack("n1", {9, Tier::critical, 6, false});
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

/// Hours of diagnostic records wait; what is new is at the hub with the next step all the same.
TEST(Uplink, WhatIsNewGoesAheadOfWhatWaited) {
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
TEST(Uplink, WhatWaitedDrainsAtItsRate) {
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
TEST(Uplink, OpensNoMoreRangesThanTheHubHasRoomFor) {
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

TEST(Uplink, AHubThatForgotWhatCameAheadGetsItAgain) {
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
