#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "infer/digest.hpp"
#include "infer/onnx/onnx_loader.hpp"
#include "infer/onnx/tiny_model.hpp"

namespace wayside::infer {
namespace {

using testing::Element;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TinyModel;

const TinyModel mean_model{.nodes = {{"ReduceMean", {"x"}, "y", "keepdims", 0}}, .outputs = {"y"}};
const TinyModel negating_model{.nodes = {{"Neg", {"x"}, "y"}}, .outputs = {"y"}};

Manifest three_inputs() {
  return {.name = "cooling",
          .kind = "locomotive",
          .method = "test",
          .inputs = {"a", "b", "c"},
          .outputs = {"score", "top"},
          .contributions = "contributions",
          .thresholds = {{"score", 0.95}},
          .false_alarm_rate = 0.001,
          .features_digest = {},
          .provenance = {}};
}

/// score = mean, top = maximum, contributions = -x; in the order that the manifest does not have.
TinyModel wayside_model(Element element = Element::f64) {
  return {.inputs = {{"x", element, {1, 3}}},
          .nodes = {{"Neg", {"x"}, "contributions"},
                    {"ReduceMax", {"x"}, "top", "keepdims", 0},
                    {"ReduceMean", {"x"}, "score"}},
          .outputs = {"contributions", "top", "score"},
          .manifest = to_json(three_inputs())};
}

class OnnxTest : public ::testing::Test {
 protected:
  OnnxTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "onnx_test.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~OnnxTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& bytes) {
    const std::string path = folder_ / "model.onnx";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  Result<std::unique_ptr<ModelRunner>> load(const std::string& bytes,
                                            const std::vector<std::string>& inputs = {}) {
    return loader_->load(file(bytes), inputs);
  }
  Error refusal(const std::string& bytes, const std::vector<std::string>& inputs = {}) {
    auto runner = load(bytes, inputs);
    if (runner) return {Errc::invalid, "was loaded"};
    return runner.error();
  }

  std::filesystem::path folder_;
  std::unique_ptr<ModelLoader> loader_ = make_onnx_loader();
};

std::ptrdiff_t entries(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all(folder);
  return std::distance(begin(all), end(all));
}

TEST_F(OnnxTest, TheRuntimeReportsToNobody) {
  // Its telemetry would start a thread and keep a database and an identifier below the home folder.
  const std::filesystem::path home = folder_ / "home";
  std::filesystem::create_directory(home);
  setenv("HOME", home.c_str(), 1);
  setenv("XDG_CACHE_HOME", (home / "cache").c_str(), 1);
  const std::ptrdiff_t threads = entries("/proc/self/task");
  auto runner = load(wayside_model().bytes());
  ASSERT_TRUE(runner) << runner.error().message;
  EXPECT_EQ(entries("/proc/self/task"), threads);
  EXPECT_EQ(entries(home), 0);
}

TEST_F(OnnxTest, RunsAModelOfOurOwn) {
  const std::string bytes = wayside_model().bytes();
  auto runner = load(bytes);
  ASSERT_TRUE(runner) << runner.error().message;
  EXPECT_EQ((*runner)->manifest(), three_inputs());
  EXPECT_EQ((*runner)->digest(), model_digest(bytes));

  const std::vector<double> x = {1.7e9 + 0.25, -3, 5};
  std::vector<double> outputs(2);
  std::vector<double> contributions(3);
  ASSERT_TRUE((*runner)->run(x, outputs, contributions));
  EXPECT_DOUBLE_EQ(outputs[0], (x[0] + x[1] + x[2]) / 3);
  EXPECT_THAT(outputs, ElementsAre(outputs[0], x[0]));
  EXPECT_THAT(contributions, ElementsAre(-x[0], 3, -5));

  // Contributions may be left out, and a second run sees the second row.
  ASSERT_TRUE((*runner)->run(std::vector<double>{3, 6, 9}, outputs, {}));
  EXPECT_THAT(outputs, ElementsAre(6, 9));
}

TEST_F(OnnxTest, RunsAFloatModelAndOutlivesItsLoader) {
  auto runner = load(wayside_model(Element::f32).bytes(), {"a", "b", "c"});
  ASSERT_TRUE(runner) << runner.error().message;
  loader_.reset();
  std::vector<double> outputs(2);
  std::vector<double> contributions(3);
  ASSERT_TRUE((*runner)->run(std::vector<double>{3, 6, 10.5}, outputs, contributions));
  EXPECT_THAT(outputs, ElementsAre(6.5, 10.5));
  EXPECT_THAT(contributions, ElementsAre(-3, -6, -10.5));
}

TEST_F(OnnxTest, ForeignModelWithOneOutputIsItsScore) {
  auto runner = load(mean_model.bytes(), {"a", "b", "c"});
  ASSERT_TRUE(runner) << runner.error().message;
  EXPECT_THAT((*runner)->manifest().outputs, ElementsAre("score"));
  EXPECT_EQ((*runner)->manifest().method, "");
  std::vector<double> outputs(1);
  std::vector<double> contributions = {7, 7, 7};
  ASSERT_TRUE((*runner)->run(std::vector<double>{1, 2, 6}, outputs, contributions));
  EXPECT_THAT(outputs, ElementsAre(3));
  EXPECT_THAT(contributions, ElementsAre(7, 7, 7));  // it has none: left as they were
}

TEST_F(OnnxTest, ForeignAutoencoderIsScoredByItsReconstruction) {
  auto runner = load(negating_model.bytes(), {"a", "b", "c"});
  ASSERT_TRUE(runner) << runner.error().message;
  std::vector<double> outputs(1);
  ASSERT_TRUE((*runner)->run(std::vector<double>{1, 2, 3}, outputs, {}));
  EXPECT_DOUBLE_EQ(outputs[0], (4.0 + 16 + 36) / 3);
}

TEST_F(OnnxTest, OpenDimensionsAreFilledIn) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{-1, -2}, {-1, 3}, {1, -1}, {-1}, {3}}) {
    TinyModel model = negating_model;
    model.inputs = {{"x", Element::f32, shape}};
    auto runner = load(model.bytes(), {"a", "b", "c"});
    ASSERT_TRUE(runner) << runner.error().message;
    std::vector<double> outputs(1);
    ASSERT_TRUE((*runner)->run(std::vector<double>{1, 1, 1}, outputs, {}));
    EXPECT_DOUBLE_EQ(outputs[0], 4);
  }
}

TEST_F(OnnxTest, NanIsAValue) {
  TinyModel model = mean_model;
  model.nodes = {{"Sqrt", {"x"}, "r"}, {"ReduceMean", {"r"}, "y", "keepdims", 0}};
  auto runner = load(model.bytes(), {"a", "b", "c"});
  ASSERT_TRUE(runner) << runner.error().message;
  std::vector<double> outputs(1);
  ASSERT_TRUE((*runner)->run(std::vector<double>{-1, 1, 1}, outputs, {}));
  EXPECT_TRUE(std::isnan(outputs[0]));
  ASSERT_TRUE((*runner)->run(std::vector<double>{1, 1, 1}, outputs, {}));
  EXPECT_EQ(outputs[0], 1);
}

TEST_F(OnnxTest, WrongSizesInARunAreRefused) {
  auto runner = load(mean_model.bytes(), {"a", "b", "c"});
  ASSERT_TRUE(runner) << runner.error().message;
  std::vector<double> outputs(1);
  const Status status = (*runner)->run(std::vector<double>{1, 2}, outputs, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::invalid);
  EXPECT_THAT(status.error().message, HasSubstr("called with 2 inputs"));
}

TEST_F(OnnxTest, NoFile) {
  const auto runner = loader_->load(folder_ / "absent.onnx", {}, std::nullopt);
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, Errc::not_found);
  EXPECT_THAT(runner.error().message, HasSubstr("absent.onnx: no such file"));
}

TEST_F(OnnxTest, NotAFile) {
  const auto runner = loader_->load(folder_, {}, std::nullopt);
  ASSERT_FALSE(runner);
  EXPECT_THAT(runner.error().message, HasSubstr("not a file"));
  EXPECT_THAT(refusal("").message, HasSubstr("the file is empty"));
}

TEST_F(OnnxTest, CorruptAndTruncatedFilesAreRefused) {
  const Error garbage = refusal(std::string(1000, '\x9d'), {"a", "b", "c"});
  EXPECT_EQ(garbage.code, Errc::corrupt);
  EXPECT_THAT(garbage.message, HasSubstr("not a model that ONNX Runtime can load"));

  const std::string whole = wayside_model().bytes();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Error cut = refusal(whole.substr(0, size));
    EXPECT_NE(cut.message, "was loaded") << size << " of " << whole.size();
  }
}

TEST_F(OnnxTest, UnknownOperatorIsNamed) {
  TinyModel model = negating_model;
  model.nodes[0].op = "Frobnicate";
  const Error error = refusal(model.bytes(), {"a", "b", "c"});
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_THAT(error.message, HasSubstr("Frobnicate"));
}

TEST_F(OnnxTest, WrongInputShapesSayWhatWasFound) {
  const Error width = refusal(negating_model.bytes(), {"a", "b"});
  EXPECT_EQ(width.code, Errc::invalid);
  EXPECT_THAT(width.message, HasSubstr("takes float of shape [1, 3]; expected float or double of "
                                       "shape [1, 2] for 2 inputs"));
  TinyModel model = negating_model;
  model.inputs = {{"x", Element::f32, {-1, 3, 224, 224}}};
  EXPECT_THAT(refusal(model.bytes(), {"a", "b"}).message, HasSubstr("shape [?, 3, 224, 224]"));
  model.inputs = {{"x", Element::i64, {1, 3}}};
  EXPECT_THAT(refusal(model.bytes(), {"a", "b", "c"}).message, HasSubstr("takes int64 of shape"));
  model.inputs = {{"x"}, {"mask"}};
  EXPECT_THAT(refusal(model.bytes(), {"a", "b", "c"}).message,
              HasSubstr("has 2 inputs (x, mask); expected one"));
}

TEST_F(OnnxTest, WrongOutputShapesSayWhatWasFound) {
  TinyModel model = negating_model;
  model.nodes = {{"Concat", {"x", "x"}, "y", "axis", 1}};
  EXPECT_THAT(refusal(model.bytes(), {"a", "b", "c"}).message,
              HasSubstr("gives `y` of shape [1, 6] as its first output; expected one element (the "
                        "score) or 3"));
}

TEST_F(OnnxTest, GraphMustKeepItsManifestsPromises) {
  TinyModel model = wayside_model();
  model.outputs.pop_back();
  EXPECT_THAT(refusal(model.bytes()).message, HasSubstr("promises an output `score`"));

  model = wayside_model();
  model.nodes[2] = {"Abs", {"x"}, "score"};
  EXPECT_THAT(
      refusal(model.bytes()).message,
      HasSubstr("gives `score` as double of shape [1, 3]; expected float or double with 1"));

  model = wayside_model();
  model.manifest = R"({"format": 1, "name": "x", "inputs": [], "outputs": ["score"]})";
  EXPECT_THAT(refusal(model.bytes()).message,
              HasSubstr("carries a broken manifest: manifest: `inputs` should be"));
}

TEST_F(OnnxTest, ConfiguredInputsMustBeTheModelsOwn) {
  EXPECT_THAT(refusal(wayside_model().bytes(), {"a", "c", "b"}).message,
              HasSubstr("was made for the inputs [a, b, c]; configured are [a, c, b]"));
  EXPECT_THAT(refusal(mean_model.bytes()).message,
              HasSubstr("carries no manifest, so its `inputs` must be configured"));
}

TEST_F(OnnxTest, MissingRuntimeLibraryIsOneSentence) {
  const std::string model = file(mean_model.bytes());
  const auto absent =
      make_onnx_loader("/nowhere/libonnxruntime.so")->load(model, {"a", "b", "c"}, std::nullopt);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::unavailable);
  EXPECT_THAT(absent.error().message, HasSubstr("ONNX Runtime is needed to run models"));
  EXPECT_THAT(absent.error().message, HasSubstr("/nowhere/libonnxruntime.so"));
}

}  // namespace
}  // namespace wayside::infer
