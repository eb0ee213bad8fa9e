#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <fstream>
#include <limits>

#include "base/os/atomic_file.hpp"
#include "infer/onnx/onnx_loader.hpp"
#include "train/autoencoder.hpp"
#include "train/describe.hpp"
#include "train/pca_export.hpp"
#include "train/testing.hpp"

namespace wayside::train {
namespace {

using ::testing::HasSubstr;
using testing::healthy_rows;

class PcaOnnx : public ::testing::Test {
 protected:
  void write(const PcaFit& fit, const PcaOptions& options) {
    manifest_ = pca_manifest(fit, options, "cooling", "locomotive");
    bytes_ = pca_to_onnx(fit.model, manifest_);
    ASSERT_TRUE(os::write_file_atomically(path_, bytes_));
  }

  testing::TemporaryFolder folder_;
  std::string path_ = folder_ / "cooling.onnx";
  infer::Manifest manifest_;
  std::string bytes_;
  std::unique_ptr<infer::ModelLoader> loader_ = infer::make_onnx_loader();
};

void expect_close(double found, double expected) {
  EXPECT_NEAR(found, expected, 1e-9 * std::max(1.0, std::abs(expected)));
}

TEST_F(PcaOnnx, TheRuntimeComputesWhatWasFitted) {
  const PcaOptions options{.false_alarm_rate = 0.01};
  const auto fit = fit_pca(healthy_rows(1000, 1), options);
  ASSERT_TRUE(fit) << fit.error().message;
  write(*fit, options);
  auto runner = loader_->load(path_, fit->model.inputs);
  ASSERT_TRUE(runner) << runner.error().message;
  EXPECT_EQ((*runner)->manifest(), manifest_);

  Table rows = healthy_rows(500, 2);
  rows.append(Time{}, std::vector<double>{3200, 84.5, 1.7e9, 4e-3});  // broken relation
  rows.append(Time{}, std::vector<double>(4, 0));                     // far outside
  std::vector<double> outputs(3);
  std::vector<double> contributions(4);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const PcaScore expected = evaluate(fit->model, rows.row(i));
    ASSERT_TRUE((*runner)->run(rows.row(i), outputs, contributions));
    expect_close(outputs[0], expected.score);
    expect_close(outputs[1], expected.t2);
    expect_close(outputs[2], expected.q);
    for (std::size_t j = 0; j < 4; ++j) {
      expect_close(contributions[j], expected.contributions[static_cast<Eigen::Index>(j)]);
    }
  }
}

TEST_F(PcaOnnx, ThresholdsOfTheManifestAreWhereTheScoreIsAtItsOwn) {
  const PcaOptions options{.components = 1, .false_alarm_rate = 0.02};
  const auto fit = fit_pca(healthy_rows(400, 1), options);
  ASSERT_TRUE(fit);
  write(*fit, options);
  auto runner = loader_->load(path_, {});
  ASSERT_TRUE(runner) << runner.error().message;
  const PcaModel& m = fit->model;
  // Along the first component, exactly as far as the T² limit allows.
  const Eigen::VectorXd z = m.loadings.col(0) * std::sqrt(m.t2_limit * m.eigenvalues[0]);
  const Eigen::VectorXd x = m.mean + z.cwiseQuotient(m.inverse_scale);
  std::vector<double> outputs(3);
  ASSERT_TRUE((*runner)->run({x.data(), 4}, outputs, {}));
  // The odometer's 1.7e9 leaves nine digits for what is behind its mean.
  EXPECT_NEAR(outputs[0], manifest_.thresholds.at("score"), 1e-7);
  EXPECT_NEAR(outputs[1] / manifest_.thresholds.at("t2"), 1, 1e-6);
  EXPECT_LT(outputs[2], 1e-6);
}

TEST_F(PcaOnnx, AMissingInputGivesNan) {
  const PcaOptions options{.false_alarm_rate = 0.02};
  const auto fit = fit_pca(healthy_rows(400, 1), options);
  ASSERT_TRUE(fit);
  write(*fit, options);
  auto runner = loader_->load(path_, {});
  ASSERT_TRUE(runner);
  std::vector<double> row = {2000, 80, 1.7e9, 5e-3};
  std::vector<double> outputs(3);
  for (double& value : row) {
    const double kept = std::exchange(value, std::numeric_limits<double>::quiet_NaN());
    ASSERT_TRUE((*runner)->run(row, outputs, {}));
    EXPECT_TRUE(std::isnan(outputs[0]));
    value = kept;
  }
}

TEST_F(PcaOnnx, AFileCutShortIsNeverAModel) {
  const PcaOptions options{.false_alarm_rate = 0.02};
  write(fit_pca(healthy_rows(400, 1), options).value(), options);
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes_.substr(0, size);
    ASSERT_FALSE(describe_model(path_)) << size;
    // With inputs configured, a model that had merely lost its manifest would pass as foreign.
    if (size % 7 == 0) {
      ASSERT_FALSE(loader_->load(path_, manifest_.inputs)) << size;
    }
  }
}

TEST_F(PcaOnnx, IsDescribed) {
  const PcaOptions options{.false_alarm_rate = 0.02};
  write(fit_pca(healthy_rows(400, 1), options).value(), options);
  const auto text = describe_model(path_);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("features: double [1, 4]"));
  EXPECT_THAT(*text, HasSubstr("power, coolant, odometer, current"));
  EXPECT_THAT(*text, HasSubstr("score 0.95"));
  EXPECT_THAT(*text, HasSubstr("0.02 of healthy rows"));
  EXPECT_THAT(*text, HasSubstr("2026-01-01T00:00:00Z"));
}

TEST_F(PcaOnnx, WhatIsNoModelIsNotDescribed) {
  EXPECT_EQ(describe_model(path_).error().code, Errc::not_found);
  ASSERT_TRUE(os::write_file_atomically(path_, "not a model"));
  EXPECT_THAT(describe_model(path_).error().message, HasSubstr("not an ONNX model"));
}

TEST_F(PcaOnnx, BenchmarkAutoencoderRunsAsAForeignModel) {
  ASSERT_TRUE(write_benchmark_autoencoder(path_));
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < benchmark_autoencoder_inputs; ++i) {
    inputs.push_back("bin" + std::to_string(i));
  }
  auto runner = loader_->load(path_, inputs);
  ASSERT_TRUE(runner) << runner.error().message;
  std::vector<double> x(benchmark_autoencoder_inputs);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
  std::vector<double> score(1);
  ASSERT_TRUE((*runner)->run(x, score, {}));
  EXPECT_GT(score[0], 0.01);
  EXPECT_LT(score[0], 100);

  // The same bytes for a seed, others for another.
  const std::string digest = (*runner)->digest();
  const std::string again = folder_ / "again.onnx";
  ASSERT_TRUE(write_benchmark_autoencoder(again, 1));
  EXPECT_EQ(loader_->load(again, inputs).value()->digest(), digest);
  ASSERT_TRUE(write_benchmark_autoencoder(again, 2));
  EXPECT_NE(loader_->load(again, inputs).value()->digest(), digest);

  const auto text = describe_model(path_);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("no manifest: a foreign model"));
  // Products of neighbouring widths, and the biases.
  EXPECT_THAT(*text, HasSubstr("19 nodes (Gemm Relu), 265864 weights"));
}

}  // namespace
}  // namespace wayside::train
