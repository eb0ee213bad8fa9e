// What is wrong outside is a clear sentence, and where a program can go on, it goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <condition_variable>
#include <mutex>

#include "base/http/client.hpp"
#include "fleet.hpp"
#include "link/frame.hpp"
#include "link/mqtt/mqtt_link.hpp"
#include "link/topics.hpp"

namespace wayside::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A peer that publishes what a node never would.
class Peer final : public link::LinkHandler {
 public:
  explicit Peer(const std::string& broker) : link_(link::make_mqtt_link(Log())) {
    link::LinkOptions options;
    options.broker = broker;
    options.client_id = "peer";
    const auto started = link_->start(options, *this);
    if (!started) throw std::runtime_error(started.error().message);
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return connected_; }))
      throw std::runtime_error("no connection to the broker");
  }
  ~Peer() override { link_->stop(); }

  void publish(const std::string& topic, const std::string& payload) {
    ASSERT_TRUE(link_->publish(topic, payload, false));
  }

  void on_connected() override {
    const std::lock_guard lock(mutex_);
    connected_ = true;
    changed_.notify_all();
  }
  void on_disconnected(std::string_view) override {}
  void on_message(const link::Message&) override {}

 private:
  std::unique_ptr<link::Link> link_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool connected_ = false;
};

std::string metrics(const Fleet& fleet) {
  const auto reply = http::get(fleet.hub_url() + "/metrics");
  return reply ? reply->body : "";
}

TEST(BadInput, MalformedFramesAreCountedWithTheirSenderAndDropped) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  ASSERT_TRUE(eventually([&] {
    const auto reply = http::get(fleet.hub_url() + "/readyz");
    return reply && reply->status == 200;
  }));
  Peer peer(fleet.broker_url());
  const std::string topic = link::up_topic("loco-13", telemetry::Tier::bulk);
  peer.publish(topic, "");
  peer.publish(topic, "random bytes \x01\x02\xff");
  peer.publish(topic, std::string(1 << 20, '\xff'));
  link::Frame frame{.node = "somebody-else",
                    .epoch = 1,
                    .tier = telemetry::Tier::bulk,
                    .first_seq = 1,
                    .records = {"x"},
                    .produced = 1};
  peer.publish(topic, link::encode_frame(frame));
  EXPECT_TRUE(eventually([&] { return metrics(fleet).find("loco-13") != std::string::npos; }))
      << metrics(fleet);
  EXPECT_TRUE(fleet.hub->running());
  EXPECT_EQ(fleet.number("select count(*) from samples"), 0);
  EXPECT_EQ(fleet.hub->terminate(), 0) << fleet.hub->output();
}

TEST(BadInput, ACorruptModelIsReportedAndTheRestGoesOn) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  const std::string model = fleet.write("broken.onnx", "this is no model");
  const std::string yaml = R"yaml(
node: loco
hub: {broker: "@BROKER@"}
state: "@STATE@"
kinds:
  locomotive:
    features: {every: 1s, define: {coolant: "mean(coolant_temp, 10s)"}}
    models: {cooling: {file: @MODEL@, inputs: [coolant], on_failure: alarm}}
assets: [{name: loco, kind: locomotive}]
sources: [{sim: {plant: locomotive, asset: loco, every: 1s, pace: max, start: 2026-03-01, for: 1min}}]
tiers: {diagnostic: {send: now}, bulk: {send: now}}
)yaml";
  Process agent = fleet.start_agent(
      "loco", std::string(yaml).replace(yaml.find("@MODEL@"), 7, model), {"--until-eof"});
  ASSERT_EQ(agent.wait(std::chrono::seconds(60)), 0) << agent.output();
  EXPECT_THAT(agent.output(), HasSubstr("broken.onnx"));
  EXPECT_GT(fleet.number("select count(*) from features where name = 'coolant'"), 50);
}

TEST(BadInput, ATakenPortAndAFolderThatCannotBeWrittenAreSentences) {
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  // With files of its own, so that nothing but the port is in its way.
  const std::string config = fleet.write(
      "second.yaml", "listen: " + fleet.hub_url().substr(7) + "\nbroker: " + fleet.broker_url() +
                         "\nstore: {duckdb: " + fleet.file("second.duckdb") +
                         "}\ncatalog: {sqlite: " + fleet.file("second.sqlite") + "}\n");
  const Outcome second = run({program("wayside-hub"), "--config", config});
  EXPECT_NE(second.status, 0);
  EXPECT_THAT(second.output, HasSubstr("the port is taken"));

  const std::string agent =
      fleet.write("agent.yaml",
                  "node: a\nstate: /proc/nowhere\nassets: [{name: a, kind: computer}]\n"
                  "sources: [{host: {asset: a}}]\n");
  const Outcome unwritable = run({program("wayside-agent"), "--config", agent});
  EXPECT_EQ(unwritable.status, 1);
  EXPECT_THAT(unwritable.output, HasSubstr("/proc/nowhere"));
}

TEST(BadInput, EveryMistakeOfAConfigurationIsLocatedAndAllAreReported) {
  Fleet fleet;
  const std::string file = fleet.write("agent.yaml",
                                       "node: a\n"
                                       "stat: /tmp/x\n"
                                       "kinds:\n"
                                       "  pump:\n"
                                       "    signals:\n"
                                       "      p: {unit: barr}\n"
                                       "    features:\n"
                                       "      every: 1s\n"
                                       "      define:\n"
                                       "        m: mean(q, 10s)\n"
                                       "assets: [{name: a, kind: pmup}]\n");
  const Outcome checked = run({program("wayside"), "check", file});
  EXPECT_EQ(checked.status, 1);
  EXPECT_THAT(checked.output,
              AllOf(HasSubstr(file + ":2:1:"), HasSubstr(file + ":6:"), HasSubstr(file + ":10:"),
                    HasSubstr(file + ":11:"), HasSubstr("did you mean")));
  // The program says the same.
  EXPECT_THAT(run({program("wayside-agent"), "--config", file}).output, HasSubstr(file + ":2:1:"));
}

TEST(BadInput, AnAgentsConfigurationWithAHubsKeyIsStillAnAgents) {
  Fleet fleet;
  for (const std::string key : {"broker: mqtt://b", "store: {duckdb: x}", "query: {rows_max: 1}"}) {
    const std::string file =
        fleet.write("agent.yaml", "node: a\nassets: [{name: a, kind: computer}]\n" + key + "\n");
    const Outcome checked = run({program("wayside"), "check", file});
    EXPECT_EQ(checked.status, 1);
    EXPECT_THAT(checked.output, HasSubstr(file + ":3:1:")) << key;
    EXPECT_THAT(checked.output, testing::Not(HasSubstr("the hub's configuration"))) << key;
  }
}

TEST(BadInput, EveryProgramExplainsItself) {
  for (const char* name : {"wayside", "wayside-agent", "wayside-hub"}) {
    const Outcome help = run({program(name), "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.output, HasSubstr("--help")) << name;
    EXPECT_THAT(run({program(name), "--version"}).output, HasSubstr("0.1.0")) << name;
  }
  Fleet fleet;
  fleet.start_broker();
  fleet.start_hub();
  const std::string defaults =
      fleet.write("wayside.toml", "[query]\nhub = \"" + fleet.hub_url() + "\"\nformat = \"csv\"\n");
  const Outcome asked =
      run({program("wayside"), "--config", defaults, "query", "select 6 * 7 as n"});
  EXPECT_EQ(asked.status, 0) << asked.output;
  EXPECT_THAT(asked.output, AllOf(HasSubstr("n"), HasSubstr("42")));
  const Outcome away =
      run({program("wayside"), "query", "select 1", "--hub", "http://127.0.0.1:1"});
  EXPECT_EQ(away.status, 1);
}

}  // namespace
}  // namespace wayside::test
