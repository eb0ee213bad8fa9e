#include "node/sources/mqtt_source.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <condition_variable>
#include <thread>

#include "link/mqtt/mqtt_link.hpp"
#include "node/sources/source_fixture.hpp"
#include "support/mosquitto.hpp"

namespace wayside::node::sources {
namespace {

using ::testing::HasSubstr;

/// What the test itself publishes through; tells when it is connected.
class Publisher final : public link::LinkHandler {
 public:
  explicit Publisher(const std::string& broker) {
    link::LinkOptions options;
    options.broker = broker;
    options.client_id = "publisher";
    EXPECT_TRUE(link_->start(options, *this));
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return connected_; }));
  }
  ~Publisher() override { link_->stop(); }
  void publish(const std::string& topic, std::string_view payload, bool retain = false) {
    const auto sent = link_->publish(topic, payload, retain);
    EXPECT_TRUE(sent) << (sent ? "" : sent.error().message);
  }
  void on_connected() override {
    const std::scoped_lock lock(mutex_);
    connected_ = true;
    changed_.notify_all();
  }
  void on_disconnected(std::string_view) override {}
  void on_message(const link::Message&) override {}

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool connected_ = false;
  std::unique_ptr<link::Link> link_ = link::make_mqtt_link({});
};

/// Hands over messages in the thread of the test.
class FakeLink final : public link::Link {
 public:
  Status start(const link::LinkOptions& options, link::LinkHandler& handler) override {
    {
      const std::scoped_lock lock(mutex_);
      options_ = options;
      handler_ = &handler;
    }
    changed_.notify_all();
    return {};
  }
  Status publish(const std::string&, std::string_view, bool) override { return {}; }
  bool connected() const override { return true; }
  void stop() override { handler_ = nullptr; }

  link::LinkOptions wait_started() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return handler_ != nullptr; });
    return options_;
  }
  void say(std::string_view topic, std::string_view payload, bool retained = false) {
    handler_->on_message({topic, payload, retained});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  link::LinkOptions options_;
  link::LinkHandler* handler_ = nullptr;
};

class MqttTest : public SourceTest {
 protected:
  MqttTest() { log_ = {}; }  // the source logs from its link's thread

  static MqttField field(std::string pointer, SignalId signal, telemetry::UnitConversion c = {}) {
    return {std::move(pointer), {Channel{signal, c}, std::nullopt}};
  }
  static MqttConfig engine_config() {
    MqttConfig config;
    config.broker = "mqtt://127.0.0.1:1";
    config.client_id = "test";
    config.topic = TopicPattern("plant/+/engine");
    config.asset_name = NameTemplate("$1");
    config.fields = {field("/coolant", SignalId{0}), field("/deep/p", SignalId{1}),
                     field("/vib", SignalId{2})};
    return config;
  }
  /// Runs a source on a link of the test's own while `talk` speaks through it.
  void with_source(const MqttConfig& config, const std::function<void(FakeLink&)>& talk) {
    auto owned = std::make_unique<FakeLink>();
    FakeLink& link = *owned;
    MqttSource source(config, context(), std::move(owned));
    std::jthread thread([&](std::stop_token stop) { source.run(stop); });
    EXPECT_EQ(link.wait_started().subscriptions[0], config.topic.filter());
    talk(link);
    thread.request_stop();
    thread.join();
  }
};

TEST_F(MqttTest, TakesFieldsOutOfMessages) {
  MqttConfig config = engine_config();
  config.time_pointer = "/ts";
  config.epoch = EpochUnit::ms;
  with_source(config, [](FakeLink& link) {
    link.say("plant/engine-1/engine",
             R"({"ts":1767225600000,"coolant":81.5,"deep":{"p":"400"},"vib":[1,2]})");
    link.say("plant/engine-2/engine", R"({"ts":"2026-01-01T00:00:01Z","coolant":null,"vib":[]})");
  });
  const auto samples = sink_.samples();
  ASSERT_EQ(samples.size(), 4u);
  EXPECT_EQ(samples[0].value, 81.5);
  EXPECT_EQ(samples[1].value, 400) << "a number in quotes";
  EXPECT_EQ(samples[3].time, samples[0].time + milliseconds(1));
  EXPECT_EQ(format_time(samples[0].time), "2026-01-01T00:00:00Z");
  EXPECT_EQ(rejected("waveform_invalid"), 1u);
  EXPECT_EQ(sink_.waited(), 0u) << "a live source never waits for room";
}

TEST_F(MqttTest, CountsWhatIsWrong) {
  with_source(engine_config(), [](FakeLink& link) {
    link.say("plant/engine-1/engine", "not json");
    link.say("plant/engine-1/engine", R"({"other":1})");
    link.say("plant/engine-9/engine", R"({"coolant":80})");
    link.say("plant/engine-1/engine", R"({"coolant":"warm"})");
    link.say("plant/this-computer/engine", R"({"coolant":80})");
    link.say("plant/engine-1/pump", R"({"coolant":80})");
    link.say("plant/engine-1/engine", R"({"coolant":80})", true);
  });
  EXPECT_TRUE(sink_.samples().empty()) << "a retained message without a time of its own is old";
  EXPECT_EQ(rejected("row_unparsable"), 3u);
  EXPECT_EQ(rejected("asset_unknown"), 1u);
  EXPECT_EQ(rejected("value_unparsable"), 1u);
  EXPECT_EQ(rejected("signal_unknown"), 1u);
}

TEST_F(MqttTest, ReadsFromARealBroker) {
  test::Mosquitto broker;
  const auto source = create(
      fmt::format("mqtt: {{broker: '{}', topic: plant/+/engine, asset: engine-$1, time: ts, json: "
                  "{{coolant: {{signal: coolant_temp, unit: degF}}, /oil/p: oil_pressure}}}}",
                  broker.url()));
  Publisher publisher(broker.url());
  // Retained, so that it is there whenever the source's subscription comes about.
  publisher.publish("plant/1/engine", R"({"ts":1767225600,"coolant":212,"oil":{"p":300}})", true);
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  ASSERT_TRUE(sink_.wait_for(2));
  publisher.publish("plant/2/engine", R"({"ts":1767225601,"coolant":32})");
  ASSERT_TRUE(sink_.wait_for(3));
  thread.request_stop();
  thread.join();
  const auto samples = sink_.samples();
  EXPECT_NEAR(samples[0].value, 100, 1e-9);
  EXPECT_EQ(samples[1].value, 300);
  EXPECT_NEAR(samples[2].value, 0, 1e-9);
  EXPECT_EQ(samples[2].asset, *assets_.find("engine-2"));
  EXPECT_EQ(rejected(), 0u);
}

TEST_F(MqttTest, CountsMessagesThatAreTooLong) {
  test::Mosquitto broker;
  const auto source = create(fmt::format(
      "mqtt: {{broker: '{}', topic: t, asset: engine-1, time: ts, json: {{a: coolant_temp}}}}",
      broker.url()));
  Publisher publisher(broker.url());
  publisher.publish("t", std::string(JsonDocument::bytes_max + 1, ' '), true);
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  EXPECT_TRUE(test::eventually([&] { return rejected("row_too_long") == 1; }));
}

TEST_F(MqttTest, TwoSourcesCanReadTheSameTopic) {
  test::Mosquitto broker;
  const std::string one = fmt::format(
      "mqtt: {{broker: '{}', topic: t, asset: engine-1, time: ts, json: {{a: coolant_temp}}}}",
      broker.url());
  const auto first = create(one);
  const auto second = create(one);
  Publisher publisher(broker.url());
  publisher.publish("t", R"({"ts":1,"a":20})", true);
  std::jthread first_thread([&](std::stop_token stop) { first->run(stop); });
  ASSERT_TRUE(sink_.wait_for(1));
  std::jthread second_thread([&](std::stop_token stop) { second->run(stop); });
  ASSERT_TRUE(sink_.wait_for(2));
  publisher.publish("t", R"({"ts":2,"a":21})");
  EXPECT_TRUE(sink_.wait_for(4));
  EXPECT_EQ(broker.log().find("already connected"), std::string::npos) << "both stay connected";
}

TEST_F(MqttTest, StopsWhileTheBrokerIsAway) {
  const auto source = create(
      "mqtt: {broker: 'mqtt://127.0.0.1:1', topic: t, asset: engine-1, json: {a: coolant_temp}}");
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  thread.request_stop();
  thread.join();
  EXPECT_TRUE(sink_.samples().empty());
}

TEST_F(MqttTest, LocatesMistakes) {
  const std::string said = mistakes(
      "mqtt:\n"
      "  broker: 'http://x'\n"
      "  topic: a/#/b\n"
      "  asset: $3\n"
      "  json:\n"
      "    a: {signal: coolant_tmp}\n");
  EXPECT_THAT(said, HasSubstr("agent.yaml:2:11: error: "));
  EXPECT_THAT(said, HasSubstr("agent.yaml:3:10: error: # may only be the last level"));
  EXPECT_THAT(said, HasSubstr("agent.yaml:4:10: error: $3 is not there"));
  EXPECT_THAT(said, HasSubstr("agent.yaml:6:17: error: no kind has a signal 'coolant_tmp' (did you "
                              "mean coolant_temp?)"));
}

}  // namespace
}  // namespace wayside::node::sources
