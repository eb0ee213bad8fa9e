#include "hub/receiver.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "hub/catalog/memory/memory_catalog.hpp"
#include "hub/store/memory/memory_store.hpp"
#include "hub/store/store_suite.hpp"
#include "hub/test_link.hpp"
#include "link/frame.hpp"
#include "link/topics.hpp"

namespace wayside::hub {
namespace {

using telemetry::Tier;

class ReceiverTest : public testing::Test {
 protected:
  void begin(std::size_t queue_bytes_max) {
    ReceiverOptions options;
    options.queue_bytes_max = queue_bytes_max;
    receiver_ = std::make_unique<Receiver>(options, store_, catalog_, link_, clock_, metrics_,
                                           Log(), ReceiverHooks{});
    ASSERT_TRUE(receiver_->load());
    ASSERT_TRUE(receiver_->connect());
    link_.set_connected(true);
    link::NodeState state;
    state.node = "n1";
    state.epoch = 9;
    link_.receive(link::state_topic("n1"), link::encode_node_state(state));
    (void)receiver_->step();
  }
  void send(Tier tier, std::uint64_t seq) {
    link::Frame frame{"n1", 9, tier, seq, {}, seq, 0};
    frame.records.push_back(
        telemetry::encode(suite::block("a1", "s", suite::start + seconds(1), {1, 2, 3})));
    link_.receive(link::up_topic("n1", tier), link::encode_frame(frame));
  }
  /// Time enough for a commit.
  void settle() {
    for (int i = 0; i < 10; ++i) {
      (void)receiver_->step();
      clock_.advance(milliseconds(100));
    }
  }
  std::optional<link::Ack> newest_ack() {
    const auto found = link_.wait_for(
        [](const TestLink::Published& p) { return p.topic == link::ack_topic("n1"); });
    return found ? std::optional(link::decode_ack(found->payload).value()) : std::nullopt;
  }
  double metric(const std::string& name, const Labels& labels = {}) {
    for (const auto& value : metrics_.values(name))
      if (value.labels == labels) return value.value;
    return -1;
  }

  MemoryStore store_;
  MemoryCatalog catalog_;
  TestLink link_;
  ManualClock clock_{suite::start};
  Metrics metrics_;
  std::unique_ptr<Receiver> receiver_;
};

TEST_F(ReceiverTest, SaysHowMuchMayBeUnderWay) {
  begin(1u << 20);
  send(Tier::bulk, 1);
  settle();
  const auto ack = newest_ack();
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->streams.at(0).watermark, 1u);
  EXPECT_EQ(ack->window, 512u << 10);
  EXPECT_GT(metric("wayside_hub_ack_bytes_total"), 0);
}

/// The last frames of a burst find no room: nothing comes behind them that would show the hole.
TEST_F(ReceiverTest, AsksForWhatFoundNoRoom) {
  begin(500);
  send(Tier::bulk, 1);
  send(Tier::bulk, 2);
  send(Tier::bulk, 3);
  send(Tier::bulk, 4);
  ASSERT_GT(metric("wayside_hub_frames_refused_total"), 0);
  settle();
  const auto ack = newest_ack();
  ASSERT_TRUE(ack);
  EXPECT_TRUE(ack->streams.at(0).rewind);
  EXPECT_LT(ack->streams.at(0).watermark, 4u);
}

TEST_F(ReceiverTest, CountsWhatIsTooLargeForItsLink) {
  begin(1u << 20);
  receiver_->on_oversize(link::up_topic("n1", Tier::bulk), 100u << 20);
  settle();
  EXPECT_EQ(metric("wayside_hub_malformed_total", {{"node", "n1"}, {"reason", "oversize"}}), 1);
}

TEST_F(ReceiverTest, ARestartedHubKnowsItsNodes) {
  begin(1u << 20);
  send(Tier::bulk, 1);
  settle();
  receiver_ = std::make_unique<Receiver>(ReceiverOptions{}, store_, catalog_, link_, clock_,
                                         metrics_, Log(), ReceiverHooks{});
  ASSERT_TRUE(receiver_->load());
  ASSERT_TRUE(receiver_->connect());
  send(Tier::critical, 1);
  settle();
  EXPECT_EQ(receiver_->committed().size(), 2u);
}

}  // namespace
}  // namespace wayside::hub
