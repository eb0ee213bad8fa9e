#include "train/limits.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <array>
#include <cmath>

#include "base/rng.hpp"

namespace wayside::train {
namespace {

TEST(Limits, QuantileIsAnOrderStatistic) {
  const std::vector<double> v = {4, 1, 3, 2, 10, 7, 6, 5, 9, 8};
  EXPECT_EQ(quantile(v, 0.5), 5);
  EXPECT_EQ(quantile(v, 0.9), 9);
  EXPECT_EQ(quantile(v, 0.91), 10);
  EXPECT_EQ(quantile(v, 1), 10);
  EXPECT_EQ(quantile(v, 1e-12), 1);
}

TEST(Limits, ConformalLimitNeedsItsRows) {
  EXPECT_EQ(calibration_rows(0.001), 999);
  EXPECT_EQ(calibration_rows(0.01), 99);
  EXPECT_EQ(calibration_rows(0.3), 3);
  EXPECT_EQ(calibration_rows(0.5), 1);
  EXPECT_FALSE(conformal_limit(std::vector<double>(998, 1.0), 0.001));
  std::vector<double> v;
  for (int i = 1; i <= 999; ++i) v.push_back(i);
  EXPECT_EQ(conformal_limit(v, 0.001), 999);
  EXPECT_EQ(conformal_limit(v, 0.01), 990);
}

RC_GTEST_PROP(Limits, CalibrationRowsAreEnoughAndNeeded, ()) {
  const double rate = *rc::gen::inRange(1, 5000) * 1e-4;
  const std::size_t n = calibration_rows(rate);
  RC_ASSERT(conformal_limit(std::vector<double>(n, 1.0), rate).has_value());
  RC_ASSERT(n == 1 || !conformal_limit(std::vector<double>(n - 1, 1.0), rate).has_value());
}

TEST(Limits, ConformalRateHolds) {
  Rng rng(7);
  constexpr int rounds = 4000;
  int beyond = 0;
  for (int i = 0; i < rounds; ++i) {
    std::vector<double> v(59);
    for (double& x : v) x = rng.normal();
    if (rng.normal() > conformal_limit(v, 0.05).value()) ++beyond;
  }
  // 60 exchangeable values: the new one is beyond rank 57 with probability 3/60.
  EXPECT_NEAR(static_cast<double>(beyond) / rounds, 0.05, 0.01);
}

TEST(Limits, NormalQuantile) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.9995), 3.290526731491926, 1e-11);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-9);
}

TEST(Limits, ChiSquaredQuantile) {
  // Table values of chi-squared.
  EXPECT_NEAR(chi_squared_quantile(0.95, 3) / 7.815, 1, 0.02);
  EXPECT_NEAR(chi_squared_quantile(0.99, 10) / 23.209, 1, 0.02);
  EXPECT_NEAR(chi_squared_quantile(0.999, 3) / 16.266, 1, 0.02);
}

TEST(Limits, JacksonMudholkarAgreesWithChiSquared) {
  // Equal eigenvalues: Q is their size times chi-squared with as many degrees of freedom.
  const std::array<double, 6> equal = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  const double exact = 0.5 * 16.812;  // chi-squared, 6 degrees, 0.99
  EXPECT_NEAR(jackson_mudholkar(equal, 0.99).value(), exact, 0.02 * exact);
}

TEST(Limits, JacksonMudholkarNeedsSomethingLeftOut) {
  EXPECT_FALSE(jackson_mudholkar({}, 0.99));
  EXPECT_FALSE(jackson_mudholkar(std::array<double, 2>{0, 0}, 0.99));
  // One large and many small: h0 = 1 - 2(θ1 θ3)/(3 θ2²) is negative, no such approximation.
  std::vector<double> uneven(1000, 0.01);
  uneven.push_back(1);
  EXPECT_FALSE(jackson_mudholkar(uneven, 0.99));
}

}  // namespace
}  // namespace wayside::train
