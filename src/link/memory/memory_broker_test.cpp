#include "link/memory/memory_broker.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace wayside::link {
namespace {

struct Recorder final : LinkHandler {
  void on_connected() override { ++connects; }
  void on_disconnected(std::string_view) override { ++disconnects; }
  void on_message(const Message& message) override {
    messages.push_back(std::string(message.topic) + "=" + std::string(message.payload) +
                       (message.retained ? " retained" : ""));
  }
  void on_writable() override { ++writables; }

  int connects = 0;
  int disconnects = 0;
  int writables = 0;
  std::vector<std::string> messages;
};

LinkOptions options(const std::string& id, std::vector<std::string> subscriptions = {}) {
  LinkOptions out;
  out.broker = "mqtt://memory";
  out.client_id = id;
  out.subscriptions = std::move(subscriptions);
  return out;
}

class MemoryBrokerTest : public testing::Test {
 protected:
  void start(LinkOptions a_options) {
    ASSERT_TRUE(a->start(a_options, at_a));
    ASSERT_TRUE(b->start(options("b", {"t/+"}), at_b));
    broker.run();
  }
  MemoryBroker broker{1};
  Recorder at_a, at_b;
  std::unique_ptr<Link> a = broker.make_link();
  std::unique_ptr<Link> b = broker.make_link();
};

TEST_F(MemoryBrokerTest, DeliversInOrderToWhoSubscribed) {
  EXPECT_FALSE(a->publish("t/1", "early", false));
  start(options("a"));
  EXPECT_TRUE(a->connected());
  EXPECT_TRUE(a->publish("t/1", "x", false));
  EXPECT_TRUE(a->publish("u/1", "y", false));
  EXPECT_TRUE(a->publish("t/2", "z", false));
  EXPECT_EQ(broker.run(), 2u);
  EXPECT_EQ(at_b.messages, (std::vector<std::string>{"t/1=x", "t/2=z"}));
}

TEST_F(MemoryBrokerTest, RetainedMessagesReachWhoComesLater) {
  ASSERT_TRUE(a->start(options("a"), at_a));
  broker.run();
  EXPECT_TRUE(a->publish("t/1", "kept", true));
  broker.run();
  ASSERT_TRUE(b->start(options("b", {"t/+"}), at_b));
  broker.run();
  EXPECT_EQ(at_b.messages, (std::vector<std::string>{"t/1=kept retained"}));
}

TEST_F(MemoryBrokerTest, WillComesWhenTheConnectionBreaksAndAfterStop) {
  LinkOptions with_will = options("a");
  with_will.will = Will{"t/a", "gone", true};
  start(with_will);
  broker.set_reachable("a", false);
  broker.run();
  EXPECT_EQ(at_b.messages, (std::vector<std::string>{"t/a=gone"}));
  EXPECT_EQ(at_a.disconnects, 1);
  EXPECT_FALSE(a->publish("t/1", "x", false));
  broker.set_reachable("a", true);
  broker.run();
  EXPECT_EQ(at_a.connects, 2);
  a->stop();
  a->stop();
  broker.run();
  EXPECT_EQ(at_b.messages, (std::vector<std::string>{"t/a=gone", "t/a=gone"}));
}

TEST_F(MemoryBrokerTest, DownForgetsWhatWasUnderWay) {
  start(options("a"));
  EXPECT_TRUE(a->publish("t/1", "lost", false));
  broker.set_up(false);
  broker.run();
  EXPECT_EQ(at_a.disconnects, 1);
  EXPECT_FALSE(a->connected());
  broker.set_up(true);
  broker.run();
  EXPECT_EQ(at_a.connects, 2);
  EXPECT_TRUE(at_b.messages.empty());
}

TEST_F(MemoryBrokerTest, FullThenWritable) {
  LinkOptions narrow = options("a");
  narrow.inflight_max = 4;
  start(narrow);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(a->publish("t/1", "x", false));
  EXPECT_EQ(a->publish("t/1", "x", false).error().code, Errc::full);
  broker.run();
  EXPECT_EQ(at_a.writables, 1);
  EXPECT_TRUE(a->publish("t/1", "x", false));
}

TEST(MemoryBrokerFaults, AreTheSameForASeed) {
  const auto messages = [](std::uint64_t seed) {
    MemoryBroker lossy(seed);
    lossy.set_faults({0.3, 0.2});
    Recorder at_a, at_b;
    const auto a = lossy.make_link();
    const auto b = lossy.make_link();
    EXPECT_TRUE(a->start(options("a"), at_a));
    EXPECT_TRUE(b->start(options("b", {"#"}), at_b));
    lossy.run();
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(a->publish("n", std::to_string(i), false));
    lossy.run();
    return at_b.messages;
  };
  EXPECT_EQ(messages(7), messages(7));
  EXPECT_NE(messages(7), messages(8));
}

}  // namespace
}  // namespace wayside::link
