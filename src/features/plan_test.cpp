#include "features/plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_EQ(mistakes({"median(load, 10s)"}),
            "1:10: unknown function 'median' (did you mean mean?)");
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
}

TEST(Plan, WindowsOfOneSignalShareTheirPanes) {
  const auto plan = plan_of({"mean(a, 60s)", "std(a, 60s)", "max(a, 10s)", "mean(a, 60s) * 2"});
  const std::string text = plan->explain();
  EXPECT_THAT(text, HasSubstr("panes of 1s: 60 back"));
  EXPECT_THAT(text, HasSubstr("count mean m2 max"));
  EXPECT_THAT(text, HasSubstr("window 1min: 2 statistics"));
  EXPECT_EQ(text.find("panes of"), text.rfind("panes of"));
  EXPECT_THAT(plan->names(), ElementsAre("f0", "f1", "f2", "f3"));
  EXPECT_EQ(plan->find("f2"), 2u);
  EXPECT_EQ(plan->find("f9"), std::nullopt);
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
