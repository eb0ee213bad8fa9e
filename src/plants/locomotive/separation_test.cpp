// Is the plant good to learn from? A Gaussian of one-minute windows, learned from an hour of sound
// running, must tell every fault from soundness within a quarter of an hour of plant time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "plants/plant.hpp"

namespace wayside::plants {
namespace {

using Row = std::vector<double>;

/// Means of the scalar sensors over a minute, and spread and kurtosis of the vibration.
class Windows {
 public:
  Windows(std::uint64_t seed, std::vector<Fault> faults)
      : plant_(make_plant("locomotive", {.seed = seed, .faults = std::move(faults)}).value()) {}

  Row next() {
    constexpr int readings = 60;
    constexpr int vibration_every = 5;
    constexpr double recordings = readings / vibration_every;
    const SignalId vibration = *plant_->kind().find("axle_vib");
    Row row(plant_->kind().signals.size() + 1);
    for (int i = 0; i < readings; ++i) {
      plant_->step(seconds(1));
      std::size_t column = 0;
      for (const Reading& r : plant_->read()) row[column++] += r.value / readings;
      if (i % vibration_every != 0) continue;
      double square = 0;
      double fourth = 0;
      for (const double v : plant_->record(vibration)) {
        square += v * v / 1024;
        fourth += v * v * v * v / 1024;
      }
      row[column++] += std::log(square) / recordings;
      row[column] += fourth / (square * square) / recordings;
    }
    return row;
  }

 private:
  std::unique_ptr<Plant> plant_;
};

/// Mahalanobis distance by a Cholesky factor of the standardised covariance plus a small ridge.
class Gaussian {
 public:
  explicit Gaussian(const std::vector<Row>& rows) : n_(rows[0].size()), mean_(n_), std_(n_) {
    const auto count = static_cast<double>(rows.size());
    for (const Row& row : rows)
      for (std::size_t i = 0; i < n_; ++i) mean_[i] += row[i] / count;
    for (const Row& row : rows)
      for (std::size_t i = 0; i < n_; ++i) std_[i] += std::pow(row[i] - mean_[i], 2) / count;
    for (double& s : std_) s = std::sqrt(s);
    factor_.assign(n_, Row(n_));
    for (std::size_t i = 0; i < n_; ++i) factor_[i][i] = 0.003;
    for (const Row& row : rows) {
      const Row z = standardised(row);
      for (std::size_t i = 0; i < n_; ++i)
        for (std::size_t j = 0; j <= i; ++j) factor_[i][j] += z[i] * z[j] / count;
    }
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        for (std::size_t k = 0; k < j; ++k) factor_[i][j] -= factor_[i][k] * factor_[j][k];
        factor_[i][j] = i == j ? std::sqrt(factor_[i][i]) : factor_[i][j] / factor_[j][j];
      }
  }

  double distance(const Row& row) const {
    Row z = standardised(row);
    double sum = 0;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t k = 0; k < i; ++k) z[i] -= factor_[i][k] * z[k];
      z[i] /= factor_[i][i];
      sum += z[i] * z[i];
    }
    return std::sqrt(sum);
  }

 private:
  Row standardised(const Row& row) const {
    Row z(n_);
    for (std::size_t i = 0; i < n_; ++i) z[i] = (row[i] - mean_[i]) / std_[i];
    return z;
  }
  std::size_t n_;
  Row mean_, std_;
  std::vector<Row> factor_;
};

/// An hour each of four sound locomotives, as a fleet's model is learned.
const Gaussian& learned() {
  static const Gaussian gaussian = [] {
    std::vector<Row> rows;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
      Windows windows(seed, {});
      for (int i = 0; i < 60; ++i) rows.push_back(windows.next());
    }
    return Gaussian(rows);
  }();
  return gaussian;
}

/// Distances of the minutes 70 to 85 of another locomotive, sorted.
std::vector<double> distances(std::uint64_t seed, std::vector<Fault> faults) {
  Windows windows(seed, std::move(faults));
  std::vector<double> out;
  for (int minute = 0; minute < 85; ++minute) {
    const double distance = learned().distance(windows.next());
    if (minute >= 70) out.push_back(distance);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(SeparationTest, SoundLocomotivesLookLikeWhatWasLearned) {
  for (const std::uint64_t seed : {21, 22, 23}) {
    const auto sound = distances(seed, {});
    EXPECT_LT(sound[sound.size() / 2], 7) << "seed " << seed;
    EXPECT_LT(sound.back(), 14) << "seed " << seed;
  }
}

class FaultSeparation : public ::testing::TestWithParam<std::string> {};

TEST_P(FaultSeparation, StandsOutWithinAQuarterOfAnHour) {
  for (const std::uint64_t seed : {21, 22, 23}) {
    const auto sound = distances(seed, {});
    const auto faulty = distances(seed, {{GetParam(), "", minutes(65), minutes(5), 1}});
    RecordProperty("sound_max", std::to_string(sound.back()));
    RecordProperty("faulty_median", std::to_string(faulty[faulty.size() / 2]));
    EXPECT_GT(faulty[faulty.size() / 2], 2 * sound.back())
        << "seed " << seed << ", sound median " << sound[sound.size() / 2];
  }
}

INSTANTIATE_TEST_SUITE_P(All, FaultSeparation,
                         ::testing::Values("coolant_leak", "fan_failure", "bearing_wear",
                                           "sensor_drift", "stuck_sensor"),
                         [](const auto& fault) { return fault.param; });

}  // namespace
}  // namespace wayside::plants
