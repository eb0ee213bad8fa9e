// What comes of input that no machine should send: docs/features.md, "Bad input". Each case is run
// one sample at a time and in runs, which must give the same.
#include <gtest/gtest.h>

#include "features/testing.hpp"

namespace wayside::features {
namespace {

using namespace testing;
using telemetry::Quality;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr double infinity = std::numeric_limits<double>::infinity();
const auto is_nan = ::testing::Truly([](double x) { return std::isnan(x); });

struct Outcome {
  std::vector<Row> rows;
  AssetEngine::Counters counters;

  [[nodiscard]] std::vector<double> column(std::size_t i) const {
    std::vector<double> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(row.values[i]);
    return values;
  }
  [[nodiscard]] const std::vector<double>& at(std::int64_t second) const {
    for (const Row& row : rows)
      if (row.time == Time{} + seconds(second)) return row.values;
    throw std::out_of_range("no tick at " + std::to_string(second) + " s");
  }
};

Outcome one_at_a_time(const std::shared_ptr<const Plan>& plan,
                      const std::vector<Arrival>& arrivals) {
  AssetEngine engine(plan);
  Outcome outcome;
  for (const Arrival& a : arrivals) {
    engine.push(a.signal, a.time, a.value, a.quality, a.version);
    fetch(engine, outcome.rows);
  }
  engine.finish();
  fetch(engine, outcome.rows);
  outcome.counters = engine.counters();
  return outcome;
}

/// Neighbours of one signal and version together.
Outcome in_runs(const std::shared_ptr<const Plan>& plan, const std::vector<Arrival>& arrivals) {
  AssetEngine engine(plan);
  Outcome outcome;
  std::vector<double> values(plan->names().size());
  for (std::size_t begin = 0; begin < arrivals.size();) {
    const Arrival& first = arrivals[begin];
    std::vector<Time> times;
    std::vector<double> samples;
    std::vector<Quality> qualities;
    for (; begin < arrivals.size() && arrivals[begin].signal == first.signal &&
           arrivals[begin].version == first.version;
         ++begin) {
      times.push_back(arrivals[begin].time);
      samples.push_back(arrivals[begin].value);
      qualities.push_back(arrivals[begin].quality);
    }
    engine.push({first.signal, times, samples, qualities, first.version}, values, [&](Time tick) {
      outcome.rows.push_back({tick, values});
    });
  }
  engine.finish();
  fetch(engine, outcome.rows);
  outcome.counters = engine.counters();
  return outcome;
}

void expect_same(const Outcome& x, const Outcome& y) {
  ASSERT_EQ(x.rows.size(), y.rows.size());
  for (std::size_t i = 0; i < x.rows.size(); ++i) {
    EXPECT_EQ(x.rows[i].time, y.rows[i].time);
    EXPECT_TRUE(same_bits(x.rows[i].values, y.rows[i].values)) << format_time(x.rows[i].time);
  }
}

Outcome run(const std::vector<std::string>& features, const std::vector<Arrival>& arrivals,
            const PlanOptions& options = {}) {
  const auto plan = plan_of(features, options);
  Outcome outcome = one_at_a_time(plan, arrivals);
  const Outcome runs = in_runs(plan, arrivals);
  expect_same(outcome, runs);
  const AssetEngine::Counters& x = outcome.counters;
  const AssetEngine::Counters& y = runs.counters;
  EXPECT_EQ(std::tie(x.late, x.left_out, x.unordered, x.skipped_ticks, x.version_changes),
            std::tie(y.late, y.left_out, y.unordered, y.skipped_ticks, y.version_changes));
  return outcome;
}

Arrival of_version(std::uint32_t version, double time, double value) {
  Arrival arrival = at(time, value);
  arrival.version = version;
  return arrival;
}

TEST(BadInput, NanAndInfinitiesAreLeftOutAndCountedButMoveTime) {
  const auto outcome =
      run({"count(a, 10s)", "sum(a, 10s)"},
          {at(1, 1), at(2, std::nan("")), at(3, infinity), at(4, -infinity), at(5, 2)});
  EXPECT_THAT(outcome.column(0), ElementsAre(1, 1, 1, 1, 2));
  EXPECT_THAT(outcome.column(1), ElementsAre(1, 1, 1, 1, 3));
  EXPECT_EQ(outcome.counters.left_out, 3u);
}

TEST(BadInput, WhatOverflowsLeavesWithItsWindow) {
  std::vector<Arrival> arrivals{at(1, 1e300), at(1.5, -1e308), at(2, 1e308)};
  for (int t = 3; t <= 8; ++t) arrivals.push_back(at(t, t));
  const auto outcome = run(
      {"mean(a, 3s)", "std(a, 3s)", "rms(a, 3s)", "kurtosis(a, 3s)", "max(a, 3s)", "slope(a, 3s)"},
      arrivals);
  EXPECT_EQ(outcome.at(4)[4], 1e308);
  EXPECT_EQ(outcome.at(4)[2], infinity);
  for (int t = 5; t <= 8; ++t) {
    EXPECT_EQ(outcome.at(t)[0], t - 1);
    EXPECT_NEAR(outcome.at(t)[1], std::sqrt(2.0 / 3), 1e-12);
    EXPECT_NEAR(outcome.at(t)[3], 1.5, 1e-12);
    EXPECT_NEAR(outcome.at(t)[5], 1, 1e-12);
  }
}

TEST(BadInput, SamplesOfOneTimeAllCountInTheOrderOfArrival) {
  const auto outcome = run({"count(a, 2s)", "sum(a, 2s)", "first(a, 2s)", "last(a, 2s)",
                            "delta(a, 2s)", "rate(a, 2s)", "slope(a, 2s)"},
                           {at(1.5, 3), at(1.5, 1), at(1.5, 2), at(2, 9, c)});
  EXPECT_THAT(outcome.at(2), ElementsAre(3, 6, 3, 2, -1, is_nan, is_nan));
}

TEST(BadInput, ReversedTimesAreSortedAsLongAsTheirTickIsToCome) {
  std::vector<Arrival> ordered;
  for (int i = 1; i <= 400; ++i) ordered.push_back(at(0.002 * i, std::sin(i)));
  std::vector<Arrival> reversed(ordered.rbegin(), ordered.rend());
  ordered.push_back(at(1, 0));
  reversed.push_back(at(1, 0));
  const std::vector<std::string> features{"sum(a, 1s)", "std(a, 1s)", "first(a, 1s)",
                                          "slope(a, 500ms)", "kurtosis(a, 1s)"};
  const auto outcome = run(features, reversed);
  expect_same(run(features, ordered), outcome);
  EXPECT_EQ(outcome.counters.late + outcome.counters.unordered, 0u);
}

TEST(BadInput, ReversedTimesBehindTheirTickAreLate) {
  std::vector<Arrival> arrivals;
  for (int t = 10; t >= 1; --t) arrivals.push_back(at(t, t));
  const auto outcome = run({"sum(a, 20s)"}, arrivals);
  EXPECT_THAT(outcome.column(0), ElementsAre(10));
  EXPECT_EQ(outcome.counters.late, 9u);
}

TEST(BadInput, AfterAClockThatJumpedADayAheadTheTrueTimeIsLate) {
  constexpr double day = 86'400;
  const auto outcome =
      run({"count(a, 10s)", "count(b, 10s)"},
          {at(0.5, 1, b), at(1, 1), at(1, 1, b), at(2, 1), at(2, 1, b), at(day, 5),  // a's clock
           at(3, 1), at(3, 1, b), at(4, 1, b), at(day + 1, 6), at(day + 2, 7)});
  EXPECT_EQ(outcome.counters.late, 3u);
  EXPECT_EQ(outcome.rows.size(), 86'402u);
  EXPECT_THAT(outcome.at(2), ElementsAre(2, 3));
  EXPECT_THAT(outcome.at(1000), ElementsAre(0, 0));
  EXPECT_THAT(outcome.at(86'402), ElementsAre(3, 0));
  EXPECT_EQ(outcome.counters.skipped_ticks, 0u);
}

TEST(BadInput, ASignalThatStopsForAnHourHoldsTicksBackForIdleAlone) {
  AssetEngine engine(plan_of({"count(a, 10s)", "count(b, 10s)", "last(b, 10s)", "lag(b, 1s)"},
                             {.idle = seconds(5)}));
  std::vector<Row> rows;
  const auto push = [&](SignalId signal, std::int64_t t) {
    engine.push(signal, Time{} + seconds(t), static_cast<double>(t), Quality::good);
    fetch(engine, rows);
  };
  engine.push(b, Time{1}, 0, Quality::good);
  for (std::int64_t t = 1; t <= 3700; ++t) {
    if (t <= 10 || t > 3610) push(b, t);
    push(a, t);
    // Held back until b is more than `idle` behind, and never by more.
    const std::int64_t behind = t <= 10 || t > 3610 ? 0 : t <= 15 ? t - 10 : 0;
    ASSERT_EQ(rows.back().time, Time{} + seconds(t - behind)) << t;
  }
  ASSERT_EQ(rows.size(), 3700u);
  EXPECT_THAT(rows[14].values, ElementsAre(10, 5, 10, 10));
  EXPECT_THAT(rows[1999].values, ElementsAre(10, 0, is_nan, 10));
  EXPECT_EQ(engine.counters().late, 0u);
  EXPECT_THAT(rows[3609].values, ElementsAre(10, 0, is_nan, 10));
  EXPECT_THAT(rows[3610].values, ElementsAre(10, 1, 3611, 10));
  EXPECT_THAT(rows[3699].values, ElementsAre(10, 10, 3700, 3699));
}

// The engine's test has a million samples at the newest time.
TEST(BadInput, AMillionSamplesOlderThanThoseThatWait) {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 500; ++i) arrivals.push_back(at(0.5 + i * 1e-4, 1));
  for (int i = 0; i < 1'000'000; ++i) arrivals.push_back(at(0.4, i % 2));
  arrivals.push_back(at(1, 0));
  const auto outcome = run({"count(a, 1s)", "sum(a, 1s)", "first(a, 1s)", "last(a, 1s)"}, arrivals);
  EXPECT_THAT(outcome.at(1), ElementsAre(1'000'501, 500'500, 0, 0));
  // The buffer was full after the first twelve.
  EXPECT_EQ(outcome.counters.unordered, 999'988u);
}

TEST(BadInput, AMillionSamplesInWaveformsThatComeBackwards) {
  telemetry::Kind kind = three_signals();
  kind.signals[0].waveform = telemetry::Waveform{20'000, 40'000};
  const auto plan = plan_of({"count(a, 60s)", "sum(a, 60s)"}, {.every = seconds(60)}, kind);
  AssetEngine engine(plan);
  for (int i = 1'000'000; i > 0; --i)
    engine.push(a, Time{} + microseconds(50) * i, 1, Quality::good);
  std::vector<Row> rows;
  engine.push(c, Time{} + seconds(60), 0, Quality::good);
  engine.finish();
  fetch(engine, rows);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].values, ElementsAre(1e6, 1e6));
  EXPECT_GT(engine.counters().unordered, 900'000u);
}

TEST(BadInput, AMillionChangesOfVersionAtOneTime) {
  std::vector<Arrival> arrivals;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) arrivals.push_back(of_version(i, 0.5, i));
  arrivals.push_back(of_version(999'999, 1, 1));
  const auto outcome = run({"count(a, 1s)", "first(a, 1s)", "count(a, 1s, mixed)"}, arrivals);
  EXPECT_THAT(outcome.at(1), ElementsAre(2, 999'999, 1'000'001));
  EXPECT_EQ(outcome.counters.version_changes, 999'999u);
}

TEST(BadInput, AWindowHoldsNothingFromBeforeTheLastChangeOfVersion) {
  const auto outcome =
      run({"mean(a, 3s)", "count(a, 3s)", "first(a, 3s)", "delta(a, 3s)", "lag(a, 1s)",
           "mean(a, 3s, mixed)", "lag(a, 1s, mixed)"},
          {of_version(1, 0.5, 10), of_version(1, 1.2, 20), of_version(2, 1.6, 100),
           of_version(2, 2.5, 200), of_version(2, 3, 300), of_version(1, 4, 30), at(5, 0, c)});
  EXPECT_THAT(outcome.at(1), ElementsAre(10, 1, 10, 0, is_nan, 10, is_nan));
  EXPECT_THAT(outcome.at(2), ElementsAre(100, 1, 100, 0, is_nan, DoubleNear(130.0 / 3, 1e-9), 10));
  EXPECT_THAT(outcome.at(3), ElementsAre(200, 3, 100, 200, 100, DoubleNear(126, 1e-9), 100));
  EXPECT_THAT(outcome.at(4), ElementsAre(30, 1, 30, 0, is_nan, 130, 300));
  EXPECT_THAT(outcome.at(5), ElementsAre(30, 1, 30, 0, 30, DoubleNear(530.0 / 3, 1e-9), 30));
  EXPECT_EQ(outcome.counters.version_changes, 2u);
}

TEST(BadInput, VersionsFollowEachOtherInTheOrderOfTimeNotOfArrival) {
  const auto outcome = run({"sum(a, 10s)"},
                           {of_version(2, 3, 100), of_version(1, 2.5, 10), of_version(2, 3.5, 200),
                            of_version(1, 2, 20), of_version(2, 10, 0)},
                           {.every = seconds(1), .lateness = seconds(5)});
  EXPECT_EQ(outcome.at(2)[0], 20);
  EXPECT_EQ(outcome.at(3)[0], 100);
  EXPECT_EQ(outcome.at(4)[0], 300);
  EXPECT_EQ(outcome.counters.version_changes, 1u);
}

/// The windows of the ticks before a change see the old version, though the new one is added.
TEST(BadInput, AChangeOfVersionAheadOfItsTickWaitsForIt) {
  std::vector<Arrival> arrivals;
  for (int i = 1; i <= 40; ++i) arrivals.push_back(of_version(i <= 20 ? 1 : 2, 0.1 * i, 1));
  for (int t = 1; t <= 4; ++t) arrivals.push_back(at(t, 0, b));
  const auto outcome = run({"count(a, 10s)", "count(b, 1s)"}, arrivals,
                           {.every = seconds(1), .reorder_samples_max = 4});
  EXPECT_THAT(outcome.column(0), ElementsAre(10, 20, 10, 20));
}

TEST(BadInput, ASampleWithoutAVersionHasThatOfItsSignal) {
  telemetry::Kind kind = three_signals();
  kind.signals[0].version = 7;
  AssetEngine engine(plan_of({"count(a, 10s)"}, {}, kind));
  std::vector<Row> rows;
  engine.push(a, Time{} + milliseconds(500), 1, Quality::good, 7);
  engine.push(a, Time{} + milliseconds(600), 1, Quality::good);
  engine.push(a, Time{} + milliseconds(1000), 1, Quality::good, 7);
  fetch(engine, rows);
  EXPECT_THAT(rows[0].values, ElementsAre(3));
  EXPECT_EQ(engine.counters().version_changes, 0u);
}

}  // namespace
}  // namespace wayside::features
