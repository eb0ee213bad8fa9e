#include "train/replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "table/csv_reader.hpp"
#include "train/replay_testing.hpp"
#include "train/sample_rows.hpp"

namespace wayside::train {
namespace {

using telemetry::Quality;
using ::testing::HasSubstr;
using Tick = std::tuple<std::size_t, std::int64_t, double, double>;  // asset, s, mean, count

Time at(double s) {
  return Time{static_cast<std::int64_t>(s * 1e9)};
}

TEST(Replay, GivesTicksAsTheyComeAndTheRestAtTheEnd) {
  const ReplaySchema schema = testing::pump_schema();
  std::vector<Tick> ticks;
  Replay replay(schema, [&](std::size_t asset, Time time, std::span<const double> values) {
    ticks.emplace_back(asset, time.ns / 1'000'000'000, values[0], values[1]);
    return Status{};
  });
  const SignalId temp{0};
  ASSERT_TRUE(replay.push(0, temp, at(9.5), 10, Quality::good));
  ASSERT_TRUE(replay.push(1, temp, at(10), 7, Quality::good));
  ASSERT_TRUE(replay.push(0, temp, at(10), 20, Quality::good));
  EXPECT_EQ(ticks, (std::vector<Tick>{{1, 10, 7, 1}, {0, 10, 15, 2}}));
  ASSERT_TRUE(replay.push(0, temp, at(10), 99, Quality::good));            // late
  ASSERT_TRUE(replay.push(0, temp, at(10.5), 99, Quality::out_of_range));  // left out
  ASSERT_TRUE(replay.push(0, temp, at(11.5), 40, Quality::good));
  ticks.clear();
  ASSERT_TRUE(replay.push(1, temp, at(10.5), 7, Quality::good));
  ASSERT_TRUE(replay.finish());
  EXPECT_TRUE(ticks.empty());
  const Replay::Counters counters = replay.counters();
  EXPECT_EQ(counters.samples, 7u);
  EXPECT_EQ(counters.ticks, 3u);
  EXPECT_EQ(counters.engine.late, 1u);
  EXPECT_EQ(counters.engine.left_out, 1u);
}

TEST(Replay, EndsWithTheErrorOfItsTaker) {
  const ReplaySchema schema = testing::pump_schema();
  Replay replay(schema, [](std::size_t, Time, std::span<const double>) -> Status {
    return fail(Errc::full, "no room");
  });
  const Status pushed = replay.push(0, SignalId{0}, at(1), 1, Quality::good);
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code, Errc::full);
}

struct Read {
  std::vector<SampleRow> rows;
  std::string error;
  SampleRows::Counters counters;
};

Read read(const std::string& text, SampleRowsOptions options = {}) {
  static const ReplaySchema schema = testing::pump_schema();
  options.name = "s.csv";
  Read out;
  auto rows = SampleRows::begin(table::CsvReader::of_text(text), schema, std::move(options));
  if (!rows) {
    out.error = rows.error().message;
    return out;
  }
  SampleRow row;
  for (;;) {
    const auto next = rows->next(row);
    out.counters = rows->counters();
    if (!next) out.error = next.error().message;
    if (!next || !*next) return out;
    out.rows.push_back(row);
  }
}

TEST(SampleRows, ReadsTimesValuesAndJudgesByTheRange) {
  const Read got = read(
      "asset,signal,time,value\n"
      "p2,power,1767225600000000001,-1.5e-3\n"
      "p1,temp,2026-01-01T00:00:00.5Z,150.5\n"
      "p1,temp,5,\n"
      "p1,temp,6,inf\n");
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 4u);
  EXPECT_EQ(got.rows[0].asset, 1u);
  EXPECT_EQ(got.rows[0].signal, SignalId{1});
  EXPECT_EQ(got.rows[0].time.ns, 1'767'225'600'000'000'001);
  EXPECT_EQ(got.rows[0].value, -1.5e-3);
  EXPECT_EQ(got.rows[0].quality, Quality::good);
  EXPECT_EQ(got.rows[0].version, 0u);
  EXPECT_EQ(got.rows[1].time.ns, 1'767'225'600'500'000'000);
  EXPECT_EQ(got.rows[1].quality, Quality::out_of_range);
  EXPECT_EQ(got.rows[2].time.ns, 5);
  EXPECT_TRUE(std::isnan(got.rows[2].value));
  EXPECT_EQ(got.rows[2].quality, Quality::not_finite);
  EXPECT_EQ(got.rows[3].quality, Quality::not_finite);
}

TEST(SampleRows, ColumnsComeInAnyOrderAndAQualityThatIsThereIsTaken) {
  const Read got = read(
      "\xEF\xBB\xBFquality,value,node,time,version,signal,asset\n"
      "late,1,n,7,2,temp,p1\n"
      ",151,n,8,2,temp,p1\n"
      "good,151,n,8,2,temp,p1\n");
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3u);
  EXPECT_EQ(got.rows[0].quality, Quality::late);
  EXPECT_EQ(got.rows[1].quality, Quality::out_of_range);
  EXPECT_EQ(got.rows[2].quality, Quality::good);
  EXPECT_EQ(got.rows[0].version, 2u);
}

TEST(SampleRows, SaysEveryMistakeWithItsLineAndEachUnknownNameOnce) {
  const Read got = read(
      "asset,signal,time,value\n"
      "p9,temp,1,1\n"
      "p9,temp,2,1\n"
      "p1,tmep,3,1\n"
      "p1,temp,soon,1\n"
      "p1,temp,4,hot\n"
      "p1,temp,4\n"
      "p1,temp,5,6\n");
  EXPECT_EQ(got.rows.size(), 1u);
  EXPECT_EQ(got.error,
            "s.csv:2: asset: the configuration has no 'p9' (did you mean 'p1'?)\n"
            "s.csv:4: signal: kind pump has no 'tmep' (did you mean 'temp'?)\n"
            "s.csv:5: time: 'soon' is no time: expected RFC 3339, YYYY-MM-DD hh:mm:ss, or an epoch "
            "number\n"
            "s.csv:6: value: 'hot' is no number\n"
            "s.csv:7: 3 fields, expected 4");
}

TEST(SampleRows, SkipsAndCountsWhatItIsToldTo) {
  const std::string text =
      "asset,signal,time,value\np9,temp,1,1\np1,x,1,1\nb1,temp,1,1\np1,temp,1,1\n";
  const Read got = read(text, {"", true, ""});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 1u);
  EXPECT_EQ(got.counters.unknown, 2u);
  EXPECT_EQ(got.counters.elsewhere, 1u);
  EXPECT_EQ(read(text, {"", true, "bare"}).counters.elsewhere, 3u);
}

TEST(SampleRows, EndsAfterManyMistakesAndWithoutItsColumns) {
  std::string text = "asset,signal,time,value\n";
  for (int i = 0; i < 100; ++i) text += "p1,temp,x,1\n";
  const Read got = read(text);
  EXPECT_THAT(got.error, HasSubstr("s.csv:21: "));
  EXPECT_THAT(got.error, HasSubstr("reading ended here"));
  EXPECT_EQ(got.error.find("s.csv:22"), std::string::npos);
  EXPECT_EQ(read("asset,signal,t,value\n").error,
            "s.csv:1: no column 'time': expected asset,signal,time,value, found "
            "asset,signal,t,value");
  EXPECT_THAT(read("").error, HasSubstr("empty"));
}

}  // namespace
}  // namespace wayside::train
