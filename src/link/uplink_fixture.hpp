#pragma once

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "link/frame.hpp"
#include "link/memory/memory_broker.hpp"
#include "link/topics.hpp"
#include "link/traffic_meter.hpp"
#include "link/uplink.hpp"
#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"
#include "telemetry/record.hpp"
#include "telemetry/seq_ranges.hpp"

namespace wayside::link {

using telemetry::Event;
using telemetry::Gap;
using telemetry::Tier;

inline LinkOptions link_options(const std::string& id, std::vector<std::string> subscriptions) {
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
    if (frame.produced < s.watermark)  // its spool is an older copy
      return send_ack(frame.node, {frame.epoch, frame.tier, s.watermark, false, s.ahead});
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

}  // namespace wayside::link
