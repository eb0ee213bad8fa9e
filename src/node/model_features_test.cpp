#include "node/model_features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/node_fixture.hpp"

namespace wayside::node {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ModelFeatures : public testing::Test {
 protected:
  ModelFeatures() {
    manifest.name = "wear";
    manifest.inputs = {"temp_mean", "flow_last"};
    manifest.features_digest = "0ld";
    for (std::size_t i = 0; i < 2; ++i)
      manifest.features[manifest.inputs[i]] = {kind.definitions[i].expression,
                                               kind.plan->feature_digests()[i]};
  }
  std::string refusal() const {
    const Status same = check_features(manifest, kind);
    return same ? "" : same.error().message;
  }

  AgentConfig config = parse_good(pump_yaml(""));
  const KindConfig& kind = config.kinds[0];
  infer::Manifest manifest;
};

TEST_F(ModelFeatures, AModelRunsWhereItsInputsAreDefinedAsTheyWere) {
  EXPECT_EQ(refusal(), "");  // though the digest over all features is another
}

TEST_F(ModelFeatures, ARefusalNamesBothDigestsAndWhatDiffers) {
  manifest.features["temp_mean"] = {"mean(temp, 5s)", "00ff"};
  EXPECT_THAT(refusal(), AllOf(HasSubstr("(digest 0ld)"), HasSubstr(kind.plan->digest()),
                               HasSubstr("'temp_mean' was mean(temp, 5s) and is mean(temp, 4s)")));
  EXPECT_THAT(refusal(), testing::Not(HasSubstr("flow_last")));
  manifest.features["temp_mean"] = {kind.definitions[0].expression, "00ff"};
  EXPECT_THAT(refusal(), HasSubstr("'temp_mean' (mean(temp, 4s)) had another grid"));
  manifest.inputs.push_back("load");
  manifest.features["load"] = {"max(power, 1h)", "aa"};
  EXPECT_THAT(refusal(), HasSubstr("it needs 'load' (max(power, 1h)), which is not there"));
}

TEST_F(ModelFeatures, WithoutDefinitionsAllFeaturesMustBeTheSame) {
  manifest.features.clear();
  EXPECT_THAT(refusal(), HasSubstr("(digest 0ld)"));
  manifest.features_digest = kind.plan->digest();
  EXPECT_EQ(refusal(), "");
  manifest.features_digest.clear();
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace wayside::node
