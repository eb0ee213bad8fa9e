#include "node/agent.hpp"

#include <gmock/gmock.h>
#include <unistd.h>
#include <cmath>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "base/http/client.hpp"
#include "base/os/system_clock.hpp"
#include "link/frame.hpp"
#include "link/memory/memory_broker.hpp"
#include "link/node_state.hpp"
#include "link/topics.hpp"
#include "node/node_fixture.hpp"
#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// A source of given samples, which then ends or stays until it is stopped.
class ScriptedSource final : public Source {
 public:
  ScriptedSource(SampleSink& sink, std::vector<telemetry::Sample> samples, bool ends)
      : sink_(sink), samples_(std::move(samples)), ends_(ends) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool finite() const override { return ends_; }
  [[nodiscard]] Status outcome() const override {
    if (fails) return fail(Errc::io, "scripted: reading: the disk is gone");
    return {};
  }
  bool fails = false;
  void run(std::stop_token stop) override {
    sink_.push_wait(samples_, stop);
    if (ends_) return;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait(lock, stop, [] { return false; });
  }

 private:
  std::string name_ = "scripted";
  SampleSink& sink_;
  std::vector<telemetry::Sample> samples_;
  bool ends_;
};

struct ScriptedSpec final : SourceSpec {
  std::vector<telemetry::Sample> samples;
  bool ends = true;
  bool broken = false;
  bool fails = false;
  [[nodiscard]] Result<std::unique_ptr<Source>> create(
      const SourceContext& context) const override {
    if (broken) return fail(Errc::not_found, "log.csv is not there");
    auto source = std::make_unique<ScriptedSource>(context.sink, samples, ends);
    source->fails = fails;
    return source;
  }
};

/// Takes every frame and acknowledges it, as a hub does.
class TestHub final : public link::LinkHandler {
 public:
  explicit TestHub(link::MemoryBroker& broker) : link_(broker.make_link()) {
    link::LinkOptions options;
    options.client_id = "hub";
    options.broker = "mqtt://memory";
    options.subscriptions = {link::up_pattern, link::state_pattern};
    if (!link_->start(options, *this)) throw std::runtime_error("the hub's link does not start");
  }
  void on_connected() override {
    EXPECT_TRUE(link_->publish(link::hub_state_topic, link::encode_hub_state(true, Time{}), true));
  }
  void on_disconnected(std::string_view) override {}
  void on_message(const link::Message& message) override {
    if (message.topic == link::hub_state_topic) return;
    if (link::parse_state_topic(message.topic)) {
      const auto state = link::decode_node_state(message.payload);
      ASSERT_TRUE(state);
      states.push_back(*state);
      return;
    }
    auto frame = link::decode_frame(message.payload);
    ASSERT_TRUE(frame) << frame.error().message;
    std::uint64_t seq = frame->first_seq;
    Stream& stream = streams_[frame->tier];
    // What goes ahead of the stream is taken where it comes; nothing gets lost here.
    const bool taken = frame->live_from != 0 || seq <= stream.watermark + 1;
    for (const std::string& sealed : frame->records) {
      auto record = telemetry::decode(sealed);
      ASSERT_TRUE(record) << record.error().message;
      const auto* gap = std::get_if<telemetry::Gap>(&*record);
      const std::uint64_t last = seq + (gap != nullptr ? gap->records : 1) - 1;
      if (taken && !telemetry::uncovered(stream.watermark, stream.ahead, seq, last).empty()) {
        telemetry::cover(stream.watermark, stream.ahead, seq, last);
        records.push_back(std::move(*record));
      }
      seq = last + 1;
    }
    const std::string ack =
        link::encode_ack({{frame->epoch, frame->tier, stream.watermark, false, stream.ahead}});
    EXPECT_TRUE(link_->publish(link::ack_topic(frame->node), ack, false));
  }

  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const auto& record : records)
      if (const auto* found = std::get_if<T>(&record)) out.push_back(*found);
    return out;
  }
  std::vector<telemetry::Record> records;
  std::vector<link::NodeState> states;

 private:
  std::unique_ptr<link::Link> link_;
  struct Stream {
    std::uint64_t watermark = 0;
    telemetry::SeqRanges ahead;
  };
  std::map<telemetry::Tier, Stream> streams_;
};

struct AgentTest : testing::Test {
  AgentTest()
      : disk(std::make_shared<spool::MemoryDisk>()),
        alerts_file(testing::TempDir() + "wayside-alerts-" + std::to_string(::getpid())) {}
  ~AgentTest() override { std::filesystem::remove(alerts_file); }

  static std::vector<telemetry::Sample> life(int seconds_long) {
    std::vector<telemetry::Sample> out;
    for (int s = 0; s < seconds_long; ++s) {
      const double heat = s < seconds_long / 2 ? 50 : 95;
      out.push_back({AssetId{0}, SignalId{0}, at_second(s), heat});
      out.push_back({AssetId{0}, SignalId{1}, at_second(s), 10});
    }
    return out;
  }

  /// 100,000 s are several MiB: values that do not compress.
  static std::vector<telemetry::Sample> long_life(int seconds_long) {
    std::vector<telemetry::Sample> out;
    for (int s = 0; s < seconds_long; ++s)
      for (const std::uint32_t signal : {0u, 1u})
        out.push_back(
            {AssetId{0}, SignalId{signal}, at_second(s), 50 + std::sin(s * 1.618) * 30, {}});
    return out;
  }

  Result<std::unique_ptr<Agent>> make(const std::string& extra, std::unique_ptr<SourceSpec> source,
                                      AgentOptions options) {
    AgentConfig config = parse_good(pump_yaml(rules) + extra);
    if (source) config.sources.push_back(std::move(source));
    auto units = telemetry::Units::load();
    auto loader = std::make_unique<FakeLoader>();
    return Agent::create(std::move(config), std::move(*units),
                         {.clock = clock,
                          .metrics = metrics,
                          .log = Log([this](LogLevel, std::string_view line) {
                            const std::lock_guard lock(log_mutex);
                            log += std::string(line) + "\n";
                          }),
                          .loader = std::move(loader),
                          .store = spool::make_memory_store(disk),
                          .link = broker ? broker->make_link() : nullptr,
                          .new_epoch = 42,
                          .console = {},
                          .alerts_file = alerts_file},
                         options);
  }

  static std::unique_ptr<ScriptedSpec> script(std::vector<telemetry::Sample> samples, bool ends) {
    auto spec = std::make_unique<ScriptedSpec>();
    spec->samples = std::move(samples);
    spec->ends = ends;
    return spec;
  }

  os::SystemClock clock;
  Metrics metrics;
  std::shared_ptr<spool::MemoryDisk> disk;
  std::string alerts_file;
  std::string rules = "      hot: {when: temp_mean > 90}\n";
  std::optional<link::MemoryBroker> broker;
  /// A whole run without a hub, over the temperature of each second.
  void replay(const std::vector<double>& temperatures, std::int64_t from) {
    std::vector<telemetry::Sample> samples;
    for (std::size_t i = 0; i < temperatures.size(); ++i)
      for (const std::uint32_t signal : {0u, 1u})
        samples.push_back({AssetId{0}, SignalId{signal},
                           at_second(from + static_cast<std::int64_t>(i)), temperatures[i]});
    auto agent = make("", script(std::move(samples), true), {.until_eof = true});
    ASSERT_TRUE(agent) << agent.error().message;
    const Status ran = (*agent)->run();
    ASSERT_TRUE(ran) << ran.error().message;
  }
  std::vector<telemetry::Event> alerts() const {
    std::vector<telemetry::Event> out;
    const auto contents = disk->contents();
    for (const auto& [seq, entry] : contents.entries[0])
      if (const auto record = telemetry::decode(entry.record))
        if (const auto* event = std::get_if<telemetry::Event>(&*record)) out.push_back(*event);
    return out;
  }

  std::mutex log_mutex;
  std::string log;
};

const std::string hub_yaml = "hub: {broker: \"mqtt://127.0.0.1:1\"}\n";

TEST_F(AgentTest, AReplayEndsOnceItIsAcknowledged) {
  broker.emplace(1);
  TestHub hub(*broker);
  auto agent = make(hub_yaml, script(life(40), true), {.until_eof = true});
  ASSERT_TRUE(agent) << agent.error().message;
  auto ended = std::async(std::launch::async, [&] { return (*agent)->run(); });
  while (ended.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) broker->run();
  broker->run();
  const Status status = ended.get();
  ASSERT_TRUE(status) << status.error().message;

  std::size_t samples = 0;
  for (const auto& block : hub.all<telemetry::SampleBlock>()) samples += block.times.size();
  EXPECT_EQ(samples, 80u);
  std::size_t rows = 0;
  for (const auto& block : hub.all<telemetry::FeatureBlock>()) rows += block.times.size();
  EXPECT_GE(rows, 39u);
  std::vector<std::string> kinds;
  for (const auto& event : hub.all<telemetry::Event>()) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, testing::UnorderedElementsAre("agent_started", "alert_raised"));
  ASSERT_FALSE(hub.states.empty());
  EXPECT_EQ(hub.states.front().kinds.at(0).features.at(0).name, "temp_mean");
  EXPECT_EQ(hub.states.front().assets.size(), 2u);
  EXPECT_FALSE(hub.states.back().online);
}

TEST_F(AgentTest, WithoutAHubAReplayEndsInTheSpool) {
  auto agent = make("", script(life(20), true), {.until_eof = true});
  ASSERT_TRUE(agent) << agent.error().message;
  ASSERT_TRUE((*agent)->run());
  const auto contents = disk->contents();
  EXPECT_EQ(contents.epoch, 42u);
  EXPECT_FALSE(contents.entries[static_cast<std::size_t>(telemetry::Tier::critical)].empty());
  EXPECT_FALSE(contents.entries[static_cast<std::size_t>(telemetry::Tier::diagnostic)].empty());
}

TEST_F(AgentTest, AnAlertWhoseConditionEndedWhileTheAgentWasDownIsCleared) {
  replay(std::vector<double>(10, 95), 0);
  ASSERT_EQ(alerts().size(), 1u);
  replay(std::vector<double>(10, 50), 100);
  ASSERT_EQ(alerts().size(), 2u);
  EXPECT_EQ(alerts()[1].kind, "alert_cleared");
  EXPECT_THAT(alerts()[1].data_json,
              HasSubstr("\"raised\":" + std::to_string(alerts()[0].time.ns)));
  replay(std::vector<double>(10, 50), 200);
  EXPECT_EQ(alerts().size(), 2u);
}

TEST_F(AgentTest, AnAlertThatGoesOnIsNotRaisedAgain) {
  replay(std::vector<double>(10, 95), 0);
  replay(std::vector<double>(10, 95), 100);
  EXPECT_EQ(alerts().size(), 1u);
}

TEST_F(AgentTest, AnAlertOfARuleThatIsGoneIsCleared) {
  replay(std::vector<double>(10, 95), 0);
  rules = "      cold: {when: temp_mean < -30}\n";
  replay(std::vector<double>(10, 95), 100);
  ASSERT_EQ(alerts().size(), 2u);
  EXPECT_EQ(alerts()[1].kind, "alert_cleared");
  EXPECT_EQ(alerts()[1].text, "hot: cleared, it is no longer configured");
  replay(std::vector<double>(10, 95), 200);
  EXPECT_EQ(alerts().size(), 2u);
}

TEST_F(AgentTest, AFileThatCouldNotBeReadToItsEndIsNoSuccess) {
  auto source = script(life(20), true);
  source->fails = true;
  auto agent = make("", std::move(source), {.until_eof = true});
  ASSERT_TRUE(agent);
  const Status status = (*agent)->run();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "not all input was read: scripted: reading: the disk is gone");
}

TEST_F(AgentTest, ARunThatDroppedSomethingIsNoSuccess) {
  // Without a hub nobody makes room.
  auto agent =
      make("spool: {limit: 1MiB}\n", script(long_life(200'000), true), {.until_eof = true});
  ASSERT_TRUE(agent);
  const Status status = (*agent)->run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("records were dropped during this run"));
}

TEST_F(AgentTest, AFileWaitsForTheHubRatherThanOverrunTheSpool) {
  broker.emplace(1);
  TestHub hub(*broker);
  auto agent = make(hub_yaml + "spool: {limit: 1MiB}\ntiers: {diagnostic: {send: now}}\n",
                    script(long_life(100'000), true), {.until_eof = true});
  ASSERT_TRUE(agent) << agent.error().message;
  auto ended = std::async(std::launch::async, [&] { return (*agent)->run(); });
  // The hub takes nothing until the file waits.
  const auto waits = [&] {
    const std::lock_guard lock(log_mutex);
    return log.find("files wait") != std::string::npos;
  };
  while (!waits()) std::this_thread::yield();
  while (ended.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) broker->run();
  const Status status = ended.get();
  const auto gaps = [&] {
    std::string reasons;
    for (const auto& gap : hub.all<telemetry::Gap>()) reasons += gap.reason + " ";
    return reasons;
  };
  EXPECT_TRUE(status) << status.error().message << ": " << gaps();
  std::size_t samples = 0;
  for (const auto& block : hub.all<telemetry::SampleBlock>()) samples += block.times.size();
  EXPECT_EQ(samples, long_life(100'000).size());
}

TEST_F(AgentTest, StoppedBeforeTheHubAnsweredIsNoSuccess) {
  broker.emplace(1);  // nobody listens to it
  auto agent = make(hub_yaml, script(life(5), true), {.until_eof = true});
  ASSERT_TRUE(agent);
  (*agent)->request_stop();
  const Status status = (*agent)->run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("before everything was acknowledged"));
}

TEST_F(AgentTest, ServesItsNodeWhileItRuns) {
  auto agent = make("listen: 127.0.0.1:0\n", script(life(40), false), {});
  ASSERT_TRUE(agent) << agent.error().message;
  auto ended = std::async(std::launch::async, [&] { return (*agent)->run(); });
  while ((*agent)->port() == 0) std::this_thread::yield();
  const std::string base = "http://127.0.0.1:" + std::to_string((*agent)->port());
  const auto get = [&](const std::string& path) {
    const auto reply = http::get(base + path);
    EXPECT_TRUE(reply) << path;
    return reply.value_or(http::Reply{});
  };
  // The recorder closes blocks once a second.
  json assets;
  do {
    assets = json::parse(get("/api/v1/assets").body);
  } while (assets["assets"][0]["data_time"].is_null());
  EXPECT_EQ(assets["assets"][0]["state"], "alarm");
  EXPECT_EQ(assets["assets"][1]["state"], "silent");
  EXPECT_EQ(assets["assets"][0]["models"][0]["state"], "absent");

  const json series = json::parse(get("/api/v1/series?asset=p1&names=temp,temp_mean").body);
  ASSERT_EQ(series["series"].size(), 2u);
  EXPECT_EQ(series["series"][0]["kind"], "signal");
  EXPECT_EQ(series["series"][0]["values"].size(), 40u);
  EXPECT_EQ(series["series"][1]["kind"], "feature");
  EXPECT_EQ(get("/api/v1/series?asset=nobody").status, 404);
  EXPECT_EQ(get("/api/v1/series?asset=p1&from=yesterday").status, 400);

  const json events = json::parse(get("/api/v1/events?open=true").body);
  ASSERT_EQ(events["events"].size(), 1u);
  EXPECT_EQ(events["events"][0]["kind"], "alert_raised");
  EXPECT_EQ(events["events"][0]["id"], "n1.000000000000002a.c1");
  const json status = json::parse(get("/api/v1/status").body);
  EXPECT_EQ(status["program"], "agent");
  EXPECT_EQ(status["rows"]["samples"], 80);
  EXPECT_EQ(status["sources"][0]["state"], "running");
  const json ledger = json::parse(get("/api/v1/ledger").body);
  for (const json& line : ledger["lines"]) EXPECT_TRUE(line["balanced"]);
  EXPECT_EQ(json::parse(get("/api/v1/gaps").body),
            (json{{"gaps", json::array()}, {"truncated", false}}));
  EXPECT_EQ(json::parse(get("/api/v1/nodes").body)["nodes"][0]["open_alerts"], 1);
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_THAT(get("/metrics").body, HasSubstr("wayside_alerts_total{transition=\"raised\"} 1"));
  (*agent)->request_stop();
  EXPECT_TRUE(ended.get());
}

TEST_F(AgentTest, IsNotReadyForAsLongAsItsSpoolFails) {
  auto agent = make("listen: 127.0.0.1:0\n", script(life(40), false), {});
  ASSERT_TRUE(agent) << agent.error().message;
  auto ended = std::async(std::launch::async, [&] { return (*agent)->run(); });
  while ((*agent)->port() == 0) std::this_thread::yield();
  const std::string url = "http://127.0.0.1:" + std::to_string((*agent)->port()) + "/readyz";
  const auto status = [&] { return http::get(url).value_or(http::Reply{}).status; };
  disk->fail_commits(Error{Errc::io, "the disk is gone"});
  while (status() == 200) std::this_thread::yield();
  // Records that find room in memory are taken all the while, and change nothing.
  for (int i = 0; i < 100; ++i) ASSERT_EQ(status(), 503);
  EXPECT_THAT(http::get(url).value_or(http::Reply{}).body, HasSubstr("the disk is gone"));
  disk->fail_commits(std::nullopt);
  while (status() != 200) std::this_thread::yield();
  (*agent)->request_stop();
  EXPECT_TRUE(ended.get());
}

TEST_F(AgentTest, ATakenPortIsSaidAndTheAgentGoesOn) {
  http::Server other;
  const auto port = other.start("127.0.0.1:0");
  ASSERT_TRUE(port);
  auto agent = make("listen: 127.0.0.1:" + std::to_string(*port) + "\n", script(life(5), true),
                    {.until_eof = true});
  ASSERT_TRUE(agent);
  EXPECT_TRUE((*agent)->run());
  EXPECT_THAT(log, HasSubstr("no local API: cannot listen on 127.0.0.1:" + std::to_string(*port)));
}

TEST_F(AgentTest, SourcesThatCannotStartAreNamed) {
  auto broken = std::make_unique<ScriptedSpec>();
  broken->broken = true;
  const auto agent = make("", std::move(broken), {});
  ASSERT_FALSE(agent);
  EXPECT_EQ(agent.error().message, "no source can start: log.csv is not there");
}

TEST_F(AgentTest, UntilTheEndOfWhatNeverEndsIsAMistake) {
  const auto agent = make("", script({}, false), {.until_eof = true});
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message, HasSubstr("needs a source that ends"));
}

TEST_F(AgentTest, AnAgentThatNeverRanCanBeThrownAway) {
  EXPECT_TRUE(make("listen: 127.0.0.1:0\n", script(life(5), true), {}));
}

}  // namespace
}  // namespace wayside::node
