#include "features/plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include "features/reorder_buffer.hpp"
#include "features/testing.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::features {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const telemetry::Units& units() {
  static const telemetry::Units loaded = std::move(*telemetry::Units::load());
  return loaded;
}

telemetry::Kind locomotive() {
  return kind_of({{"coolant_temp", "degC"},
                  {"oil_temp", "degF"},
                  {"traction_power", "kW"},
                  {"fan_power", "W"},
                  {"axle_vib", "g"},
                  {"load", "1"}});
}

/// "line:column: message" of every mistake, a line each.
std::string mistakes(const std::vector<std::string>& expressions, const PlanOptions& options = {}) {
  config::Diagnostics diagnostics;
  EXPECT_FALSE(Plan::compile(locomotive(), define(expressions), options, &units(), diagnostics));
  std::string all;
  for (const auto& [at, message] : diagnostics.errors())
    all += fmt::format("{}{}:{}: {}", all.empty() ? "" : "\n", at.line, at.column, message);
  return all;
}

TEST(Plan, MistakesPointIntoTheExpression) {
  EXPECT_EQ(mistakes({"maen(coolant_temp, 60s)"}),
            "1:10: unknown function 'maen' (did you mean mean?)");
  EXPECT_EQ(mistakes({"mean(coolant_tmp, 60s)"}),
            "1:15: kind 'pump' has no signal 'coolant_tmp' (did you mean coolant_temp?)");
  EXPECT_EQ(mistakes({"1 + mean(coolant_temp, 60)"}),
            "1:33: 'mean' takes a duration such as 60s here, found the number 60, which has no "
            "unit");
  EXPECT_EQ(mistakes({"mean(coolant_temp, load)"}),
            "1:29: 'mean' takes a duration such as 60s here, found an expression");
  EXPECT_EQ(mistakes({"mean(2 * coolant_temp, 60s)"}),
            "1:15: 'mean' takes a signal here, found an expression");
  EXPECT_EQ(mistakes({"mean(coolant_temp)"}),
            "1:10: 'mean' takes a signal and a duration, as in mean(x, 60s), found 1 argument");
  EXPECT_EQ(mistakes({"mean()"}),
            "1:10: 'mean' takes a signal and a duration, as in mean(x, 60s), found 0 arguments");
  EXPECT_EQ(mistakes({"mean(coolant_temp, 0s)"}),
            "1:29: a window is longer than 0 and at most 366d");
  EXPECT_EQ(mistakes({"mean(coolant_temp, 400d)"}),
            "1:29: a window is longer than 0 and at most 366d");
  EXPECT_EQ(mistakes({"coolant_temp + 1"}),
            "1:10: signal 'coolant_temp' stands outside a window function: write "
            "last(coolant_temp, 10s) or another one");
  EXPECT_EQ(mistakes({"min(load, 3)"}),
            "1:14: signal 'load' stands outside a window function: write last(load, 10s) or "
            "another one");
  EXPECT_EQ(mistakes({"mean(load, 1s) > 10s"}),
            "1:27: the duration 10s stands outside a window function, where a number is expected");
  EXPECT_THAT(mistakes({"mean(load, 10sec)"}), HasSubstr("1:21: "));
  EXPECT_EQ(mistakes({"medain(load, 10s)"}),
            "1:10: unknown function 'medain' (did you mean median?)");
}

TEST(Plan, NamesOfFeatures) {
  EXPECT_EQ(mistakes({"last(load, 1s)", "f0 + g"}), "2:15: unknown name 'g'");
  EXPECT_EQ(mistakes({"f1", "last(load, 1s)"}),
            "1:10: feature 'f1' is not defined yet: only earlier features can be named");
  EXPECT_EQ(mistakes({"f0 + 1"}),
            "1:10: feature 'f0' is not defined yet: only earlier features can be named");
  EXPECT_EQ(mistakes({"last(load, 1s)", "mean(f0, 10s)"}),
            "2:15: 'mean' takes a signal here, found the feature 'f0'");
  config::Diagnostics diagnostics;
  const config::Location at{"x.yaml", 1, 1};
  EXPECT_FALSE(Plan::compile(
      locomotive(),
      {{"load", "1", at}, {"a.b", "1", at}, {"and", "1", at}, {"q", "1", at}, {"q", "1", at}}, {},
      nullptr, diagnostics));
  EXPECT_EQ(diagnostics.errors().size(), 4u);
}

TEST(Plan, ReportsAllMistakesTogether) {
  EXPECT_EQ(mistakes({"mean(x, 60s) + foo", "std(load, 5)", "f0 + f1"}),
            "1:15: kind 'pump' has no signal 'x'\n1:25: unknown name 'foo'\n2:20: 'std' takes a "
            "duration such as 60s here, found the number 5, which has no unit");
}

TEST(Plan, MemoryIsKnownAndBounded) {
  EXPECT_THAT(mistakes({"last(load, 1s)", "1 + std(load, 300d)"}),
              ::testing::MatchesRegex(
                  "2:24: the features need [0-9.]+ MiB for each asset, more than the 64.0 MiB "
                  "allowed; this window alone [0-9.]+ MiB: shorten it or lengthen 'every'"));
  EXPECT_EQ(mistakes({"mean(load, 1.000000001s)"}),
            "1:21: 1000000001ns over a grid of 1s needs steps of 1ns, more than 67108864 of them: "
            "choose a multiple of 'every'");
  EXPECT_LT(plan_of({"std(a, 7d)"}, {.every = seconds(10)})->asset_bytes(), 16u << 20);
}

TEST(Plan, EveryStateCountsAgainstTheBudget) {
  telemetry::Kind kind = three_signals();
  kind.signals[c.index()].waveform = telemetry::Waveform{2000, 1024};
  for (const char* large : {"median(a, 60s)", "corr(a, b, 1d)", "ewma(a, 1d, 1s)",
                            "band(c, 10Hz, 20Hz, 30s)", "envelope_rms(c, 10Hz, 20Hz, 30s)"}) {
    config::Diagnostics diagnostics;
    EXPECT_FALSE(Plan::compile(kind, define({"last(a, 1s)", large}), {.asset_bytes_max = 1 << 20},
                               nullptr, diagnostics));
    ASSERT_EQ(diagnostics.errors().size(), 1u) << large;
    EXPECT_EQ(diagnostics.errors()[0].at.line, 2) << large;
    EXPECT_THAT(diagnostics.errors()[0].message, HasSubstr("more than the 1.0 MiB allowed"))
        << large;
  }
}

TEST(Plan, OptionsAreChecked) {
  EXPECT_THAT(mistakes({"1"}, {.every = {}}), HasSubstr("'every' must be longer than 0"));
  EXPECT_THAT(mistakes({"1"}, {.lateness = days(400)}), HasSubstr("'lateness' must be at most"));
  EXPECT_THAT(mistakes({"1"}, {.idle = nanoseconds(-1)}), HasSubstr("'idle' must be at most"));
}

TEST(Plan, DigestFollowsTheMeaningNotTheSpelling) {
  const auto digest = [](const std::vector<std::string>& expressions, PlanOptions options = {}) {
    return plan_of(expressions, options)->digest();
  };
  const std::string plain = digest({"mean(a, 60s) + 1"});
  EXPECT_EQ(plain.size(), 32u);
  EXPECT_EQ(plain, digest({" ( mean( a,1min )+1.0)"}));
  EXPECT_NE(plain, digest({"mean(a, 61s) + 1"}));
  EXPECT_NE(plain, digest({"mean(b, 60s) + 1"}));
  EXPECT_NE(plain, digest({"mean(a, 60s) - 1"}));
  EXPECT_NE(plain, digest({"mean(a, 60s) + 1"}, {.every = seconds(2)}));
  EXPECT_NE(plain, digest({"mean(a, 60s) + 1"}, {.lateness = seconds(2)}));
  EXPECT_NE(digest({"1 - (2 - 3)"}), digest({"1 - 2 - 3"}));
  EXPECT_EQ(digest({"quantile(a, 60s, 0.9)"}), digest({"quantile(a, 0.90, 1min)"}));
  EXPECT_NE(digest({"quantile(a, 0.9, 60s)"}), digest({"quantile(a, 0.8, 60s)"}));
  EXPECT_NE(digest({"mean(a, 60s)"}), digest({"mean(a, 60s, mixed)"}));
  EXPECT_EQ(digest({"ewma(a, 60s, 10s, mixed)"}), digest({"ewma(a, 1min, 10s, mixed)"}));
  telemetry::Kind kind = three_signals();
  kind.signals[c.index()].waveform = telemetry::Waveform{2000, 1024};
  const std::string slow = plan_of({"rms(c, 1s)"}, {}, kind)->digest();
  kind.signals[c.index()].waveform->rate_hz = 2500;
  EXPECT_NE(plan_of({"rms(c, 1s)"}, {}, kind)->digest(), slow);
}

TEST(Plan, WindowsOfOneSignalShareTheirPanes) {
  const auto plan = plan_of({"mean(a, 60s)", "std(a, 60s)", "max(a, 10s)", "mean(a, 60s) * 2"});
  EXPECT_THAT(plan->names(), ElementsAre("f0", "f1", "f2", "f3"));
  EXPECT_EQ(plan->find("f2"), 2u);
  EXPECT_EQ(plan->find("f9"), std::nullopt);
  EXPECT_EQ(plan->explain(1000),
            fmt::format("every 1s, lateness 0s, idle 5s: 4 features of 1 signals\n"
                        "memory: at most {} KiB for an asset of 64.0 MiB allowed, {:.1f} MiB for "
                        "1000 assets\n\n"
                        "signal a: at most 512 samples wait for their tick, {} KiB\n",
                        std::lround(static_cast<double>(plan->asset_bytes()) / 1024),
                        static_cast<double>(plan->asset_bytes()) * 1000 / (1 << 20),
                        std::lround(static_cast<double>(ReorderBuffer::bytes(512)) / 1024)) +
                plan->explain().substr(plan->explain().find("  panes of")));
  EXPECT_THAT(plan->explain(), HasSubstr("  panes of 1s: 60 back, 8 ahead; "));
  EXPECT_THAT(plan->explain(),
              HasSubstr("bytes: count mean m2 max\n"
                        "    1min  mean std  at most 12 nodes a tick  <- f0, f1, f3\n"
                        "    10s   max       at most 8 nodes a tick   <- f2\n\n"
                        "features, their units and what they are\n"
                        "  f0  -  mean(a, 1min)\n"));
  EXPECT_THAT(plan->explain(), HasSubstr("cost of a tick: at most 20 nodes joined\n"));
}

TEST(Plan, ExplainsQuantilesPairsAndWaveforms) {
  telemetry::Kind kind = three_signals();
  kind.signals[c.index()].waveform = telemetry::Waveform{2000, 1024};
  const std::string text =
      plan_of({"quantile(a, 0.95, 60s) - median(a, 60s)", "corr(a, b, 10s)", "ewma(b, 8s)",
               "band(c, 10Hz, 20Hz, 1s) + envelope_rms(c, 1Hz, 1kHz, 1s)", "lag(a, 5s)"},
              {}, kind)
          ->explain();
  EXPECT_THAT(text, HasSubstr("  bins of 1min: panes of 1s, at most 2048 bins in each"));
  EXPECT_THAT(text, HasSubstr("    1min  quantile 0.95  at most 194 bins a tick  <- f0\n"
                              "    1min  quantile 0.5   at most 194 bins a tick  <- f0\n"));
  EXPECT_THAT(text, HasSubstr("    1min  min max  at most 12 nodes a tick  <- f0\n"));
  EXPECT_THAT(text, HasSubstr("pairs of a and b: at most 1024 samples of each wait, "));
  EXPECT_THAT(text, HasSubstr("    10s  corr  at most 8 nodes a tick  <- f1\n"));
  EXPECT_THAT(text, HasSubstr("    8s  ewma, half-life 1s  at most 8 nodes a tick  <- f2\n"));
  EXPECT_THAT(
      text, HasSubstr("    1s  band 10Hz to 20Hz           FFT of 2000 points, shared   <- f3\n"
                      "    1s  envelope_rms 1Hz to 1000Hz  FFT of 2000 points and back  <- f3\n"));
  EXPECT_THAT(text, HasSubstr("    5s    lag      at most 2 nodes a tick   <- f4\n"));
  EXPECT_THAT(text, HasSubstr(", 388 bins scanned, about 4000 points transformed\n"));
}

TEST(Plan, ArgumentsOfWindowFunctions) {
  EXPECT_EQ(mistakes({"quantile(load, 60s)"}),
            "1:10: 'quantile' takes a signal, a number from 0 to 1 and a duration, as in "
            "quantile(x, 0.95, 60s), found 2 arguments");
  EXPECT_EQ(mistakes({"quantile(load, 95, 60s)"}),
            "1:25: a quantile is from 0 to 1, found 95: 95 % is 0.95");
  EXPECT_EQ(mistakes({"quantile(load, 60s, 1min)"}),
            "1:30: 'quantile' takes a number such as 0.95 here, found the duration 1min");
  EXPECT_EQ(
      mistakes({"median(load, 0.5, 60s)"}),
      "1:10: 'median' takes a signal and a duration, as in median(x, 60s), found 3 arguments");
  EXPECT_EQ(mistakes({"ewma(load, 60s, 0s)"}),
            "1:26: a half-life is longer than 0 and at most 366d");
  EXPECT_EQ(mistakes({"corr(load, 60s)"}),
            "1:10: 'corr' takes two signals and a duration, as in corr(x, y, 60s), found 2 "
            "arguments");
  EXPECT_EQ(mistakes({"corr(load, laod, 60s)"}),
            "1:21: kind 'pump' has no signal 'laod' (did you mean load?)");
  EXPECT_EQ(mistakes({"mean(load, 10Hz)"}),
            "1:21: 'mean' takes a duration such as 60s here, found the frequency 10Hz");
  EXPECT_EQ(
      mistakes({"last(load, 1s) * 10Hz"}),
      "1:27: the frequency 10Hz stands outside a window function, where a number is expected");
  EXPECT_EQ(mistakes({"last(load, 1s) * 10hz"}), "1:29: 'hz' is written Hz here");
}

TEST(Plan, ABandNeedsAWaveformThatTellsIt) {
  telemetry::Kind kind = locomotive();
  kind.signals[4].waveform = telemetry::Waveform{2000, 1024};
  const auto mistake = [&](const std::string& text) {
    config::Diagnostics diagnostics;
    EXPECT_FALSE(Plan::compile(kind, define({text}), {}, &units(), diagnostics));
    return diagnostics.format();
  };
  EXPECT_EQ(mistake("band(load, 10Hz, 20Hz, 1s)"),
            "test.yaml:1:15: error: 'band' takes a waveform, found the scalar signal 'load'\n");
  EXPECT_EQ(mistake("band(axle_vib, 20Hz, 10Hz, 1s)"),
            "test.yaml:1:25: error: a band goes from a lower frequency to a higher one, found 20Hz "
            "to 10Hz\n");
  EXPECT_EQ(mistake("band(axle_vib, 20Hz, 2kHz, 1s)"),
            "test.yaml:1:25: error: 2000 Hz tell frequencies up to 1000Hz, found a band up to "
            "2000Hz\n");
  EXPECT_EQ(
      mistake("envelope_rms(axle_vib, 20Hz, 21Hz, 1s)"),
      "test.yaml:1:33: error: a run of 1024 samples tells frequencies 1.953125Hz apart, found "
      "a band of 1Hz\n");
  EXPECT_EQ(mistake("band(axle_vib, 20Hz, 30Hz, 500ms)"),
            "test.yaml:1:37: error: a run of 'axle_vib' lasts 512ms, longer than this window\n");
  EXPECT_EQ(mistake("band(axle_vib, 20Hz, 30Hz, 2h)"),
            "test.yaml:1:37: error: 2h of 'axle_vib' are more than 8388608 samples\n");
  EXPECT_EQ(mistake("band(axle_vib, 20, 30, 1s)"),
            "test.yaml:1:25: error: 'band' takes a frequency such as 100Hz here, found the number "
            "20, which has no unit\n");
}

std::string unit_of(const std::vector<std::string>& expressions) {
  config::Diagnostics diagnostics;
  const auto plan = Plan::compile(locomotive(), define(expressions), {}, &units(), diagnostics);
  EXPECT_TRUE(plan) << diagnostics.format();
  return plan ? plan->units().back() : "error";
}

TEST(PlanUnits, FollowFromTheSignals) {
  EXPECT_EQ(unit_of({"mean(coolant_temp, 60s)"}), "degC");
  EXPECT_EQ(unit_of({"slope(coolant_temp, 10min)"}), "K/s");
  EXPECT_EQ(unit_of({"std(coolant_temp, 60s)"}), "K");
  EXPECT_EQ(unit_of({"var(coolant_temp, 60s)"}), "K^2");
  EXPECT_EQ(unit_of({"std(oil_temp, 60s)"}), "degR");
  EXPECT_EQ(unit_of({"sum(coolant_temp, 60s)"}), "");
  EXPECT_EQ(unit_of({"rate(traction_power, 60s)"}), "kW/s");
  EXPECT_EQ(unit_of({"count(traction_power, 60s)"}), "1");
  EXPECT_EQ(unit_of({"peak(axle_vib, 1s) / rms(axle_vib, 1s)"}), "1");
  EXPECT_EQ(unit_of({"slope(axle_vib, 1s)"}), "standard_free_fall/s");
  EXPECT_EQ(unit_of({"mean(coolant_temp, 1s)", "f0 - 5"}), "degC");
  EXPECT_EQ(unit_of({"mean(coolant_temp, 1s) - lag(coolant_temp, 60s)"}), "K");
  EXPECT_EQ(unit_of({"mean(coolant_temp, 1s) + std(coolant_temp, 60s)"}), "degC");
  EXPECT_EQ(unit_of({"mean(fan_power, 1s) / mean(load, 1s)"}), "W");
  EXPECT_EQ(unit_of({"mean(fan_power, 1s) * slope(fan_power, 1s)"}), "W.(W/s)");
  EXPECT_EQ(unit_of({"mean(fan_power, 1s) > 5"}), "1");
  EXPECT_EQ(unit_of({"mean(fan_power, 1s) / 1000 + mean(traction_power, 1s)"}), "");
  EXPECT_EQ(unit_of({"clamp(mean(fan_power, 1s), 0, 5)"}), "W");
  EXPECT_EQ(unit_of({"quantile(coolant_temp, 0.9, 1min)"}), "degC");
  EXPECT_EQ(unit_of({"ewma(coolant_temp, 1min)"}), "degC");
  EXPECT_EQ(unit_of({"corr(coolant_temp, fan_power, 1min)"}), "1");
}

TEST(PlanUnits, ThatDoNotFitAreMistakes) {
  EXPECT_EQ(mistakes({"mean(coolant_temp, 1s) + mean(traction_power, 1s)"}),
            "1:33: '+' joins degC and kW, which measure different things");
  EXPECT_EQ(mistakes({"mean(fan_power, 1s) + mean(traction_power, 1s)"}),
            "1:30: '+' joins W and kW, whose numbers differ for the same thing: give both signals "
            "the same unit");
  EXPECT_EQ(mistakes({"mean(coolant_temp, 1s) > mean(oil_temp, 1s)"}),
            "1:33: '>' joins degC and degF, whose numbers differ for the same thing: give both "
            "signals the same unit");
  EXPECT_EQ(mistakes({"max(1, mean(coolant_temp, 1s), mean(load, 1s))"}),
            "1:10: 'max' joins degC and 1, which measure different things");
}

}  // namespace
}  // namespace wayside::features
