// Models that read the past: [1, history, n], and the mask beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "infer/onnx/onnx_loader.hpp"
#include "infer/onnx/tiny_model.hpp"

namespace wayside::infer {
namespace {

using testing::Element;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TinyModel;

class SequenceTest : public ::testing::Test {
 protected:
  ~SequenceTest() override { std::filesystem::remove(path_); }

  Result<std::unique_ptr<ModelRunner>> load(const TinyModel& model, const Sequence& sequence,
                                            const std::vector<std::string>& inputs = {"a", "b"}) {
    std::ofstream(path_, std::ios::binary) << model.bytes();
    return loader_->load(path_, inputs, sequence);
  }
  std::string refusal(const TinyModel& model, const Sequence& sequence) {
    auto runner = load(model, sequence);
    return runner ? "was loaded" : runner.error().message;
  }

  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                ("sequence_test." + std::to_string(getpid()) + ".onnx");
  std::unique_ptr<ModelLoader> loader_ = make_onnx_loader();
};

TinyModel mean_of(const std::vector<std::int64_t>& shape, Element element = Element::f32) {
  return {.inputs = {{"x", element, shape}},
          .nodes = {{"ReduceMean", {"x"}, "y", "keepdims", 0}},
          .outputs = {"y"}};
}

/// The mean of x · mask.
TinyModel masked_mean(const std::vector<std::int64_t>& mask, Element element = Element::f64) {
  return {.inputs = {{"there", element, mask}, {"x", element, {1, 3, 2}}},
          .nodes = {{"Mul", {"x", "there"}, "seen"}, {"ReduceMean", {"seen"}, "y", "keepdims", 0}},
          .outputs = {"y"}};
}

const Sequence three{.history = 3};
const Sequence masked{.history = 3, .missing = Missing::hold, .fill = {}, .mask = "there"};

TEST_F(SequenceTest, ReadsTheTicksOldestFirst) {
  // Of the flattened input the last element: the newest tick's second input.
  TinyModel model{.inputs = {{"x", Element::f64, {1, 3, 2}}},
                  .nodes = {{"Flatten", {"x"}, "flat", "axis", 0},
                            {"ArgMax", {"flat"}, "at", "axis", 1},
                            {"Cast", {"at"}, "y", "to", 11}},
                  .outputs = {"y"}};
  auto runner = load(model, three);
  ASSERT_TRUE(runner) << runner.error().message;
  std::vector<double> score(1);
  ASSERT_TRUE((*runner)->run(std::vector<double>{1, 2, 9, 3, 4, 5}, score, {}));
  EXPECT_EQ(score[0], 2);  // tick 1, input 0
  ASSERT_TRUE((*runner)->run(std::vector<double>{1, 2, 3, 4, 5, 9}, score, {}));
  EXPECT_EQ(score[0], 5);
}

TEST_F(SequenceTest, OpenDimensionsAreFilledIn) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{-1, -2, -3}, {-1, 3, 2}, {1, -2, 2}, {1, 3, -3}, {1, 3, 2}}) {
    auto runner = load(mean_of(shape), three);
    ASSERT_TRUE(runner) << runner.error().message;
    std::vector<double> score(1);
    ASSERT_TRUE((*runner)->run(std::vector<double>{1, 2, 3, 4, 5, 6}, score, {}));
    EXPECT_EQ(score[0], 3.5);
  }
}

TEST_F(SequenceTest, OtherShapesSayWhatWasExpected) {
  const std::string expected = "expected float or double of shape [1, 3, 2] for `history: 3`";
  EXPECT_THAT(refusal(mean_of({1, 4, 2}), three), HasSubstr("takes float of shape [1, 4, 2]"));
  EXPECT_THAT(refusal(mean_of({1, 4, 2}), three), HasSubstr(expected));
  EXPECT_THAT(refusal(mean_of({1, 2}), three), HasSubstr(expected));
  EXPECT_THAT(refusal(mean_of({1, 2, 3}), three), HasSubstr(expected));
  EXPECT_THAT(refusal(mean_of({1, 3, 2}), {}),
              HasSubstr("expected float or double of shape [1, 2]"));
  EXPECT_THAT(refusal(mean_of({1, 3, 2}, Element::i64), three), HasSubstr("takes int64"));
}

TEST_F(SequenceTest, AMaskIsForValuesOrForTicks) {
  const std::vector<double> x = {6, 12, 18, 24, 30, 36};
  const std::vector<double> mask = {1, 1, 0, 1, 1, 1};
  std::vector<double> score(1);
  auto values = load(masked_mean({1, 3, 2}), masked);
  ASSERT_TRUE(values) << values.error().message;
  ASSERT_TRUE((*values)->run(x, mask, score, {}));
  EXPECT_DOUBLE_EQ(score[0], 18);  // but for one 18: 108 / 6

  // [1, 3] cannot be multiplied with [1, 3, 2]; its mean is.
  TinyModel ticks{.inputs = {{"there", Element::f64, {-1, -2}}, {"x", Element::f64, {1, 3, 2}}},
                  .nodes = {{"ReduceMean", {"there"}, "share", "keepdims", 0},
                            {"ReduceMean", {"x"}, "mean", "keepdims", 0},
                            {"Mul", {"share", "mean"}, "y"}},
                  .outputs = {"y"}};
  auto whole = load(ticks, masked);
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_TRUE((*whole)->run(x, mask, score, {}));
  EXPECT_DOUBLE_EQ(score[0], 14);  // two ticks of three are whole

  const Status without = (*whole)->run(x, score, {});
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message, HasSubstr("0 of a mask"));
}

TEST_F(SequenceTest, AMaskThatIsNotThereIsNamed) {
  EXPECT_THAT(
      refusal(mean_of({1, 3, 2}), masked),
      HasSubstr("has 1 inputs (x); expected one, of shape [1, 3, 2], and the mask `there`"));
  Sequence other = masked;
  other.mask = "mask";
  EXPECT_THAT(refusal(masked_mean({1, 3, 2}), other),
              HasSubstr("none of which is the mask `mask`"));
  EXPECT_THAT(refusal(masked_mean({1, 3, 2}), three), HasSubstr("has 2 inputs (there, x)"));
  EXPECT_THAT(refusal(masked_mean({1, 2}), masked),
              HasSubstr("of shape [1, 3, 2] for the mask `there`, or [1, 3]"));
}

TEST_F(SequenceTest, AnAutoencoderIsScoredOverWhatWasThere) {
  TinyModel model{.inputs = {{"there", Element::f64, {1, 3, 2}}, {"x", Element::f64, {1, 3, 2}}},
                  .nodes = {{"Neg", {"x"}, "r"}, {"Max", {"r", "r"}, "y"}},
                  .outputs = {"y"}};
  auto runner = load(model, masked);
  ASSERT_TRUE(runner) << runner.error().message;
  std::vector<double> score(1);
  const std::vector<double> x = {1, 2, 3, 4, 5, 6};
  ASSERT_TRUE((*runner)->run(x, std::vector<double>{1, 1, 1, 0, 0, 0}, score, {}));
  EXPECT_DOUBLE_EQ(score[0], 4 * (1 + 4 + 9) / 3.0);
}

TEST_F(SequenceTest, TheConfigurationMustAgreeWithTheManifest) {
  TinyModel model = mean_of({1, 3, 2}, Element::f64);
  model.nodes[0].output = "score";
  model.outputs = {"score"};
  Manifest manifest;
  manifest.name = "m";
  manifest.method = "test";
  manifest.inputs = {"a", "b"};
  manifest.outputs = {"score"};
  manifest.sequence = three;
  model.manifest = to_json(manifest);
  auto same = load(model, three);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ((*same)->manifest().sequence, three);
  EXPECT_THAT(refusal(model, {.history = 4}),
              HasSubstr("was made for `history: 3` and `missing` as 'refuse'; configured are 4"));
  std::ofstream(path_, std::ios::binary) << model.bytes();
  auto unasked = loader_->load(path_, {});
  ASSERT_TRUE(unasked) << unasked.error().message;
  EXPECT_EQ((*unasked)->manifest().sequence.history, 3u);
}

}  // namespace
}  // namespace wayside::infer
