#include "link/mqtt/mqtt_link.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "support/mosquitto.hpp"

namespace wayside::link {
namespace {

constexpr std::chrono::seconds patience{20};

/// Remembers what a link reported, and lets a test wait for it.
class Recorder final : public LinkHandler {
 public:
  void on_connected() override {
    note([&] { ++connects_; });
  }
  void on_disconnected(std::string_view reason) override {
    note([&] {
      ++disconnects_;
      reason_ = reason;
    });
  }
  void on_writable() override {
    note([&] { ++writables_; });
  }
  void on_message(const Message& message) override {
    note([&] {
      messages_.push_back(std::string(message.topic) + "=" + std::string(message.payload) +
                          (message.retained ? " retained" : ""));
    });
  }

  bool connected(int times = 1) {
    return wait([=, this] { return connects_ >= times; });
  }
  bool disconnected(int times = 1) {
    return wait([=, this] { return disconnects_ >= times; });
  }
  bool writable() {
    return wait([this] { return writables_ > 0; });
  }
  bool received(const std::string& message) {
    return wait([&, this] { return std::count(messages_.begin(), messages_.end(), message) > 0; });
  }
  bool received(std::size_t count) {
    return wait([=, this] { return messages_.size() >= count; });
  }
  bool was_connected() {
    const std::lock_guard lock(mutex_);
    return connects_ > 0;
  }
  std::string reason() {
    const std::lock_guard lock(mutex_);
    return reason_;
  }
  std::vector<std::string> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  template <class F>
  void note(F f) {
    const std::lock_guard lock(mutex_);
    f();
    changed_.notify_all();
  }
  template <class F>
  bool wait(F until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, until);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int connects_ = 0;
  int disconnects_ = 0;
  int writables_ = 0;
  std::string reason_;
  std::vector<std::string> messages_;
};

LinkOptions options(const test::Mosquitto& broker, const std::string& id,
                    std::vector<std::string> subscriptions = {}) {
  LinkOptions out;
  out.broker = broker.url();
  out.client_id = id;
  out.subscriptions = std::move(subscriptions);
  return out;
}

TEST(MqttLink, PublishesAndReceivesWithRetainedMessages) {
  test::Mosquitto broker;
  Recorder at_a, at_b;
  const auto a = make_mqtt_link({});
  const auto b = make_mqtt_link({});
  ASSERT_TRUE(a->start(options(broker, "a", {"t/1"}), at_a));
  ASSERT_TRUE(at_a.connected());
  const std::string binary("\0\xff\n", 3);
  ASSERT_TRUE(a->publish("t/1", binary, true));
  ASSERT_TRUE(at_a.received("t/1=" + binary)) << "the broker has it before b subscribes";
  ASSERT_TRUE(b->start(options(broker, "b", {"t/+"}), at_b));
  EXPECT_TRUE(at_b.received("t/1=" + binary + " retained"));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(a->publish("t/n", std::to_string(i), false));
  ASSERT_TRUE(at_b.received(21));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(at_b.messages()[i + 1], "t/n=" + std::to_string(i));
}

TEST(MqttLink, ComesBackAfterTheBrokerWasKilled) {
  test::Mosquitto broker;
  Recorder at_a, at_b;
  const auto a = make_mqtt_link({});
  const auto b = make_mqtt_link({});
  ASSERT_TRUE(a->start(options(broker, "a"), at_a));
  ASSERT_TRUE(b->start(options(broker, "b", {"#"}), at_b));
  ASSERT_TRUE(at_a.connected());
  ASSERT_TRUE(at_b.connected());
  broker.kill();
  EXPECT_TRUE(at_a.disconnected());
  EXPECT_TRUE(at_b.disconnected());
  EXPECT_FALSE(a->connected());
  EXPECT_EQ(a->publish("t", "x", false).error().code, Errc::unavailable);
  broker.start();
  ASSERT_TRUE(at_a.connected(2));
  ASSERT_TRUE(at_b.connected(2));
  // Retained, so that it does not matter whether the broker sees it before b's subscription.
  ASSERT_TRUE(a->publish("t", "again", true));
  ASSERT_TRUE(at_b.received(1));
  EXPECT_TRUE(at_b.messages()[0].starts_with("t=again"));
}

TEST(MqttLink, SaysThatAnotherMayHaveItsName) {
  const test::Mosquitto broker;
  Recorder first, second;
  const auto a = make_mqtt_link(Log());
  const auto b = make_mqtt_link(Log());
  ASSERT_TRUE(a->start(options(broker, "hub", {"t"}), first));
  ASSERT_TRUE(first.connected());
  ASSERT_TRUE(b->start(options(broker, "hub", {"t"}), second));
  ASSERT_TRUE(first.disconnected(3));
  EXPECT_NE(first.reason().find("as if another client called itself 'hub' too"), std::string::npos)
      << first.reason();
}

TEST(MqttLink, StartsBeforeTheBroker) {
  test::Mosquitto broker;
  broker.kill();
  Recorder at_a;
  const auto a = make_mqtt_link({});
  ASSERT_TRUE(a->start(options(broker, "a"), at_a));
  EXPECT_EQ(a->publish("t", "x", false).error().code, Errc::unavailable);
  broker.start();
  EXPECT_TRUE(at_a.connected());
}

TEST(MqttLink, WillComesHoweverItEnds) {
  test::Mosquitto broker;
  Recorder watching, at_a, at_second;
  const auto watcher = make_mqtt_link({});
  ASSERT_TRUE(watcher->start(options(broker, "watcher", {"#"}), watching));
  ASSERT_TRUE(watching.connected());
  LinkOptions with_will = options(broker, "a");
  with_will.will = Will{"state/a", "gone", true};
  {
    const auto a = make_mqtt_link({});
    ASSERT_TRUE(a->start(with_will, at_a));
    ASSERT_TRUE(at_a.connected());
    ASSERT_TRUE(a->publish("t", "last words", false));
    a->stop();
    a->stop();
  }
  EXPECT_TRUE(watching.received("t=last words"));
  EXPECT_TRUE(watching.received("state/a=gone"));
  // A second client with the same id throws the first out, which is no proper end.
  const auto first = make_mqtt_link({});
  ASSERT_TRUE(first->start(with_will, at_a));
  ASSERT_TRUE(at_a.connected(2));
  const auto second = make_mqtt_link({});
  ASSERT_TRUE(second->start(options(broker, "a"), at_second));
  ASSERT_TRUE(watching.received(std::size_t{3}));
  EXPECT_EQ(watching.messages()[2], "state/a=gone");
}

TEST(MqttLink, FullWhenTheBrokerDoesNotAnswer) {
  test::Mosquitto broker;
  Recorder at_a;
  const auto a = make_mqtt_link({});
  LinkOptions narrow = options(broker, "a");
  narrow.inflight_max = 8;
  ASSERT_TRUE(a->start(narrow, at_a));
  ASSERT_TRUE(at_a.connected());
  broker.freeze();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(a->publish("t", "x", false));
  EXPECT_EQ(a->publish("t", "x", false).error().code, Errc::full);
  broker.thaw();
  EXPECT_TRUE(at_a.writable());
  EXPECT_TRUE(a->publish("t", "x", false));
}

TEST(MqttLink, SaysGoodbyeWithAFullSendQueue) {
  test::Mosquitto broker;
  Recorder watching, at_a;
  LinkOptions narrow = options(broker, "a");
  narrow.inflight_max = 8;
  narrow.will = Will{"state/a", "gone", true};
  const auto a = make_mqtt_link({});
  ASSERT_TRUE(a->start(narrow, at_a));
  ASSERT_TRUE(at_a.connected());
  ASSERT_TRUE(a->publish("state/a", "here", true));
  broker.freeze();
  while (a->publish("t", "x", false)) {
  }
  EXPECT_EQ(a->publish("state/a", "gone", true).error().code, Errc::full);
  a->stop();
  broker.thaw();
  const auto watcher = make_mqtt_link({});
  ASSERT_TRUE(watcher->start(options(broker, "watcher", {"state/a"}), watching));
  // Retained already, or published while it watches.
  ASSERT_TRUE(watching.received(std::size_t{1}));
  if (watching.messages()[0] != "state/a=gone retained") {
    EXPECT_TRUE(watching.received("state/a=gone"));
  }
}

/// Takes every connection and refuses every subscription: MQTT 5 by hand.
class RefusingBroker {
 public:
  RefusingBroker() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listening_, 4) != 0 ||
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no port to listen on");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~RefusingBroker() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  /// So many clients have asked for a subscription.
  bool asked(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [=, this] { return asked_ >= times; });
  }

 private:
  void run() {
    for (int client = 0; (client = ::accept(listening_, nullptr, nullptr)) >= 0;) {
      serve(client);
      ::close(client);
    }
  }
  /// Every packet of this test is shorter than 128 bytes.
  void serve(int client) {
    std::array<char, 2> head{};
    std::array<char, 128> body{};
    while (::recv(client, head.data(), 2, MSG_WAITALL) == 2) {
      const auto length = static_cast<std::size_t>(head[1]);
      if (::recv(client, body.data(), length, MSG_WAITALL) != static_cast<ssize_t>(length)) return;
      const int type = static_cast<unsigned char>(head[0]) >> 4;
      std::string answer;
      if (type == 1) answer = std::string("\x20\x03\x00\x00\x00", 5);  // CONNACK
      // SUBACK, with the packet's id: not authorized
      if (type == 8) {
        const std::lock_guard lock(mutex_);
        ++asked_;
        changed_.notify_all();
      }
      if (type == 8)
        answer = std::string("\x90\x04", 2) + body[0] + body[1] + std::string("\0\x87", 2);
      if (type == 14) return;  // DISCONNECT
      if (::send(client, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  int listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  std::thread thread_;
};

TEST(MqttLink, ARefusedSubscriptionIsAFailedConnection) {
  RefusingBroker broker;
  std::mutex mutex;
  std::string log;
  Recorder recorder;
  const auto link = make_mqtt_link(Log([&](LogLevel, std::string_view line) {
    const std::lock_guard lock(mutex);
    log += line;
  }));
  LinkOptions deaf;
  deaf.broker = broker.url();
  deaf.client_id = "a";
  deaf.subscriptions = {"t/#"};
  ASSERT_TRUE(link->start(deaf, recorder));
  EXPECT_TRUE(broker.asked(2)) << "it tries again";
  EXPECT_FALSE(link->connected());
  link->stop();
  EXPECT_FALSE(recorder.was_connected());
  EXPECT_NE(log.find("refuses a subscription: "), std::string::npos) << log;
}

class StopsItself final : public LinkHandler {
 public:
  explicit StopsItself(Link& link) : link_(link) {}
  void on_connected() override {
    link_.stop();
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  void on_disconnected(std::string_view) override {}
  void on_message(const Message&) override {}
  bool stopped() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return stopped_; });
  }

 private:
  Link& link_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

TEST(MqttLink, CanBeStoppedFromItsOwnCallback) {
  test::Mosquitto broker;
  auto link = make_mqtt_link({});
  StopsItself handler(*link);
  ASSERT_TRUE(link->start(options(broker, "a"), handler));
  EXPECT_TRUE(handler.stopped());
  link.reset();
}

TEST(MqttLink, RefusesWhatIsInvalid) {
  Recorder recorder;
  const auto code = [&](LinkOptions bad) {
    const auto status = make_mqtt_link({})->start(bad, recorder);
    return status ? Errc::io : status.error().code;
  };
  LinkOptions good;
  good.broker = "mqtt://127.0.0.1:1";
  good.client_id = "a";
  LinkOptions bad = good;
  bad.broker = "http://x";
  EXPECT_EQ(code(bad), Errc::invalid);
  bad = good;
  bad.client_id.clear();
  EXPECT_EQ(code(bad), Errc::invalid);
  bad = good;
  bad.subscriptions = {"a/#/b"};
  EXPECT_EQ(code(bad), Errc::invalid);
  bad = good;
  bad.will = Will{"a/#", "x", true};
  EXPECT_EQ(code(bad), Errc::invalid);
  good.message_bytes_max = 10;
  const auto link = make_mqtt_link({});
  ASSERT_TRUE(link->start(good, recorder));
  EXPECT_EQ(link->publish("t", "more than ten", false).error().code, Errc::invalid);
  link->stop();
}

}  // namespace
}  // namespace wayside::link
