#include "infer/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "infer/digest.hpp"

namespace wayside::infer {
namespace {

using ::testing::HasSubstr;

Manifest sample() {
  return {.name = "cooling",
          .kind = "locomotive",
          .method = "pca",
          .inputs = {"coolant_mean", "coolant_rise"},
          .outputs = {"score", "t2", "q"},
          .contributions = "contributions",
          .thresholds = {{"score", 0.95}, {"t2", 13.8155}, {"q", 1e-6}},
          .false_alarm_rate = 0.001,
          .features_digest = "3fa9c2",
          .provenance = {{"rows", "3600"}, {"from", "2026-03-01T12:00:00Z"}}};
}

std::string refusal(std::string_view json) {
  const Result<Manifest> manifest = parse_manifest(json);
  return manifest ? "was read" : manifest.error().message;
}

TEST(Manifest, RoundTrip) {
  const Result<Manifest> back = parse_manifest(to_json(sample()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, sample());
}

RC_GTEST_PROP(Manifest, RoundTripsThresholdsToTheBit, (double t2, double q)) {
  Manifest m = sample();
  m.thresholds = {{"t2", t2}, {"q", q}};
  RC_ASSERT(parse_manifest(to_json(m)).value() == m);
}

RC_GTEST_PROP(Manifest, AnyTextGivesAnAnswer, (const std::string& text)) {
  const std::string whole = to_json(sample());
  const std::size_t cut = *rc::gen::inRange<std::size_t>(0, whole.size());
  const Result<Manifest> broken = parse_manifest(whole.substr(0, cut) + text);
  RC_ASSERT(broken || broken.error().code == Errc::invalid);
}

TEST(Manifest, CarriesTheDefinitionsOfItsInputs) {
  Manifest m = sample();
  m.features = {{"coolant_mean", {"mean(coolant_temp, 60s)", "00ff"}}, {"coolant_rise", {"1", ""}}};
  EXPECT_EQ(parse_manifest(to_json(m)).value(), m);
  const std::string rest = R"(,"format":1,"name":"m","inputs":["a"],"outputs":["score"]})";
  EXPECT_THAT(refusal(R"({"features":{"a":7})" + rest), HasSubstr("`a` should be an object"));
  EXPECT_THAT(refusal(R"({"features":{"a":{"digest":7}})" + rest), HasSubstr("`digest`"));
}

TEST(Manifest, WhatMayBeLeftOut) {
  const auto m = parse_manifest(R"({"format":1,"name":"m","inputs":["a"],"outputs":["score"]})");
  ASSERT_TRUE(m) << m.error().message;
  EXPECT_EQ(m->contributions, "");
  EXPECT_EQ(m->false_alarm_rate, 0);
}

TEST(Manifest, UnknownFieldsAreLeftAlone) {
  EXPECT_TRUE(parse_manifest(
      R"({"format":1,"name":"m","inputs":["a"],"outputs":["score"],"later":[1,{"x":2}]})"));
}

TEST(Manifest, EveryMistakeNamesItsField) {
  EXPECT_THAT(refusal("nonsense"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(std::string(Manifest::json_bytes_max + 1, ' ')), HasSubstr("bytes, at most"));
  EXPECT_THAT(refusal("{}"), HasSubstr("`format` is missing"));
  EXPECT_THAT(refusal(R"({"format":3})"), HasSubstr("`format` should be 1 to 2"));
  const auto with = [](const std::string& fields) {
    return refusal(R"({"format":1,"name":"m",)" + fields + "}");
  };
  EXPECT_THAT(with(R"("outputs":["score"])"), HasSubstr("`inputs` is missing"));
  EXPECT_THAT(with(R"("inputs":"a","outputs":["score"])"),
              HasSubstr(R"(`inputs` should be a list of 1 to 4096 names, found "a")"));
  EXPECT_THAT(with(R"("inputs":["a","a"],"outputs":["score"])"), HasSubstr("repeated name"));
  EXPECT_THAT(with(R"("inputs":["a",""],"outputs":["score"])"), HasSubstr("list of names"));
  EXPECT_THAT(with(R"("inputs":["a"],"outputs":["t2"])"), HasSubstr("should be score, found t2"));
  const std::string good = R"("inputs":["a"],"outputs":["score"],)";
  EXPECT_THAT(with(good + R"("kind":3)"), HasSubstr("`kind` should be a text, found 3"));
  EXPECT_THAT(with(good + R"("contributions":"score")"), HasSubstr("`contributions`"));
  EXPECT_THAT(with(good + R"("false_alarm_rate":1)"), HasSubstr("[0, 1), found 1"));
  EXPECT_THAT(with(good + R"("thresholds":{"t2":null})"),
              HasSubstr("in `thresholds`: manifest: `t2` should be a finite number, found null"));
  EXPECT_THAT(with(good + R"("provenance":{"rows":5})"), HasSubstr("`rows` should be a text"));
  EXPECT_THAT(refusal(R"({"format":1,"inputs":["a"],"outputs":["score"]})"), HasSubstr("`name`"));
}

TEST(Manifest, HistoryRoundTrips) {
  Manifest m = sample();
  m.sequence = {.history = 60, .missing = Missing::hold, .fill = {}, .mask = "there"};
  EXPECT_EQ(parse_manifest(to_json(m)).value(), m);
  m.sequence = {.history = 2, .missing = Missing::fill, .fill = {20.5, -1}, .mask = ""};
  EXPECT_EQ(parse_manifest(to_json(m)).value(), m);
  m.sequence = {.history = 2, .missing = Missing::fill, .fill = {0}};
  EXPECT_EQ(parse_manifest(to_json(m)).value(), m);
}

TEST(Manifest, OlderProgramsReadWhatHasNoHistory) {
  EXPECT_THAT(to_json(sample()), HasSubstr(R"("format":1)"));
  Manifest m = sample();
  m.sequence.history = 5;
  EXPECT_THAT(to_json(m), HasSubstr(R"("format":2)"));
}

TEST(Manifest, AHistoryThatDoesNotFitSaysWhy) {
  const auto with = [](const std::string& fields) {
    return refusal(R"({"format":2,"name":"m","inputs":["a","b"],"outputs":["score"],)" + fields +
                   "}");
  };
  EXPECT_THAT(with(R"("history":0)"), HasSubstr("`history` should be 1 to 10000, found 0"));
  EXPECT_THAT(with(R"("history":-4)"), HasSubstr("`history` should be a number of ticks"));
  EXPECT_THAT(with(R"("history":10001)"), HasSubstr("found 10001"));
  EXPECT_THAT(with(R"("missing":{"policy":"hold"})"), HasSubstr("needs a `history` of at least 2"));
  const auto sequence = [&](const std::string& missing) {
    return with(R"("history":9,"missing":)" + missing);
  };
  EXPECT_THAT(sequence(R"("hold")"), HasSubstr("`missing` should be an object"));
  EXPECT_THAT(sequence(R"({"policy":"guess"})"), HasSubstr("refuse, hold or fill, found \"guess"));
  EXPECT_THAT(sequence(R"({"policy":"fill"})"), HasSubstr("one number or 2"));
  EXPECT_THAT(sequence(R"({"policy":"fill","fill":[1,2,3]})"), HasSubstr("found 3"));
  EXPECT_THAT(sequence(R"({"policy":"fill","fill":"x"})"), HasSubstr("a number, or a list"));
  EXPECT_THAT(sequence(R"({"policy":"hold","fill":1})"), HasSubstr("beside the policy 'hold'"));
  EXPECT_THAT(sequence(R"({"policy":"refuse","mask":"m"})"), HasSubstr("always be 1"));
}

TEST(ModelDigest, IsSha256) {
  // FIPS 180-4 example "abc".
  EXPECT_EQ(model_digest("abc"), "ba7816bf8f01cfea");
}

}  // namespace
}  // namespace wayside::infer
