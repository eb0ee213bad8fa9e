#include "hub/api/replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace wayside::hub::api {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

TEST(ReplayApi, WritesSamplesWithEveryBit) {
  StoredSamples samples;
  samples.series = {{"temp", 1}, {"a,b", 7}};
  samples.series_of = {0, 1, 0};
  samples.times = {Time{-1}, Time{1'767'225'600'000'000'001}, Time{1'767'225'600'000'000'002}};
  samples.values = {0.1, -0.0, std::numeric_limits<double>::quiet_NaN()};
  samples.qualities = {telemetry::Quality::good, telemetry::Quality::late,
                       telemetry::Quality::not_finite};
  EXPECT_EQ(samples_csv("p1", samples),
            "asset,signal,time,value,quality,version\n"
            "p1,temp,-1,0.1,good,1\n"
            "p1,\"a,b\",1767225600000000001,-0,late,7\n"
            "p1,temp,1767225600000000002,nan,not_finite,1\n");
}

TEST(ReplayApi, ReadsWhichSamplesAreMeant) {
  http::Request request;
  request.query = {{"asset", "p1"},
                   {"node", "n1"},
                   {"signals", "temp,power"},
                   {"from", "2026-01-01T00:00:00.000000001Z"},
                   {"to", "2026-01-01T00:00:01Z"},
                   {"limit", "7"}};
  const auto read = sample_request(request);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->from.ns, 1'767'225'600'000'000'001);
  EXPECT_EQ(read->to - read->from, Duration{999'999'999});
  EXPECT_EQ(read->signals, (std::vector<std::string>{"temp", "power"}));
  EXPECT_EQ(read->rows_max, 7u);
  for (const char* missing : {"asset", "node", "from", "to"}) {
    http::Request less = request;
    less.query.erase(missing);
    ASSERT_FALSE(sample_request(less)) << missing;
    EXPECT_THAT(sample_request(less).error().message, HasSubstr(missing));
  }
  request.query["from"] = "2027-01-01";
  EXPECT_FALSE(sample_request(request));
}

Json good_body() {
  return {{"node", "n1"},
          {"asset", "p1"},
          {"from", "2026-01-01T00:00:00Z"},
          {"to", "2026-01-01T00:01:00Z"},
          {"names", {"a", "b"}},
          {"times", {"2026-01-01T00:00:00.000000001Z"}},
          {"values", Json::array({{0.1, nullptr}})}};
}

TEST(ReplayApi, ReadsFeatureRows) {
  const auto read = feature_replacement(good_body().dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->node, "n1");
  EXPECT_EQ(read->block.asset, "p1");
  EXPECT_EQ(read->block.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->block.times, (std::vector<Time>{{1'767'225'600'000'000'001}}));
  EXPECT_EQ(read->block.values[0], 0.1);
  EXPECT_TRUE(std::isnan(read->block.values[1]));
}

TEST(ReplayApi, SaysWhatIsWrongWithFeatureRows) {
  const auto error_of = [](const char* member, const Json& value) {
    Json body = good_body();
    body[member] = value;
    const auto read = feature_replacement(body.dump());
    return read ? std::string() : read.error().message;
  };
  EXPECT_THAT(error_of("node", ""), HasSubstr("'node' must be a name"));
  EXPECT_THAT(error_of("asset", std::string(257, 'x')), HasSubstr("'asset'"));
  EXPECT_THAT(error_of("from", 5), HasSubstr("'from' must be text in RFC 3339"));
  EXPECT_THAT(error_of("from", "2027-01-01"), HasSubstr("'from' is later than 'to'"));
  EXPECT_THAT(error_of("names", Json::array()), HasSubstr("1 to 1024 names"));
  EXPECT_THAT(error_of("names", {"a", "a"}), HasSubstr("'a' twice"));
  EXPECT_THAT(error_of("names", {"a"}), HasSubstr("a list of 1 values for each time"));
  EXPECT_THAT(error_of("times", Json::array()), HasSubstr("the same length"));
  EXPECT_THAT(error_of("times", {"2026-01-02"}), HasSubstr("which is not from"));
  EXPECT_THAT(error_of("values", Json::array({{"x", 1}})), HasSubstr("numbers and null"));
  EXPECT_THAT(feature_replacement("[]").error().message, HasSubstr("JSON object"));
}

}  // namespace
}  // namespace wayside::hub::api
