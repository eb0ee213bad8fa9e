#include "hub/hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "base/http/client.hpp"
#include "base/os/system_clock.hpp"
#include "hub/api/api.hpp"
#include "hub/catalog/memory/memory_catalog.hpp"
#include "hub/store/memory/memory_store.hpp"
#include "hub/store/store_suite.hpp"
#include "hub/test_link.hpp"
#include "link/topics.hpp"

namespace wayside::hub {
namespace {

using Json = nlohmann::json;
using telemetry::Tier;
using testing::HasSubstr;

/// A store whose queries fail as a program does that has no memory left.
class ThrowingStore final : public MemoryStore {
 public:
  Result<QueryResult> query(const std::string& sql, const QueryLimits& limits) override {
    if (sql == "throw") throw std::bad_alloc();
    return MemoryStore::query(sql, limits);
  }
};

/// Counts how often the live stream asks for the acknowledgement of an event.
class CountingCatalog final : public MemoryCatalog {
 public:
  Result<std::map<std::string, Acknowledgement>> acknowledgements(
      const std::set<std::string>& event_ids) override {
    if (event_ids.size() == 1) ++asked_one;
    return MemoryCatalog::acknowledgements(event_ids);
  }
  std::atomic<int> asked_one = 0;
};

link::NodeState state_of(bool online) {
  link::NodeState state;
  state.node = "n1";
  state.site = "enola";
  state.online = online;
  state.version = "0.1.0";
  state.epoch = 0x9f1c;
  state.time = suite::start;
  if (!online) return state;
  link::NodeState::Kind kind;
  kind.name = "loco";
  kind.signals.push_back({"temp", "degC", 1, -40, 150});
  kind.features.push_back({"mean", "mean(temp, 60s)", "degC"});
  kind.models.push_back({"m", {"mean"}, {"score"}});
  kind.rules.push_back({"hot", "m.score > 0.9", Tier::critical});
  state.kinds.push_back(kind);
  state.assets.push_back({"a1", "loco"});
  state.assets.push_back({"a0", "loco"});
  return state;
}

class HubTest : public testing::Test {
 protected:
  void SetUp() override {
    HubOptions options;
    options.listen = "127.0.0.1:0";
    options.version = "1.2.3";
    hub_ = std::make_unique<Hub>(options, store_, catalog_, link_, clock_, metrics_, Log());
    const auto port = hub_->start();
    ASSERT_TRUE(port) << port.error().message;
    url_ = fmt::format("http://127.0.0.1:{}", *port);
    link_.set_connected(true);
  }

  /// The node says that it is there, and no more.
  void announce() {
    link_.receive(link::state_topic("n1"), link::encode_node_state(state_of(false)));
  }
  void send(Tier tier, std::uint64_t first_seq, const std::vector<telemetry::Record>& records) {
    link::Frame frame;
    frame.node = "n1";
    frame.epoch = 0x9f1c;
    frame.tier = tier;
    frame.first_seq = first_seq;
    frame.produced = first_seq + records.size() - 1;
    for (const auto& record : records) frame.records.push_back(telemetry::encode(record));
    link_.receive(link::up_topic("n1", tier), link::encode_frame(frame));
  }
  /// The acknowledgement of at least `watermark`.
  std::optional<link::AckStream> acknowledged(Tier tier, std::uint64_t watermark) {
    std::optional<link::AckStream> result;
    link_.wait_for([&](const TestLink::Published& p) {
      if (p.topic != link::ack_topic("n1")) return false;
      const auto streams = link::decode_ack(p.payload);
      for (const link::AckStream& ack : streams.value().streams)
        if (ack.tier == tier && ack.watermark >= watermark) result = ack;
      return result.has_value();
    });
    return result;
  }
  Json get(const std::string& path, int status = 200) {
    const auto reply = http::get(url_ + path);
    EXPECT_TRUE(reply) << path;
    EXPECT_EQ(reply->status, status) << path << ": " << reply->body;
    return Json::parse(reply->body, nullptr, false);
  }
  Json post(const std::string& path, const Json& body, int status = 200) {
    const auto reply = http::post(url_ + path, body.dump());
    EXPECT_TRUE(reply) << path;
    EXPECT_EQ(reply->status, status) << path << ": " << reply->body;
    return Json::parse(reply->body, nullptr, false);
  }
  /// A node with two seconds of data, a decision and an alert.
  void send_everything() {
    link_.receive(link::state_topic("n1"), link::encode_node_state(state_of(true)));
    const std::string alert = R"({"rule":"hot","values":{"m.score":0.95}})";
    send(Tier::critical, 1,
         {telemetry::Event{"a1", "alert_raised", suite::start + seconds(1),
                           telemetry::Severity::alarm, "hot: m.score > 0.9", alert},
          telemetry::Decision{"a1", "m", "r1", suite::start, 0.95, "anomaly", 0.9, 40, "",
                              R"({"inputs":{"mean":2}})"}});
    send(Tier::diagnostic, 1,
         {suite::block("a1", "temp", suite::start, {81, 82}),
          telemetry::FeatureBlock{"a1", {"mean"}, {suite::start}, {81.5}}});
    ASSERT_TRUE(acknowledged(Tier::critical, 2));
    ASSERT_TRUE(acknowledged(Tier::diagnostic, 2));
  }

  ThrowingStore store_;
  CountingCatalog catalog_;
  TestLink link_;
  os::SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<Hub> hub_;
  std::string url_;
};

TEST_F(HubTest, SaysThatItIsHereAndThatItGoes) {
  const auto is_state = [](bool online) {
    return [online](const TestLink::Published& p) {
      return p.topic == link::hub_state_topic && p.retain &&
             link::decode_hub_state(p.payload) == online;
    };
  };
  EXPECT_TRUE(link_.wait_for(is_state(true)));
  ASSERT_TRUE(link_.options().will);
  EXPECT_EQ(link::decode_hub_state(link_.options().will->payload), false);
  hub_->stop();
  EXPECT_TRUE(link_.wait_for(is_state(false)));
}

TEST_F(HubTest, ShowsNodes) {
  send_everything();
  const Json reply = get("/api/v1/nodes");
  ASSERT_EQ(reply["nodes"].size(), 1u);
  const Json& node = reply["nodes"][0];
  EXPECT_EQ(node["node"], "n1");
  EXPECT_EQ(node["site"], "enola");
  EXPECT_EQ(node["epoch"], "0000000000009f1c");
  EXPECT_EQ(node["online"], true);
  EXPECT_EQ(node["data_time"], 1'767'225'601'000.0);
  EXPECT_EQ(node["backlog"], (Json{{"critical", 0}, {"diagnostic", 0}, {"bulk", 0}}));
  EXPECT_EQ(node["assets"], (Json{"a0", "a1"}));
  EXPECT_EQ(node["open_alerts"], 1);
  EXPECT_GT(node["data_age_s"].get<double>(), 0);
}

TEST_F(HubTest, KeepsTheSchemaOfANodeThatWentOffline) {
  send_everything();
  link_.receive(link::state_topic("n1"), link::encode_node_state(state_of(false)));
  Json nodes;
  for (int i = 0; i < 1'000; ++i) {
    nodes = get("/api/v1/nodes")["nodes"];
    if (nodes[0]["online"] == false) break;
  }
  EXPECT_EQ(nodes[0]["online"], false);
  EXPECT_EQ(get("/api/v1/assets")["assets"].size(), 2u);
}

TEST_F(HubTest, ShowsAssetsWithTheirSchemaAndState) {
  send_everything();
  const Json assets = get("/api/v1/assets")["assets"];
  ASSERT_EQ(assets.size(), 2u);
  EXPECT_EQ(assets[0]["asset"], "a0");
  EXPECT_EQ(assets[0]["state"], "silent");
  const Json& asset = assets[1];
  EXPECT_EQ(asset["kind"], "loco");
  EXPECT_EQ(asset["state"], "alarm");
  EXPECT_EQ(
      asset["signals"][0],
      (Json{{"name", "temp"}, {"unit", "degC"}, {"version", 1}, {"min", -40.0}, {"max", 150.0}}));
  EXPECT_EQ(asset["rules"][0]["when"], "m.score > 0.9");
}

TEST_F(HubTest, ShowsSeries) {
  send_everything();
  const Json reply = get("/api/v1/series?asset=a1&names=temp,m.score,mean");
  EXPECT_EQ(reply["to"], 1'767'225'601'000.0);
  EXPECT_EQ(reply["from"], 1'767'225'001'000.0);
  ASSERT_EQ(reply["series"].size(), 3u);
  EXPECT_EQ(reply["series"][0], (Json{{"name", "temp"},
                                      {"kind", "signal"},
                                      {"unit", "degC"},
                                      {"reduced", false},
                                      {"times", {1'767'225'600'000.0, 1'767'225'601'000.0}},
                                      {"values", {81.0, 82.0}}}));
  EXPECT_EQ(reply["series"][1]["kind"], "score");
  EXPECT_EQ(reply["series"][2]["values"], Json{81.5});
  // A silent asset's series are there and empty.
  EXPECT_EQ(get("/api/v1/series?asset=a0&names=temp")["series"][0]["values"], Json::array());
  const Json silent = get("/api/v1/series?asset=a0&names=temp,mean,m.score")["series"];
  ASSERT_EQ(silent.size(), 3u);
  EXPECT_EQ(silent[0]["kind"], "signal");
  EXPECT_EQ(silent[1]["kind"], "feature");
  EXPECT_EQ(silent[2]["kind"], "score");
  get("/api/v1/series?asset=a1&points=1", 400);
  EXPECT_EQ(get("/api/v1/series?asset=a1&names=temp&points=2")["series"].size(), 1u);
  get("/api/v1/series", 400);
  get("/api/v1/series?asset=nobody", 404);
  get("/api/v1/series?asset=a1&from=tomorrow", 400);
  get("/api/v1/series?asset=a1&points=100001", 400);
  get("/api/v1/series?asset=a1&from=2&to=1", 400);
}

TEST_F(HubTest, ShowsDecisions) {
  send_everything();
  const Json decisions = get("/api/v1/decisions?asset=a1")["decisions"];
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(decisions[0]["class"], "anomaly");
  EXPECT_EQ(decisions[0]["inputs"]["inputs"]["mean"], 2);
  EXPECT_EQ(get("/api/v1/decisions?model=other")["decisions"].size(), 0u);
}

TEST_F(HubTest, AlertsAreAcknowledgedOnce) {
  send_everything();
  Json events = get("/api/v1/events?open=true")["events"];
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["data"]["rule"], "hot");
  EXPECT_EQ(events[0]["cleared"], nullptr);
  EXPECT_EQ(events[0]["acknowledged"], nullptr);
  const std::string path = "/api/v1/events/" + events[0]["id"].get<std::string>() + "/ack";
  post(path, {{"note", "who am I"}}, 400);
  const Json line = post(path, {{"by", "ana"}, {"note", "crew informed"}});
  EXPECT_EQ(line["acknowledged"]["by"], "ana");
  post(path, {{"by", "bo"}}, 409);
  post("/api/v1/events/nothing/ack", {{"by", "ana"}}, 404);
  EXPECT_EQ(get("/api/v1/events?open=true")["events"].size(), 0u);
  EXPECT_EQ(get("/api/v1/events")["events"][0]["acknowledged"]["note"], "crew informed");
  EXPECT_EQ(get("/api/v1/nodes")["nodes"][0]["open_alerts"], 0);
  EXPECT_THAT(http::get(url_ + "/metrics")->body, HasSubstr("wayside_hub_open_alerts 0"));
  // Somebody knows of it, and it stands all the same.
  const Json asset = get("/api/v1/assets")["assets"][1];
  EXPECT_EQ(asset["state"], "alarm");
  EXPECT_EQ(asset["open_alerts"], 0);
}

TEST_F(HubTest, AnAlertOfNoWeightLeavesTheAssetOk) {
  send_everything();
  const auto alert = [](const char* kind, const char* rule, telemetry::Severity severity) {
    return telemetry::Event{"a1",     kind, suite::start + seconds(5),
                            severity, rule, fmt::format(R"({{"rule":"{}"}})", rule)};
  };
  send(Tier::critical, 3,
       {alert("alert_cleared", "hot", telemetry::Severity::info),
        alert("alert_raised", "note", telemetry::Severity::info)});
  ASSERT_TRUE(acknowledged(Tier::critical, 4));
  Json asset = get("/api/v1/assets")["assets"][1];
  EXPECT_EQ(asset["state"], "ok");
  EXPECT_EQ(asset["open_alerts"], 1);
  send(Tier::critical, 5, {alert("alert_raised", "warm", telemetry::Severity::warning)});
  ASSERT_TRUE(acknowledged(Tier::critical, 5));
  asset = get("/api/v1/assets")["assets"][1];
  EXPECT_EQ(asset["state"], "warning");
  EXPECT_EQ(asset["open_alerts"], 2);
}

TEST_F(HubTest, CountsOpenAlertsFromTheStart) {
  send_everything();
  hub_->stop();
  Metrics fresh;
  HubOptions options;
  options.listen = "127.0.0.1:0";
  Hub again(options, store_, catalog_, link_, clock_, fresh, Log());
  const auto port = again.start();
  ASSERT_TRUE(port);
  EXPECT_THAT(http::get(fmt::format("http://127.0.0.1:{}/metrics", *port))->body,
              HasSubstr("wayside_hub_open_alerts 1"));
  again.stop();
}

TEST_F(HubTest, WithoutListenersTheLiveStreamCostsNothing) {
  send_everything();
  hub_->stop();
  EXPECT_EQ(catalog_.asked_one, 0);
}

TEST_F(HubTest, AnAlertThatClearedIsNotOpen) {
  send_everything();
  send(
      Tier::critical, 3,
      {telemetry::Event{"a1", "alert_cleared", suite::start + seconds(5), telemetry::Severity::info,
                        "hot is over", R"({"rule":"hot","raised":1767225601000000000})"}});
  ASSERT_TRUE(acknowledged(Tier::critical, 3));
  EXPECT_EQ(get("/api/v1/events?open=true")["events"].size(), 0u);
  EXPECT_EQ(get("/api/v1/nodes")["nodes"][0]["open_alerts"], 0);
  EXPECT_EQ(get("/api/v1/events?kind=alert_raised")["events"][0]["cleared"], 1'767'225'605'000.0);
}

TEST_F(HubTest, ShowsTheLedger) {
  send_everything();
  const Json lines = get("/api/v1/ledger")["lines"];
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["tier"], "critical");
  EXPECT_EQ(lines[0]["produced"], 2);
  EXPECT_EQ(lines[0]["delivered"], 2);
  EXPECT_EQ(lines[0]["balanced"], true);
}

TEST_F(HubTest, TellsOfItself) {
  send_everything();
  const Json status = get("/api/v1/status");
  EXPECT_EQ(status["program"], "hub");
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["store"], "memory");
  EXPECT_EQ(status["rows"]["samples"], 2);
  EXPECT_EQ(http::get(url_ + "/healthz")->body, "ok\n");
  EXPECT_EQ(get("/readyz")["ready"], true);
  EXPECT_THAT(http::get(url_ + "/metrics")->body,
              HasSubstr("wayside_hub_rows_total{table=\"samples\"} 2"));
  link_.set_connected(false);
  const Json ready = get("/readyz", 503);
  EXPECT_THAT(ready["reasons"][0].get<std::string>(), HasSubstr("broker"));
}

TEST_F(HubTest, EveryRouteIsDescribed) {
  const Json document = get("/api/openapi.json");
  EXPECT_EQ(document["openapi"], "3.1.0");
  send_everything();
  for (const auto& [path, methods] : document["paths"].items()) {
    if (path == "/api/v1/stream" || methods.contains("post")) continue;
    if (path.find('{') != std::string::npos) continue;  // of something that must be made first
    // They are asked in SQL, which this store does not speak.
    if (std::set<std::string>{"/api/v1/stats", "/api/v1/asof", "/api/v1/similar",
                              "/api/v1/anomalies"}
            .contains(path)) {
      get(path + "?asset=a1&signal=temp&signals=temp", 503);
      continue;
    }
    const std::map<std::string, std::string> queries{
        {"/api/v1/series", "?asset=a1"},
        {"/api/v1/samples", "?asset=a1&node=n1&from=2026-01-01&to=2026-01-02"}};
    const std::string query = queries.contains(path) ? queries.at(path) : "";
    const auto reply = http::get(url_ + path + query);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200) << path;
    // What the description requires is in the reply.
    for (const auto& [type, content] : methods["get"]["responses"]["200"]["content"].items())
      for (const Json& member : content.value("/schema/required"_json_pointer, Json::array()))
        EXPECT_TRUE(Json::parse(reply->body).contains(member)) << path << " " << member;
  }
  get("/api/v1/nothing", 404);
}

TEST_F(HubTest, FeaturesOfAReplayTakeThePlaceOfThoseThatCame) {
  send_everything();
  Json body = Json::parse(R"({"node": "n1", "asset": "a1", "names": ["mean", "new"],
      "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01.000000001Z",
      "times": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01.000000001Z"],
      "values": [[1.5, null], [2.5, 7]]})");
  EXPECT_EQ(post("/api/v1/features", body), (Json{{"removed", 1}, {"written", 4}}));
  EXPECT_EQ(post("/api/v1/features", body), (Json{{"removed", 4}, {"written", 4}}));
  const Json series = get("/api/v1/series?asset=a1&names=mean&from=2026-01-01&to=2026-01-02");
  EXPECT_EQ(series["series"][0]["values"], (Json{1.5, 2.5}));
  EXPECT_EQ(get("/api/v1/status")["rows"]["features"], 4);
  store_.fail_commits(1, {Errc::full, "no room on the disk"});
  EXPECT_THAT(post("/api/v1/features", body, 413)["error"].get<std::string>(),
              HasSubstr("no room on the disk"));
  body["node"] = "n2";
  post("/api/v1/features", body, 404);
}

TEST_F(HubTest, BadQueriesAreSentences) {
  post("/api/v1/query", {{"sql", 3}}, 400);
  post("/api/v1/query", {{"sql", "select 1"}, {"rows_max", 0}}, 400);
  post("/api/v1/query", Json::array(), 400);
  EXPECT_THAT(post("/api/v1/query", {{"sql", "select 1"}}, 503)["error"].get<std::string>(),
              HasSubstr("memory store"));
}

TEST_F(HubTest, AQueryThatThrowsGivesItsPlaceBack) {
  for (int i = 0; i < 2 * api::queries_max; ++i) post("/api/v1/query", {{"sql", "throw"}}, 500);
  EXPECT_THAT(post("/api/v1/query", {{"sql", "select 1"}}, 503)["error"].get<std::string>(),
              HasSubstr("memory store"));
}

TEST_F(HubTest, AFullDiskIsSaidAndSurvived) {
  announce();
  store_.fail_commits(2, {Errc::full, "no room on the disk"});
  send(Tier::diagnostic, 1, {suite::block("a1", "temp", suite::start, {81})});
  Json reasons;
  for (int i = 0; i < 2'000 && reasons.empty(); ++i)
    reasons = Json::parse(http::get(url_ + "/readyz")->body)["reasons"];
  ASSERT_FALSE(reasons.empty());
  EXPECT_THAT(reasons[0].get<std::string>(), HasSubstr("no room on the disk"));
  store_.fail_commits(0, {});
  // Once there is room the hub asks the node for what it did not acknowledge.
  send(Tier::diagnostic, 1, {suite::block("a1", "temp", suite::start, {81})});
  const auto deadline = clock_.monotonic() + seconds(20);
  while (!reasons.empty() && clock_.monotonic() < deadline)
    reasons = Json::parse(http::get(url_ + "/readyz")->body)["reasons"];
  EXPECT_TRUE(reasons.empty());
  send(Tier::diagnostic, 1, {suite::block("a1", "temp", suite::start, {81})});
  EXPECT_TRUE(acknowledged(Tier::diagnostic, 1));
  EXPECT_EQ(store_.samples("a1", "temp").size(), 1u);
}

TEST_F(HubTest, AcknowledgementsWaitForRoomInTheLink) {
  announce();
  link_.refuse(3);
  send(Tier::diagnostic, 1, {suite::block("a1", "temp", suite::start, {81})});
  EXPECT_TRUE(acknowledged(Tier::diagnostic, 1));
}

TEST_F(HubTest, StoppingCommitsWhatArrived) {
  announce();
  for (std::uint64_t i = 1; i <= 50; ++i)
    send(Tier::bulk, i, {suite::block("a1", "temp", suite::start, {81})});
  hub_->stop();
  EXPECT_EQ(store_.samples("a1", "temp").size(), 50u);
}

}  // namespace
}  // namespace wayside::hub
