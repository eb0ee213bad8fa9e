#include <nlohmann/json.hpp>

#include "base/http/client.hpp"
#include "hub/api/openapi.hpp"
#include "hub/api/question_api.hpp"
#include "hub/api/series_api.hpp"
#include "hub/catalog/memory/memory_catalog.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/store_suite.hpp"

namespace wayside::hub {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class QuestionApiTest : public testing::Test {
 protected:
  void SetUp() override {
    Batch batch = suite::batch_of_everything();
    batch.features.push_back({"n2", {"a2", {"mean"}, {suite::start}, {2.5}}});
    batch.features.push_back({"n3", {"a3", {"mean"}, {suite::start}, {9.5}}});
    batch.assets.push_back({"n3", "a3", "south", "pump", {}});
    ASSERT_TRUE(store_->commit(batch));
    ASSERT_TRUE(fleet_.load(*store_, catalog_));
    link::NodeState state;
    state.node = "n1";
    state.site = "north";
    state.kinds.push_back({"pump", {{"temp", "degC"}}, {}, {}, {}});
    state.assets.push_back({"a1", "pump"});
    (void)fleet_.take_state(state, suite::start);
    questions_.mount(server_);
    series_.mount(server_);
    url_ = fmt::format("http://127.0.0.1:{}/api/v1/", server_.start("127.0.0.1:0").value());
  }
  void TearDown() override { server_.stop(); }

  http::Reply ask(const std::string& path) const { return http::get(url_ + path).value(); }
  Json get(const std::string& path) const {
    const http::Reply reply = ask(path);
    EXPECT_EQ(reply.status, 200) << path << ": " << reply.body;
    return Json::parse(reply.body, nullptr, false);
  }

  static std::unique_ptr<TelemetryStore> open() {
    DuckdbOptions options;
    options.path = ":memory:";
    return std::move(open_duckdb_store(options, Log()).value());
  }

  std::unique_ptr<TelemetryStore> store_ = open();
  MemoryCatalog catalog_;
  Fleet fleet_;
  ManualClock clock_{suite::start + seconds(60)};
  api::QuerySlots slots_{api::queries_max};
  api::QuestionApi questions_{*store_, fleet_, clock_, slots_};
  api::SeriesApi series_{*store_, fleet_, clock_, slots_, table::create_csv};
  http::Server server_;
  std::string url_;
};

TEST_F(QuestionApiTest, TellsLastValues) {
  const Json reply = get("last?asset=a1&names=temp");
  ASSERT_EQ(reply["values"].size(), 1u);
  EXPECT_EQ(reply["values"][0],
            Json::parse(R"({"node": "n1", "asset": "a1", "kind": "pump", "site": "north",
              "signal": "temp", "unit": "degC", "time": 1767225603000.0, "value": -3.0})"));
  EXPECT_EQ(get("last?site=south")["values"].size(), 1u);
  EXPECT_EQ(get("last?tag=fleet:East")["values"].size(), 2u);
  EXPECT_EQ(get("last?kind=none")["values"].size(), 0u);
  EXPECT_EQ(get("last?asset=a1&above=-3")["values"].size() + 1,
            get("last?asset=a1")["values"].size());
  EXPECT_EQ(get("last?asset=a1&names=temp&above=-4&below=-2.5")["values"].size(), 1u);
  EXPECT_EQ(ask("last?below=cold").status, 400);
}

TEST_F(QuestionApiTest, TellsStatistics) {
  const Json reply = get("stats?signal=temp&by=kind&from=2026-01-01&to=2026-01-02&every=1h");
  ASSERT_EQ(reply["rows"].size(), 1u);
  EXPECT_EQ(reply["rows"][0]["group"], "pump");
  EXPECT_EQ(reply["rows"][0]["count"], 4);
  EXPECT_EQ(reply["rows"][0]["mean"], 1.25);
  EXPECT_EQ(reply["rows"][0]["p50"], 1.0);
  EXPECT_EQ(get("stats?signal=temp&by=tag.fleet")["rows"].size(), 2u);
}

TEST_F(QuestionApiTest, TellsValuesAtEvents) {
  const Json reply = get("asof?signals=temp,power,none&event=alert_raised");
  ASSERT_EQ(reply["events"].size(), 1u);
  EXPECT_EQ(reply["events"][0]["values"],
            Json::parse(R"({"temp": {"time": 1767225601000.0, "value": 5.0},
                            "power": {"time": 1767225600000.0, "value": 7.0}, "none": null})"));
  EXPECT_TRUE(get("asof?signals=temp&within=1ms")["events"][0]["values"]["temp"].is_null());
}

TEST_F(QuestionApiTest, TellsSimilarAssetsAndAnomalies) {
  const Json similar = get("similar?asset=a1");
  ASSERT_EQ(similar["assets"].size(), 2u);
  EXPECT_EQ(similar["assets"][0]["asset"], "a2");
  EXPECT_EQ(similar["assets"][0]["parts"][0]["feature"], "mean");
  EXPECT_EQ(ask("similar?asset=nobody").status, 404);
  const Json anomalies = get("anomalies?above=0.4");
  ASSERT_EQ(anomalies["episodes"].size(), 1u);
  EXPECT_EQ(anomalies["episodes"][0]["peak"], 0.9);
  EXPECT_EQ(anomalies["episodes"][0]["decisions"], 2);
  EXPECT_EQ(get("anomalies")["episodes"][0]["decisions"], 1);
}

/// What the description requires is in the replies.
TEST_F(QuestionApiTest, AnswersAsDescribed) {
  for (const api::Route& route : api::question_routes()) {
    const std::string path = std::string(route.path).substr(std::string("/api/v1/").size());
    const Json reply = get(path + (path == "stats"  ? "?signal=temp"
                                   : path == "asof" ? "?signals=temp"
                                                    : "?asset=a1"));
    const Json schema = Json::parse(route.response);
    for (const Json& member : schema["required"]) {
      ASSERT_TRUE(reply.contains(member)) << path << " " << member;
    }
    for (const auto& [name, property] : schema["properties"].items())
      for (const Json& member : property["/items/required"_json_pointer]) {
        ASSERT_FALSE(reply[name].empty()) << path << " " << name;
        EXPECT_TRUE(reply[name][0].contains(member)) << path << " " << name << " " << member;
      }
  }
}

TEST_F(QuestionApiTest, AlignsSeries) {
  const std::string range = "asset=a1&from=1767225600000&to=1767225603999&names=temp,power,mean";
  EXPECT_EQ(
      ask("series?" + range + "&points=0&align=true&format=csv").body,
      "time,temp,power,mean\r\n2026-01-01T00:00:00Z,1,7,1.5\r\n2026-01-01T00:00:01Z,5,,2.5\r\n"
      "2026-01-01T00:00:03Z,-3,,\r\n");
  const Json aligned = get("series?" + range + "&points=4&align=true");
  EXPECT_EQ(aligned["times"], (Json{1767225600000.0, 1767225601999.5}));
  ASSERT_EQ(aligned["columns"].size(), 6u);
  EXPECT_EQ(aligned["columns"][0]["stat"], "min");
  EXPECT_EQ(aligned["columns"][0]["values"], (Json{1.0, -3.0}));
  EXPECT_EQ(aligned["columns"][1]["values"], (Json{5.0, -3.0}));
  EXPECT_EQ(aligned["columns"][3]["values"], (Json{7.0, nullptr}));
  EXPECT_EQ(aligned["columns"][0]["unit"], "degC");
}

TEST_F(QuestionApiTest, GivesSeriesAsFiles) {
  const auto csv = ask("series?asset=a1&names=temp&points=0&format=csv");
  EXPECT_THAT(csv.content_type, HasSubstr("text/csv"));
  EXPECT_THAT(csv.body, testing::StartsWith("time,name,kind,value\r\n"
                                            "2026-01-01T00:00:00Z,temp,signal,1\r\n"));
  const auto file = ask("series?asset=a1&names=temp&points=0&format=parquet");
  EXPECT_EQ(file.content_type, "application/vnd.apache.parquet");
  EXPECT_THAT(file.body, HasSubstr("1767225601000000000,temp,signal,5"));
}

TEST_F(QuestionApiTest, SaysWhatIsWrongWithAParameter) {
  std::string names;
  for (int i = 0; i < 1'001; ++i) names += "x,";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"stats", "'signal' is missing"},
      {"stats?signal=s&by=colour", "expected asset, kind, site or tag.KEY"},
      {"stats?signal=s&by=tag.", "expected asset, kind, site or tag.KEY"},
      {"stats?signal=s&every=0s", "more than 0"},
      {"stats?signal=s&every=-5s", "'every'"},
      {"stats?signal=s&every=soon", "'every'"},
      {"stats?signal=s&every=1ns", "windows"},
      {"stats?signal=s&from=yesterday", "'from'"},
      {"stats?signal=s&from=2026-01-02&to=2026-01-01", "later"},
      {"stats?signal=s&to=99999999999999999999", "'to'"},
      {"stats?signal=s&tag=fleet", "KEY:VALUE"},
      {"stats?signal=s&tag=a%20b:c", "KEY:VALUE"},
      {"asof", "'signals' is missing"},
      {"asof?signals=" + names, "at most 32"},
      {"asof?signals=s&limit=-1", "'limit'"},
      {"asof?signals=s&limit=10001", "up to 10000"},
      {"asof?signals=s&within=x", "'within'"},
      {"similar", "'asset' is missing"},
      {"similar?asset=a1&window=0s", "'window'"},
      {"similar?asset=a1&limit=1e3", "'limit'"},
      {"anomalies?above=high", "expected a number"},
      {"anomalies?above=nan", "expected a number"},
      {"anomalies?gap=1", "'gap'"},
      {"series", "'asset' is missing"},
      {"series?asset=a1&points=-1", "'points'"},
      {"series?asset=a1&points=1", "2 to"},
      {"series?asset=a1&points=10001", "'points'"},
      {"series?asset=a1&format=xml", "csv, json or parquet"},
      {"series?asset=a1&align=maybe", "true or false"},
      {"series?asset=a1&quality=bad", "all or good"},
      {"series?asset=a1&from=0x10", "'from'"},
      {"series?asset=a1&names=" + names, "at most 1000"}};
  for (const auto& [path, expected] : wrong) {
    const http::Reply reply = ask(path);
    EXPECT_EQ(reply.status, 400) << path << ": " << reply.body;
    EXPECT_THAT(Json::parse(reply.body)["error"].get<std::string>(), HasSubstr(expected)) << path;
  }
  // The first and the last moment there are.
  for (const char* path :
       {"similar?asset=a1&to=1678-01-01&window=36500d",
        "asof?signals=s&from=1678-01-01&within=36500d", "anomalies?from=1678-01-01&to=2261-12-31",
        "stats?signal=s&from=1678-01-01&to=2261-12-31"})
    EXPECT_THAT(ask(path).status, testing::AnyOf(200, 404)) << path << ask(path).body;
}

TEST_F(QuestionApiTest, RefusesMoreQuestionsThanThereArePlaces) {
  for (int i = 0; i < api::queries_max; ++i) slots_.acquire();
  EXPECT_EQ(ask("last").status, 503);
  EXPECT_EQ(ask("series?asset=a1&points=0").status, 503) << "raw values are many";
  EXPECT_EQ(ask("series?asset=a1").status, 200);
  for (int i = 0; i < api::queries_max; ++i) slots_.release();
  EXPECT_EQ(ask("last").status, 200);
  EXPECT_EQ(ask("series?asset=a1&points=0").status, 200);
}

}  // namespace
}  // namespace wayside::hub
