#include "features/engine.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "features/testing.hpp"

namespace wayside::features {
namespace {

using namespace testing;
using telemetry::Quality;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::NanSensitiveDoubleEq;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

std::vector<std::int64_t> seconds_of(const std::vector<Row>& rows) {
  std::vector<std::int64_t> times;
  times.reserve(rows.size());
  for (const Row& row : rows) times.push_back(row.time.ns / 1'000'000'000);
  return times;
}
std::vector<double> column(const std::vector<Row>& rows, std::size_t i = 0) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(row.values[i]);
  return values;
}

TEST(Engine, WindowHoldsItsRightEndButNotItsLeft) {
  const auto rows = replay(plan_of({"sum(a, 2s)"}), {at(1, 1), at(2, 10), at(3, 100), at(4, 1000)});
  EXPECT_THAT(seconds_of(rows), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(column(rows), ElementsAre(1, 11, 110, 1100));
}

TEST(Engine, TicksAreMultiplesOfEverySinceTheEpochFromTheFirstAtOrAfterTheFirstSample) {
  const auto plan = plan_of({"count(a, 5s)"}, {.every = seconds(5)});
  EXPECT_THAT(seconds_of(replay(plan, {at(7.5, 1), at(21, 1)})), ElementsAre(10, 15, 20));
  EXPECT_THAT(seconds_of(replay(plan, {at(10, 1)})), ElementsAre(10));
  EXPECT_THAT(seconds_of(replay(plan, {at(-7.5, 1), at(1, 1)})), ElementsAre(-5, 0));
}

TEST(Engine, EmptyWindowIsNanAndCountsZero) {
  const auto rows =
      replay(plan_of({"mean(a, 1s)", "count(a, 1s)", "last(a, 1s) + 1"}), {at(1, 5), at(3, 6)});
  EXPECT_THAT(rows[1].values,
              ElementsAre(NanSensitiveDoubleEq(nan_value), 0, NanSensitiveDoubleEq(nan_value)));
  EXPECT_THAT(rows[2].values, ElementsAre(6, 1, 7));
}

TEST(Engine, TickWaitsForLateness) {
  AssetEngine engine(plan_of({"sum(a, 10s)"}, {.lateness = seconds(2)}));
  std::vector<Row> rows;
  for (const Arrival& arrival : {at(1, 1), at(3.5, 8), at(1.5, 2), at(2.9, 4)}) {
    EXPECT_EQ(engine.push(arrival.signal, arrival.time, arrival.value, Quality::good),
              Quality::good);
    fetch(engine, rows);
  }
  EXPECT_THAT(seconds_of(rows), ElementsAre(1));
  engine.push(a, Time{} + seconds(4), 16, Quality::good);
  fetch(engine, rows);
  EXPECT_THAT(seconds_of(rows), ElementsAre(1, 2));
  EXPECT_THAT(column(rows), ElementsAre(1, 3));
}

TEST(Engine, SampleAtOrBeforeTheLastTickIsLateAndLeftOut) {
  AssetEngine engine(plan_of({"sum(a, 10s)"}));
  std::vector<Row> rows;
  engine.push(a, Time{} + seconds(2), 1, Quality::good);
  fetch(engine, rows);
  EXPECT_EQ(engine.push(a, Time{} + seconds(2), 2, Quality::good), Quality::late);
  EXPECT_EQ(engine.push(a, Time{} + seconds(1), 4, Quality::out_of_range), Quality::late);
  EXPECT_EQ(engine.push(a, Time{2'000'000'001}, 8, Quality::good), Quality::good);
  engine.finish();
  fetch(engine, rows);
  engine.push(a, Time{} + seconds(3), 16, Quality::good);
  fetch(engine, rows);
  EXPECT_THAT(column(rows), ElementsAre(1, 25));
  EXPECT_EQ(engine.counters().late, 2u);
}

TEST(Engine, SampleOfAnUnusedSignalIsNeverLate) {
  AssetEngine engine(plan_of({"sum(a, 10s)"}));
  std::vector<Row> rows;
  engine.push(a, Time{} + seconds(2), 1, Quality::good);
  fetch(engine, rows);
  ASSERT_EQ(rows.size(), 1u);
  for (const std::int64_t t : {1, 2})
    EXPECT_EQ(engine.push(c, Time{} + seconds(t), 1, Quality::good), Quality::good);
  EXPECT_EQ(engine.counters().late, 0u);
}

TEST(Engine, BadSamplesAreLeftOutButMoveTime) {
  AssetEngine engine(plan_of({"count(a, 1s)"}));
  std::vector<Row> rows;
  EXPECT_EQ(engine.push(a, Time{} + seconds(1), 1, Quality::out_of_range), Quality::out_of_range);
  fetch(engine, rows);
  engine.push(a, Time{} + seconds(2), nan_value, Quality::good);
  fetch(engine, rows);
  engine.push(a, Time{} + seconds(3), std::numeric_limits<double>::infinity(), Quality::good);
  fetch(engine, rows);
  EXPECT_EQ(engine.push(a, Time{} + seconds(4), 1, Quality::late), Quality::late);
  fetch(engine, rows);
  EXPECT_THAT(seconds_of(rows), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(column(rows), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(engine.counters().left_out, 4u);
}

TEST(Engine, SlowestUsedSignalHoldsTheWatermarkUntilItIsIdle) {
  AssetEngine engine(plan_of({"last(a, 10s)", "last(b, 10s)"}, {.idle = seconds(5)}));
  std::vector<Row> rows;
  const auto push = [&](SignalId signal, std::int64_t t) {
    rows.clear();
    engine.push(signal, Time{} + seconds(t), 1, Quality::good);
    fetch(engine, rows);
    return seconds_of(rows);
  };
  EXPECT_THAT(push(a, 1), ElementsAre(1));  // b counts from the first sample
  EXPECT_THAT(push(a, 3), IsEmpty());
  EXPECT_THAT(push(a, 6), IsEmpty());
  EXPECT_THAT(push(b, 4), ElementsAre(2, 3, 4));
  EXPECT_THAT(push(a, 9), IsEmpty());  // b exactly 5 s behind
  EXPECT_THAT(push(c, 10),
              ElementsAre(5, 6, 7, 8, 9));  // an unused signal shows the asset's newest
  EXPECT_THAT(push(b, 5), IsEmpty());
  EXPECT_THAT(push(a, 10), IsEmpty());  // b is back, 5 s behind
  EXPECT_THAT(push(b, 12), ElementsAre(10));
}

TEST(Engine, UnusedSignalAloneGivesTicks) {
  EXPECT_THAT(seconds_of(replay(plan_of({"count(a, 1s)"}), {at(1, 0, c), at(20, 0, c)})).size(),
              20u);
}

TEST(Engine, EqualTimesKeepArrivalOrder) {
  const auto plan = plan_of({"first(a, 5s)", "last(a, 5s)"}, {.every = seconds(5)});
  const auto rows = replay(plan, {at(2, 1), at(2, 2), at(1, 3), at(1, 4), at(2, 5), at(5, 0, c)});
  EXPECT_THAT(rows[0].values, ElementsAre(3, 5));
}

TEST(Engine, FeaturesNameEarlierFeatures) {
  const auto rows =
      replay(plan_of({"mean(a, 2s)", "f0 * 2", "if(f1 > 3, f0, -f0)"}), {at(1, 1), at(2, 3)});
  EXPECT_THAT(rows[0].values, ElementsAre(1, 2, -1));
  EXPECT_THAT(rows[1].values, ElementsAre(2, 4, 2));
}

TEST(Engine, WindowsNeedNotBeMultiplesOfTheGrid) {
  const auto rows = replay(plan_of({"sum(a, 1500ms)", "sum(a, 200ms)"}, {.every = seconds(1)}),
                           {at(0.4, 1), at(0.6, 10), at(0.9, 100), at(2, 1000)});
  EXPECT_THAT(rows[0].values, ElementsAre(111, 100));
  EXPECT_THAT(rows[1].values, ElementsAre(1110, 1000));
}

TEST(Engine, LagIsTheLastValueAtOrBeforeTheDelay) {
  const auto rows = replay(plan_of({"lag(a, 2s)"}), {at(1, 1), at(2.5, 2), at(9, 3), at(12, 0, c)});
  EXPECT_THAT(column(rows),
              ElementsAre(NanSensitiveDoubleEq(nan_value), NanSensitiveDoubleEq(nan_value), 1, 1, 2,
                          2, 2, 2, 2, 2, 3, 3));
}

TEST(Engine, MillionSamplesOfOneInstant) {
  AssetEngine engine(plan_of(
      {"count(a, 1s)", "sum(a, 1s)", "first(a, 1s)", "last(a, 1s)", "slope(a, 1s)", "std(a, 1s)"}));
  for (int i = 0; i < 1'000'000; ++i) engine.push(a, Time{500'000'000}, i % 10, Quality::good);
  std::vector<Row> rows;
  engine.push(a, Time{1'000'000'001}, 0, Quality::good);
  fetch(engine, rows);
  EXPECT_THAT(rows[0].values, ElementsAre(1e6, 4.5e6, 0, 9, NanSensitiveDoubleEq(nan_value),
                                          ::testing::DoubleNear(std::sqrt(8.25), 1e-9)));
  EXPECT_EQ(engine.counters().unordered, 0u);
}

TEST(Engine, StragglerBehindAFullBufferStillCounts) {
  const PlanOptions options{.every = seconds(10), .reorder_samples_max = 8};
  AssetEngine engine(
      plan_of({"sum(a, 10s)", "min(a, 10s)", "first(a, 10s)", "max(a, 5s)"}, options));
  std::vector<Row> rows;
  for (int i = 1; i <= 12; ++i) engine.push(a, Time{} + milliseconds(500) * i, i, Quality::good);
  engine.push(a, Time{1}, 100, Quality::good);
  engine.push(a, Time{} + milliseconds(1100), -50, Quality::good);
  engine.push(a, Time{} + seconds(10), 0, Quality::good);
  fetch(engine, rows);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].values, ElementsAre(78 + 50, -50, 100, 12));
  EXPECT_EQ(engine.counters().unordered, 2u);
}

TEST(Engine, AncientSampleAfterAFullBufferIsLate) {
  AssetEngine engine(plan_of({"count(a, 100s)"}, {.every = seconds(10), .reorder_samples_max = 8}));
  std::vector<Row> rows;
  const Time start = Time{} + days(1);
  for (int i = 1; i <= 8; ++i) engine.push(a, start + seconds(i), i, Quality::good);
  EXPECT_EQ(engine.push(a, Time{} + seconds(1), 9, Quality::good), Quality::late);
  engine.push(a, start + seconds(10), 0, Quality::good);
  fetch(engine, rows);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].values[0], 9);
}

TEST(Engine, JumpOfADayGivesEveryTickOfADay) {
  const auto rows =
      replay(plan_of({"count(a, 10s)", "last(a, 10s)"}), {at(1, 1), at(86'401, 2), at(86'402, 3)});
  ASSERT_EQ(rows.size(), 86'402u);
  EXPECT_EQ(rows[9].values[0], 1);
  EXPECT_EQ(rows[10].values[0], 0);
  EXPECT_TRUE(std::isnan(rows[86'399].values[1]));
  EXPECT_THAT(rows[86'401].values, ElementsAre(2, 3));
}

TEST(Engine, JumpOfYearsSkipsEmptyTicksBeyondTheBound) {
  AssetEngine engine(plan_of({"count(a, 10s)", "lag(a, 3s)"}));
  std::vector<Row> rows;
  engine.push(a, Time{} + seconds(1), 1, Quality::good);
  fetch(engine, rows);
  const Time later = Time{} + days(20'000);
  EXPECT_EQ(engine.push(a, later, 2, Quality::good), Quality::good);
  fetch(engine, rows);
  EXPECT_LE(rows.size(), empty_ticks_max + 20);
  EXPECT_GE(rows.size(), empty_ticks_max);
  EXPECT_EQ(rows.back().time, later);
  EXPECT_THAT(rows.back().values, ElementsAre(1, 1));
  const auto all = static_cast<std::uint64_t>(days(20'000).ns / seconds(1).ns);
  EXPECT_EQ(engine.counters().skipped_ticks + rows.size(), all);
  EXPECT_EQ(engine.push(a, later, 2, Quality::good), Quality::late);
}

TEST(Engine, TimesBeyondReachAreCountedAndIgnored) {
  AssetEngine engine(plan_of({"count(a, 10d)"}, {.every = days(1), .lateness = days(300)}));
  for (const Time t : {Time::min(), Time::max(), Time{} + time_max + nanoseconds(1)})
    EXPECT_EQ(engine.push(a, t, 1, Quality::good), Quality::good);
  EXPECT_EQ(engine.counters().left_out, 3u);
  EXPECT_EQ(engine.newest(), std::nullopt);
  for (const Time t : {Time{} - time_max, Time{} + time_max})
    EXPECT_EQ(engine.push(a, t, 1, Quality::good), Quality::good);
  std::vector<double> values(1);
  EXPECT_TRUE(engine.next_tick(values));
}

/// The same doubles on every machine and in every version. Whoever changes them on purpose also
/// raises `semantics_version` in digest.cpp, so that models fitted on the old ones are told apart.
TEST(Engine, BitsArePinned) {
  std::vector<Arrival> arrivals;
  std::uint64_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    arrivals.push_back({a, Time{} + milliseconds(37) * i,
                        90 + static_cast<double>(state >> 40) * 1e-6, Quality::good});
  }
  const auto rows = replay(
      plan_of({"sum(a, 1min)", "mean(a, 1min)", "std(a, 1min)", "slope(a, 1min)", "rms(a, 7500ms)",
               "skewness(a, 1min)", "kurtosis(a, 1min)", "zscore(a, 90s)"}),
      arrivals);
  std::string text;
  for (const double value : rows.back().values) text += fmt::format("{:a} ", value);
  EXPECT_EQ(text,
            "0x1.3765f16c72192p+17 0x1.896d0e465deedp+6 0x1.34bbeb4208b82p+2 0x1.0fba769ed441dp-7 "
            "0x1.8adc5e499b6b9p+6 0x1.2a21adb36f713p-5 0x1.d531e6510ce37p+0 0x1.39352e1ee8ce2p+0 ");
}

TEST(Engine, PlanWithoutFeaturesTicks) {
  EXPECT_THAT(seconds_of(replay(plan_of({}), {at(1, 1), at(3, 1)})), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace wayside::features
