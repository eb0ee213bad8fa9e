#include "train/hub_features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/http/server.hpp"
#include "infer/onnx/onnx_loader.hpp"
#include "train/fit_job.hpp"
#include "train/moment.hpp"
#include "train/testing.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Answers as a hub does, from rows in memory; reads from the SQL only where a page starts and how
/// long it is.
class FakeHub {
 public:
  FakeHub() {
    server_.get("/api/v1/assets", [this](const http::Request&) {
      const std::lock_guard lock(mutex_);
      return http::json_response(assets.dump());
    });
    server_.post("/api/v1/query", [this](const http::Request& request) { return answer(request); });
    const Result<int> port = server_.start("127.0.0.1:0");
    EXPECT_TRUE(port) << port.error().message;
    url = "http://127.0.0.1:" + std::to_string(port.value_or(0));
  }
  ~FakeHub() { server_.stop(); }

  Json assets = Json::parse(R"({"assets": [
    {"asset": "loco-1", "kind": "locomotive", "features": [{"name": "a"}, {"name": "b"}]},
    {"asset": "loco-2", "kind": "locomotive", "features": [{"name": "b"}, {"name": "a"}, {"name": "c"}]},
    {"asset": "this-computer", "kind": "computer", "features": [{"name": "load"}]}]})");
  Json rows = Json::array();  ///< [time, asset, values…] in order
  std::size_t rows_max = 1'000'000;
  std::vector<std::string> asked;
  http::Response refusal = http::json_response("");  ///< given instead where its status is another
  std::string url;

 private:
  http::Response answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    if (refusal.status != 200) return refusal;
    const std::string sql = Json::parse(request.body).at("sql");
    asked.push_back(sql);
    std::smatch match;
    std::string time;
    std::string asset;
    if (std::regex_search(sql, match, std::regex("\\(time > '([^']*)' .* asset > '([^']*)'"))) {
      time = match[1];
      asset = match[2];
    }
    EXPECT_TRUE(std::regex_search(sql, match, std::regex("limit (\\d+)$"))) << sql;
    const std::size_t limit = std::min<std::size_t>(std::stoul(match[1]), rows_max);
    Json reply = {{"columns", Json::array()}, {"rows", Json::array()}, {"truncated", false}};
    for (const Json& row : rows) {
      if (std::pair<std::string, std::string>(row[0], row[1]) <= std::pair(time, asset)) continue;
      if (reply["rows"].size() == limit) {
        reply["truncated"] = limit == rows_max;
        break;
      }
      reply["rows"].push_back(row);
    }
    return http::json_response(reply.dump());
  }

  std::mutex mutex_;
  http::Server server_;
};

FeatureRequest request_to(const FakeHub& hub) {
  return {
      hub.url, "locomotive", parse_time("2026-01-01").value(), parse_time("2026-01-02").value(), {},
      {}};
}

std::string refusal(const FeatureRequest& request) {
  const auto rows = read_features(request);
  return rows ? "was read" : rows.error().message;
}

TEST(HubFeatures, PivotsRowsOfTheKindsCommonFeatures) {
  FakeHub hub;
  hub.rows = Json::parse(R"([["2026-01-01T00:00:01Z", "loco-1", 1.5, 2],
                             ["2026-01-01T00:00:01Z", "loco-2", null, 1e300],
                             ["2026-01-01T00:00:01.5Z", "loco-1", -3, 4]])");
  const auto rows = read_features(request_to(hub));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_THAT(rows->assets, ElementsAre("loco-1", "loco-2"));
  EXPECT_THAT(rows->table.names, ElementsAre("a", "b"));
  EXPECT_EQ(rows->table.rows(), 3);
  EXPECT_THAT(rows->table.row(0), ElementsAre(1.5, 2));
  EXPECT_TRUE(std::isnan(rows->table.row(1)[0]));
  EXPECT_EQ(rows->table.row(1)[1], 1e300);
  EXPECT_EQ(rows->table.times[2] - rows->table.times[1], milliseconds(500));
  EXPECT_THAT(
      hub.asked,
      ElementsAre(
          "select time, asset, max(case when name = 'a' then value end) as f0, max(case when name "
          "= "
          "'b' then value end) as f1 from features where asset in ('loco-1', 'loco-2') and name in "
          "('a', 'b') and time <= '2026-01-02T00:00:00Z' and time >= '2026-01-01T00:00:00Z' group "
          "by "
          "time, asset order by time, asset limit 10000"));
}

TEST(HubFeatures, ReadsEveryPage) {
  FakeHub hub;
  for (int i = 0; i < 95; ++i) {
    const std::string time = format_time(parse_time("2026-01-01").value() + milliseconds(250 * i));
    hub.rows.push_back({time, "loco-1", i, -i});
    hub.rows.push_back({time, "loco-2", i, i});
  }
  std::sort(hub.rows.begin(), hub.rows.end());
  hub.rows_max = 7;  // a hub that gives less than is asked for
  const auto rows = read_features(request_to(hub));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->table.rows(), 190);
  EXPECT_GE(hub.asked.size(), 27);
}

TEST(HubFeatures, NamesAreQuoted) {
  FakeHub hub;
  hub.assets = Json::parse(R"({"assets": [{"asset": "o'hare", "kind": "locomotive",
                                           "features": [{"name": "a"}]}]})");
  ASSERT_TRUE(read_features(request_to(hub)));
  EXPECT_THAT(hub.asked.at(0), HasSubstr("asset in ('o''hare')"));
}

TEST(HubFeatures, WhatTheHubDoesNotKnowIsSaid) {
  FakeHub hub;
  FeatureRequest request = request_to(hub);
  request.kind = "press";
  EXPECT_EQ(refusal(request),
            "the hub knows no asset of kind press; it knows the kinds: computer, locomotive");
  request = request_to(hub);
  request.assets = {"loco-2", "this-computer"};
  EXPECT_EQ(refusal(request),
            "the hub knows no locomotive named this-computer; it knows loco-1, loco-2");
  request = request_to(hub);
  request.features = {"a", "c"};
  EXPECT_EQ(refusal(request), "loco-1 has no feature c; it has a, b");
  request.assets = {"loco-2"};
  EXPECT_EQ(refusal(request), "was read");
  std::swap(request.from, request.to);
  EXPECT_THAT(refusal(request), HasSubstr("the period is empty: from 2026-01-02T00:00:00Z"));
}

TEST(HubFeatures, AHubThatFailsIsQuoted) {
  FakeHub hub;
  hub.refusal = http::error_response({Errc::unavailable, "the store is away"});
  EXPECT_THAT(refusal(request_to(hub)), HasSubstr("status 503: the store is away"));
  hub.refusal = http::json_response("<html>", 500);
  EXPECT_THAT(refusal(request_to(hub)), ::testing::EndsWith("status 500"));
  FeatureRequest request = request_to(hub);
  request.hub = "http://127.0.0.1:1";
  EXPECT_EQ(read_features(request).error().code, Errc::unavailable);
}

TEST(HubFeatures, OddRepliesAreRefused) {
  FakeHub hub;
  for (const char* rows :
       {R"([["2026-01-01T00:00:01Z", "loco-1", 1]])",
        R"([["2026-01-01T00:00:01Z", "loco-1", 1, "x"]])", R"([["yesterday", "loco-1", 1, 2]])"}) {
    hub.rows = Json::parse(rows);
    EXPECT_EQ(read_features(request_to(hub)).error().code, Errc::corrupt) << rows;
  }
  for (const char* assets :
       {"[]", "{}", R"({"assets": 3})", R"({"assets": [3]})", R"({"assets": [{"asset": "x"}]})"}) {
    hub.assets = Json::parse(assets);
    EXPECT_EQ(read_features(request_to(hub)).error().code, Errc::corrupt) << assets;
  }
}

TEST(HubFeatures, CarryTheDefinitionsTheNodesAgreeOn) {
  FakeHub hub;
  const auto loco = [](const char* name, const char* digest_of_b) {
    return Json{
        {"asset", name},
        {"kind", "locomotive"},
        {"features_digest", std::string("all-") + digest_of_b},
        {"features", Json::array({{{"name", "a"}, {"expression", "1"}, {"digest", "d1"}},
                                  {{"name", "b"}, {"expression", "2"}, {"digest", digest_of_b}}})}};
  };
  hub.assets = {
      {"assets",
       {loco("loco-1", "d2"), loco("loco-2", "d2"), {{"asset", "silent"}, {"kind", ""}}}}};
  hub.rows = Json::parse(R"([["2026-01-01T00:00:01Z", "loco-1", 1, 2]])");
  const auto rows = read_features(request_to(hub));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->definitions.digest, "all-d2");
  EXPECT_EQ(rows->definitions.features.at("b"), (infer::Manifest::Definition{"2", "d2"}));
  hub.assets["assets"][1] = loco("loco-2", "d3");
  EXPECT_THAT(refusal(request_to(hub)), HasSubstr("loco-1 and loco-2 define b differently"));
  // Of a feature that is not read it does not matter.
  FeatureRequest request = request_to(hub);
  request.features = {"a"};
  hub.rows = Json::parse(R"([["2026-01-01T00:00:01Z", "loco-1", 1]])");
  const auto one = read_features(request);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->definitions.digest, "");
  EXPECT_EQ(one->definitions.features.size(), 1u);
}

TEST(FitJob, FromAHubToAModelThatRuns) {
  FakeHub hub;
  hub.assets = Json::parse(R"({"assets": [{"asset": "loco-1", "kind": "locomotive", "features":
    [{"name": "power"}, {"name": "coolant"}, {"name": "odometer"}, {"name": "current"}]}]})");
  const Table table = testing::healthy_rows(600, 1);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    Json row = {format_time(table.times[i]), "loco-1"};
    for (const double value : table.row(i)) row.push_back(value);
    hub.rows.push_back(row);
  }
  const testing::TemporaryFolder folder;
  FitJob job{request_to(hub), {.false_alarm_rate = 0.01}, folder / "models/cooling.onnx", ""};
  const auto report = fit_pca_from_hub(job);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(*report, HasSubstr("cooling: principal components of healthy locomotives"));
  EXPECT_THAT(*report, HasSubstr("420 fitted, the later 180 held out"));

  auto runner = infer::make_onnx_loader()->load(job.out, table.names);
  ASSERT_TRUE(runner) << runner.error().message;
  EXPECT_EQ((*runner)->manifest().provenance.at("assets"), "loco-1");
  EXPECT_THAT(*report, HasSubstr((*runner)->digest()));
  std::vector<double> outputs(3);
  std::size_t alarms = 0;
  const Table fresh = testing::healthy_rows(2000, 2);
  for (std::size_t i = 0; i < fresh.rows(); ++i) {
    ASSERT_TRUE((*runner)->run(fresh.row(i), outputs, {}));
    if (outputs[0] > (*runner)->manifest().thresholds.at("score")) ++alarms;
  }
  EXPECT_LE(alarms, 60);

  // A second fit that fails leaves the first one's file.
  job.options.false_alarm_rate = 1e-4;
  EXPECT_THAT(fit_pca_from_hub(job).error().message, HasSubstr("need at least"));
  EXPECT_TRUE(infer::make_onnx_loader()->load(job.out, table.names));
}

TEST(Moment, WhatAPersonTypes) {
  const Time now = parse_time("2026-03-01T12:00:00Z").value();
  EXPECT_EQ(parse_moment("now", now), now);
  EXPECT_EQ(parse_moment("-5min", now), now - minutes(5));
  EXPECT_EQ(parse_moment("now-90s", now), now - seconds(90));
  EXPECT_EQ(parse_moment("2026-01-01T00:00:00Z", now), parse_time("2026-01-01").value());
  EXPECT_EQ(parse_moment("1767225600", now), parse_time("2026-01-01").value());
  EXPECT_FALSE(parse_moment("", now));
  EXPECT_THAT(parse_moment("-5parsec", now).error().message, HasSubstr("-5parsec"));
  EXPECT_FALSE(parse_moment("nowhere", now));
}

}  // namespace
}  // namespace wayside::train
