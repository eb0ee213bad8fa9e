#include "features/digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wayside::features {
namespace {

using Definitions = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> digests(const Definitions& definitions, PlanOptions options = {},
                                 const std::string& unit = "degC", std::uint32_t version = 1) {
  telemetry::Kind kind;
  kind.name = "pump";
  for (const char* name : {"temp", "power"}) {
    kind.signals.emplace_back();
    kind.signals.back().name = name;
    kind.signals.back().unit = unit;
    kind.signals.back().version = version;
  }
  std::vector<Definition> list;
  for (const auto& [name, expression] : definitions) list.push_back({name, expression, {}});
  config::Diagnostics diagnostics;
  const auto plan = Plan::compile(kind, list, options, nullptr, diagnostics);
  EXPECT_TRUE(plan) << diagnostics.format();
  return plan ? plan->feature_digests() : std::vector<std::string>{};
}

TEST(FeatureDigests, StayWhereOthersChangeAndNamesDo) {
  const std::string mean = digests({{"m", "mean(temp, 60s)"}})[0];
  EXPECT_EQ(mean.size(), 32u);
  const auto among =
      digests({{"x", "max(power, 1h)"}, {"other", "mean( temp,1min )"}, {"y", "x + 1"}});
  EXPECT_EQ(among[1], mean);
  EXPECT_NE(among[0], mean);
}

TEST(FeatureDigests, FollowWhatTheFeatureIsMadeOf) {
  const std::string mean = digests({{"m", "mean(temp, 60s)"}})[0];
  EXPECT_NE(digests({{"m", "mean(temp, 61s)"}})[0], mean);
  EXPECT_NE(digests({{"m", "mean(power, 60s)"}})[0], mean);
  EXPECT_NE(digests({{"m", "mean(temp, 60s)"}}, {.every = seconds(2)})[0], mean);
  EXPECT_NE(digests({{"m", "mean(temp, 60s)"}}, {}, "K")[0], mean);
  EXPECT_NE(digests({{"m", "mean(temp, 60s)"}}, {}, "degC", 2)[0], mean);
  // Through an earlier feature too, and through that one's.
  const auto chain = [](const char* width) {
    return digests(
        {{"a", std::string("mean(temp, ") + width + ")"}, {"b", "a * 2"}, {"c", "b + 1"}});
  };
  EXPECT_EQ(chain("60s"), chain("1min"));
  EXPECT_NE(chain("60s")[2], chain("59s")[2]);
}

TEST(FeatureDigests, DoNotReadALongExpressionTwice) {
  std::string sum = "0";
  for (int i = 0; i < 700; ++i) sum += "+1";
  EXPECT_EQ(digests({{"a", sum}}).size(), 1u);
}

}  // namespace
}  // namespace wayside::features
