// Known values of the window functions beyond plain sums, through the engine.
#include <gtest/gtest.h>
#include <bit>
#include <cmath>

#include "base/rng.hpp"
#include "features/testing.hpp"
#include "features/value_bin.hpp"

namespace wayside::features {
namespace {

using namespace testing;

/// The values of the features at the tick at 100 s, at which all samples have come.
std::vector<double> values_of(const std::vector<std::string>& features,
                              const std::vector<Arrival>& arrivals,
                              const telemetry::Kind& kind = three_signals()) {
  const auto rows = replay(plan_of(features, {.every = seconds(100)}, kind), arrivals);
  EXPECT_EQ(rows.size(), 1u);
  return rows.at(0).values;
}
double value_of(const std::string& feature, const std::vector<Arrival>& arrivals) {
  return values_of({feature}, arrivals)[0];
}

/// A second apart, the last at 100 s.
std::vector<Arrival> series(const std::vector<double>& values, SignalId signal = a) {
  std::vector<Arrival> arrivals;
  const double first = 101 - static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    arrivals.push_back(at(first + static_cast<double>(i), values[i], signal));
  return arrivals;
}

TEST(Quantile, IsTheOrderStatisticOfItsRank) {
  const std::vector<Arrival> ten = series({7, 1, 9, 3, 5, 10, 2, 8, 6, 4});
  const auto near = [&](const std::string& q, double expected) {
    EXPECT_NEAR(value_of("quantile(a, " + q + ", 100s)", ten), expected,
                ValueBin::error_max * expected)
        << q;
  };
  // The smallest with at least the part q at or below it: numpy's "inverted_cdf".
  near("0.25", 3);
  near("0.3", 3);
  near("0.31", 4);
  near("0.5", 5);
  near("0.9", 9);
  near("0.95", 10);
  EXPECT_EQ(value_of("quantile(a, 0, 100s)", ten), 1);
  EXPECT_EQ(value_of("quantile(a, 1, 100s)", ten), 10);
  EXPECT_EQ(value_of("median(a, 100s)", ten), value_of("quantile(a, 0.5, 100s)", ten));
  EXPECT_EQ(value_of("quantile(a, 100s, 0.9)", ten), value_of("quantile(a, 0.9, 100s)", ten));
}

TEST(Quantile, IsExactWhereAllAreAlikeAndForZero) {
  EXPECT_EQ(value_of("median(a, 100s)", series({90.37, 90.37, 90.37})), 90.37);
  EXPECT_EQ(value_of("median(a, 100s)", series({-1e-310})), -1e-310);
  EXPECT_EQ(value_of("median(a, 100s)", series({-4, 0, 3})), 0);
  EXPECT_EQ(value_of("median(a, 100s)", series({0.0, -0.0, 7})), 0);
  EXPECT_TRUE(std::isnan(value_of("median(b, 100s)", series({1}))));
}

TEST(Quantile, IsWithinItsErrorForNumbersOfAnySize) {
  Rng rng(11);
  for (int round = 0; round < 30; ++round) {
    std::vector<double> values(1 + rng.below(60));
    for (double& value : values) {
      value = std::bit_cast<double>(rng.below(0x7fe0000000000000ULL));
      if (rng.below(2) == 0) value = -value;
      if (rng.below(10) == 0) value = 0;
    }
    const std::vector<Arrival> arrivals = series(values);
    std::sort(values.begin(), values.end());
    const auto found = values_of(
        {"quantile(a, 0.05, 100s)", "median(a, 100s)", "quantile(a, 0.77, 100s)"}, arrivals);
    const double parts[] = {0.05, 0.5, 0.77};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto rank = static_cast<std::size_t>(
          std::max(1.0, std::ceil(parts[i] * static_cast<double>(values.size()))));
      const double exact = values[rank - 1];
      ASSERT_LE(std::fabs(found[i] - exact), 0.01 * std::fabs(exact)) << exact;
    }
  }
}

TEST(Quantile, APaneOfTooManyDifferentValuesIsCoarserAndCounted) {
  const auto plan = plan_of({"median(a, 1s)"}, {.every = seconds(1)});
  AssetEngine engine(plan);
  std::vector<double> values(1);
  const auto push = [&](std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      engine.push(a, {static_cast<std::int64_t>(i + 1) * 100'000},
                  std::ldexp(1 + static_cast<double>(i % 64) / 64, static_cast<int>(i / 64)),
                  telemetry::Quality::good);
  };
  push(4000);  // 62 octaves of 64 bins, more than 2048
  engine.finish();
  EXPECT_FALSE(engine.next_tick(values));
  engine.push(a, {2'000'000'000}, 1, telemetry::Quality::good);
  ASSERT_TRUE(engine.next_tick(values));
  EXPECT_EQ(engine.counters().coarsened, 1u);
  const double exact = std::ldexp(1 + 15.0 / 64, 31);
  EXPECT_NEAR(values[0], exact, 1.5 / 64 * exact);
}

TEST(Ewma, WeighsByHalfLives) {
  // Ages 2, 1 and 0 half-lives: weights 1/4, 1/2, 1.
  const double expected = (8 * 0.25 + 4 * 0.5 + 1) / 1.75;
  EXPECT_NEAR(value_of("ewma(a, 100s, 1s)", series({8, 4, 1})), expected, 1e-15);
  EXPECT_EQ(value_of("ewma(a, 100s, 1s)", series({90.37, 90.37, 90.37})), 90.37);
  EXPECT_EQ(value_of("ewma(a, 100s, 5s)", series({3})), 3);
  EXPECT_TRUE(std::isnan(value_of("ewma(b, 100s)", series({3}))));
  // An eighth of the window where none is given; the window cuts.
  EXPECT_EQ(value_of("ewma(a, 8s)", series({8, 4, 1})),
            value_of("ewma(a, 8s, 1s)", series({8, 4, 1})));
  EXPECT_EQ(value_of("ewma(a, 2s, 1s)", series({1e9, 4, 1})),
            value_of("ewma(a, 2s, 1s)", series({4, 1})));
  // Samples so far apart that the weight of the first is 0.
  EXPECT_EQ(value_of("ewma(a, 100s, 1ms)", series({1e9, 1})), 1);
}

std::vector<Arrival> together(const std::vector<Arrival>& x, const std::vector<Arrival>& y) {
  std::vector<Arrival> both;
  for (std::size_t i = 0; i < x.size(); ++i) {
    both.push_back(x[i]);
    both.push_back(y[i]);
  }
  return both;
}

TEST(Corr, AgreesWithAnscombe) {
  // Anscombe, The American Statistician 27 (1973): the correlation of the first and third set.
  const std::vector<Arrival> x = series({10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5});
  const std::vector<Arrival> first =
      series({8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68}, b);
  const std::vector<Arrival> third =
      series({7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73}, b);
  EXPECT_NEAR(value_of("corr(a, b, 100s)", together(x, first)), 0.81642051634484, 1e-13);
  EXPECT_NEAR(value_of("corr(b, a, 100s)", together(x, third)), 0.8162867394895981, 1e-13);
}

TEST(Corr, IsOneOfASignalWithItselfAndNaNWithoutSpread) {
  const std::vector<Arrival> x = series({1, 2, 4, 8});
  EXPECT_NEAR(value_of("corr(a, a, 100s)", x), 1, 1e-15);
  EXPECT_LE(value_of("corr(a, a, 100s)", x), 1);
  EXPECT_NEAR(value_of("corr(a, b, 100s)", together(x, series({-1, -2, -4, -8}, b))), -1, 1e-15);
  EXPECT_TRUE(std::isnan(value_of("corr(a, b, 100s)", together(x, series({3, 3, 3, 3}, b)))));
  EXPECT_TRUE(std::isnan(value_of("corr(a, b, 100s)", together(series({3}), series({3}, b)))));
  EXPECT_TRUE(std::isnan(value_of("corr(a, b, 100s)", x)));
}

TEST(Corr, PairsAreSamplesOfOneTimeTheFirstWithTheFirst) {
  // At 98 s two of a and one of b; at 99 s one of a alone; b at 99.5 s.
  const std::vector<Arrival> mixed{at(97, 1),      at(97, 2, b), at(98, 3),
                                   at(98, 1e6),    at(98, 5, b), at(99, -1e6),
                                   at(99.5, 7, b), at(100, 2),   at(100, 2, b)};
  const std::vector<Arrival> pairs{at(97, 1),    at(97, 2, b), at(98, 3),
                                   at(98, 5, b), at(100, 2),   at(100, 2, b)};
  EXPECT_NEAR(value_of("corr(a, b, 100s)", mixed), value_of("corr(a, b, 100s)", pairs), 1e-14);
}

TEST(Corr, AWholeRunOfOneSignalMayComeBeforeThatOfTheOther) {
  const auto plan = plan_of({"corr(a, b, 100s)"}, {.every = seconds(100)});
  std::vector<Arrival> one_by_one;
  std::vector<Arrival> blocks;
  Rng rng(5);
  for (int block = 0; block < 8; ++block) {
    std::vector<Arrival> x, y;
    for (int i = 0; i < 200; ++i) {
      const double time = block * 10 + i * 0.05;
      const double common = rng.normal();
      x.push_back(at(time, common + rng.normal(), a));
      y.push_back(at(time, common + rng.normal(), b));
    }
    const auto both = together(x, y);
    one_by_one.insert(one_by_one.end(), both.begin(), both.end());
    blocks.insert(blocks.end(), x.begin(), x.end());
    blocks.insert(blocks.end(), y.begin(), y.end());
  }
  one_by_one.push_back(at(100, 0));
  blocks.push_back(at(100, 0));
  const auto expected = replay(plan, one_by_one);
  const auto found = replay(plan, blocks);
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_TRUE(same_bits(found.back().values, expected.back().values));
  EXPECT_NEAR(found.back().values[0], 0.5, 0.1);
}

TEST(Corr, ASampleWithoutRoomToWaitIsCounted) {
  const auto plan =
      plan_of({"corr(a, b, 100s)"}, {.every = seconds(100), .reorder_samples_max = 4});
  AssetEngine engine(plan);
  for (int i = 1; i <= 40; ++i) engine.push(a, {i * 1'000'000}, i, telemetry::Quality::good);
  EXPECT_GT(engine.counters().lost_pairs, 0u);
}

/// 2 kHz in runs of 1024 that start each second from 90 s to 99 s.
telemetry::Kind machine() {
  telemetry::Kind kind = three_signals();
  kind.signals[c.index()].waveform = telemetry::Waveform{2000, 1024};
  return kind;
}
template <class F>
std::vector<Arrival> runs(F f) {
  std::vector<Arrival> arrivals;
  const telemetry::Waveform waveform{2000, 1024};
  for (int second = 90; second < 100; ++second)
    for (std::size_t i = 0; i < waveform.length; ++i)
      arrivals.push_back({c, Time{} + seconds(second) + waveform.offset(i),
                          f(static_cast<double>(i) / waveform.rate_hz), telemetry::Quality::good});
  arrivals.push_back(at(100, 0));
  return arrivals;
}

const double pi = std::acos(-1.0);
constexpr double line = 2000.0 / 1024;  ///< Hz between two lines of a run

TEST(Band, IsTheRmsOfWhatIsInIt) {
  const auto arrivals = runs([](double t) {
    return 0.5 + 3 * std::sin(2 * pi * 64 * line * t) + std::cos(2 * pi * 256 * line * t);
  });
  const auto found = values_of(
      {"band(c, 100Hz, 150Hz, 20s)", "band(c, 450Hz, 0.55kHz, 20s)", "band(c, 150Hz, 450Hz, 20s)",
       "band(c, 20s, 0Hz, 1 kHz)", "rms(c, 20s)", "band(c, 0Hz, 10Hz, 20s)"},
      arrivals, machine());
  EXPECT_NEAR(found[0], 3 / std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(found[1], 1 / std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(found[2], 0, 1e-9);
  EXPECT_NEAR(found[3], found[4], 1e-12);
  EXPECT_NEAR(found[5], 0.5, 1e-12);
}

TEST(EnvelopeRms, IsTheModulationOfACarrier) {
  const auto arrivals = runs([](double t) {
    return (1 + 0.6 * std::cos(2 * pi * 8 * line * t)) * std::sin(2 * pi * 256 * line * t);
  });
  const auto found = values_of({"envelope_rms(c, 400Hz, 600Hz, 20s)"}, arrivals, machine());
  EXPECT_NEAR(found[0], 0.6 / std::sqrt(2.0), 1e-9);
}

TEST(Band, TakesWholeRunsOnly) {
  auto arrivals = runs([](double t) { return std::sin(2 * pi * 64 * line * t); });
  // A loud run with a hole, which is left out.
  for (Arrival& arrival : arrivals)
    if (arrival.time > Time{} + seconds(95) && arrival.time < Time{} + seconds(96))
      arrival.value = 100;
  std::erase_if(arrivals, [](const Arrival& arrival) {
    return arrival.time == Time{} + seconds(95) + milliseconds(250);
  });
  arrivals[5 * 1024].value = 100;
  const auto found =
      values_of({"band(c, 0Hz, 1kHz, 20s)", "band(c, 0Hz, 1kHz, 700ms)"}, arrivals, machine());
  EXPECT_NEAR(found[0], 1 / std::sqrt(2.0), 1e-9);
  // The last run began a second before and ended half a second before: cut.
  EXPECT_TRUE(std::isnan(found[1]));
}

TEST(Band, FollowsAContinuousSignalOfAnyLength) {
  std::vector<Arrival> arrivals;
  const telemetry::Waveform waveform{2000, 1024};
  for (std::size_t i = 1; i <= 4000; ++i)
    arrivals.push_back({c, Time{} + seconds(98) + waveform.offset(i),
                        std::sin(2 * pi * 100 * static_cast<double>(i) / 2000),
                        telemetry::Quality::good});
  arrivals.push_back(at(100, 0));
  const auto found =
      values_of({"band(c, 99Hz, 101Hz, 1s)", "band(c, 99Hz, 101Hz, 600ms)"}, arrivals, machine());
  EXPECT_NEAR(found[0], 1 / std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(found[1], 1 / std::sqrt(2.0), 1e-9);
}

TEST(Band, SamplesThatComeFasterThanTheirRateGoFirstIn) {
  const auto plan = plan_of({"band(c, 0Hz, 1kHz, 600ms)"}, {.every = seconds(1)}, machine());
  AssetEngine engine(plan);
  std::vector<double> values(1);
  for (int i = 1; i <= 60'000; ++i)
    engine.push(c, {500'000'000 + i * 1'000}, 1, telemetry::Quality::good);
  engine.push(c, {1'500'000'000}, 1, telemetry::Quality::good);
  ASSERT_TRUE(engine.next_tick(values));
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_GT(engine.counters().crowded_out, 0u);
}

}  // namespace
}  // namespace wayside::features
