#include "hub/store/last_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <limits>
#include <tuple>

namespace wayside::hub {
namespace {

using telemetry::Quality;

constexpr Time start{1'767'225'600'000'000'000};

struct Row {
  std::string node, asset, signal;
  int second;
  double value;
  Quality quality = Quality::good;
};

Batch batch_of(const std::vector<Row>& rows) {
  Batch batch;
  for (const Row& row : rows) {
    telemetry::SampleBlock block;
    block.asset = row.asset;
    block.signal = row.signal;
    block.times = {start + seconds(row.second)};
    block.values = {row.value};
    block.qualities = {row.quality};
    batch.samples.push_back({row.node, std::move(block)});
  }
  return batch;
}

std::vector<std::string> texts(const Result<std::vector<LastValue>>& values) {
  std::vector<std::string> out;
  for (const LastValue& v : values.value())
    out.push_back(v.asset->asset + "/" + v.signal + "@" + v.asset->node + "=" +
                  std::to_string(static_cast<int>(v.value)));
  return out;
}

TEST(LastValues, TheNewestGoodOneCounts) {
  LastValues last;
  last.take(batch_of({{"n", "a", "x", 5, 1},
                      {"n", "a", "x", 3, 2},
                      {"n", "a", "x", 9, 3, Quality::late},
                      {"n", "a", "x", 8, std::numeric_limits<double>::quiet_NaN()},
                      {"n", "a", "y", 1, 4}}));
  EXPECT_THAT(texts(last.find({})), testing::ElementsAre("a/x@n=1", "a/y@n=4"));
  last.take(batch_of({{"n", "a", "x", 5, 7}, {"n", "a", "y", 0, 8}}));
  EXPECT_THAT(texts(last.find({})), testing::ElementsAre("a/x@n=7", "a/y@n=4"));
  EXPECT_EQ(last.find({})->front().time, start + seconds(5));
}

TEST(LastValues, AreFoundByWhatNodesSayOfTheirAssets) {
  LastValues last;
  last.take(batch_of({{"n", "a", "x", 1, 1}, {"n", "b", "x", 1, 2}, {"m", "b", "x", 1, 3}}));
  last.describe({"n", "a", "north", "pump", {{"line", "1"}}});
  last.describe({"m", "b", "south", "pump", {{"line", "2"}}});
  last.describe({"m", "silent", "south", "pump", {}});
  const auto of = [&](const AssetScope& scope) { return texts(last.find({scope, {}, {}, {}})); };
  using testing::ElementsAre;
  EXPECT_THAT(of({}), ElementsAre("a/x@n=1", "b/x@m=3", "b/x@n=2"));
  EXPECT_THAT(of({"b", "", "", "", ""}), ElementsAre("b/x@m=3", "b/x@n=2"));
  EXPECT_THAT(of({"", "pump", "", "", ""}), ElementsAre("a/x@n=1", "b/x@m=3"));
  EXPECT_THAT(of({"", "", "south", "", ""}), ElementsAre("b/x@m=3"));
  EXPECT_THAT(of({"", "", "", "line", "1"}), ElementsAre("a/x@n=1"));
  EXPECT_THAT(of({"c", "", "", "", ""}), ElementsAre());
  EXPECT_EQ(last.find({{"b", "", "south", "", ""}, {}, {}, {}})->at(0).asset->tags.at("line"), "2");
}

TEST(LastValues, ValuesBeyondABoundAreFound) {
  LastValues last;
  last.take(batch_of({{"n", "a", "x", 1, 1}, {"n", "b", "x", 1, 2}, {"n", "c", "x", 1, 3}}));
  EXPECT_THAT(texts(last.find({{}, {"x"}, 1, 3})), testing::ElementsAre("b/x@n=2"));
  EXPECT_THAT(texts(last.find({{}, {"x", "none"}, 2, {}})), testing::ElementsAre("c/x@n=3"));
  EXPECT_TRUE(last.find({{}, {"none"}, {}, {}})->empty());
}

TEST(LastValues, AnAssetIsForgottenWhole) {
  LastValues last;
  last.take(batch_of({{"n", "a", "x", 1, 1}, {"m", "a", "x", 1, 2}, {"n", "aa", "x", 1, 3}}));
  last.describe({"n", "a", "north", "pump", {}});
  last.forget("a");
  EXPECT_THAT(texts(last.find({})), testing::ElementsAre("aa/x@n=3"));
  last.take(batch_of({{"n", "a", "x", 0, 4}}));
  EXPECT_EQ(last.find({{"a", "", "", "", ""}, {}, {}, {}})->at(0).asset->kind, "");
  LastValues other;
  other.take("n", "b", "y", start, 5);
  last.become(std::move(other));
  EXPECT_THAT(texts(last.find({})), testing::ElementsAre("b/y@n=5"));
}

TEST(LastValues, MoreThanAReplyHoldsAreRefused) {
  LastValues last;
  for (std::size_t i = 0; i <= LastRequest::rows_max; ++i)
    last.take("n", "a" + std::to_string(i / 4), "s" + std::to_string(i % 4), start, 0);
  EXPECT_EQ(last.find({}).error().code, Errc::full);
  EXPECT_EQ(last.find({{}, {"s1"}, {}, {}})->size(), LastRequest::rows_max / 4);
}

/// Whatever way samples are cut into batches, the last ones are those of the whole.
RC_GTEST_PROP(LastValues, DependOnNoBatches, ()) {
  LastValues last;
  std::map<std::tuple<std::string, std::string, std::string>, std::pair<int, double>> expected;
  const int batches = *rc::gen::inRange(0, 6);
  double value = 0;
  for (int b = 0; b < batches; ++b) {
    std::vector<Row> rows;
    const int count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
      rows.push_back({*rc::gen::element<std::string>("n", "m"),
                      *rc::gen::element<std::string>("a", "b"),
                      *rc::gen::element<std::string>("x", "y"), *rc::gen::inRange(0, 5), ++value});
      const Row& row = rows.back();
      auto& newest = expected.try_emplace({row.asset, row.signal, row.node}, row.second, row.value)
                         .first->second;
      if (row.second >= newest.first) newest = {row.second, row.value};
    }
    last.take(batch_of(rows));
  }
  std::vector<std::string> texts_expected;
  for (const auto& [key, point] : expected)
    texts_expected.push_back(std::get<0>(key) + "/" + std::get<1>(key) + "@" + std::get<2>(key) +
                             "=" + std::to_string(static_cast<int>(point.second)));
  RC_ASSERT(texts(last.find({})) == texts_expected);
}

}  // namespace
}  // namespace wayside::hub
