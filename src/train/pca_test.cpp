#include "train/pca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <cmath>
#include <limits>

#include "train/testing.hpp"

namespace wayside::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::healthy_rows;

/// (2,2), (-2,-2), (1,-1), (-1,1) again and again: correlation 0.6, eigenvalues 1.6 and 0.4.
Table cross(std::size_t rows) {
  constexpr double points[4][2] = {{2, 2}, {-2, -2}, {1, -1}, {-1, 1}};
  Table table;
  table.names = {"a", "b"};
  for (std::size_t i = 0; i < rows; ++i) {
    table.append(Time{static_cast<std::int64_t>(i)}, points[i % 4]);
  }
  return table;
}

std::string refusal(const Table& table, const PcaOptions& options = {}) {
  const Result<PcaFit> fit = fit_pca(table, options);
  return fit ? "was fitted" : fit.error().message;
}

double share_beyond(const PcaModel& model, const Table& table) {
  std::size_t beyond = 0;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (evaluate(model, table.row(i)).score > score_limit) ++beyond;
  }
  return static_cast<double>(beyond) / static_cast<double>(table.rows());
}

TEST(Pca, HandComputed) {
  const auto fit = fit_pca(cross(80), {.components = 1, .variance = 0.95, .false_alarm_rate = 0.5});
  ASSERT_TRUE(fit) << fit.error().message;
  const PcaModel& m = fit->model;
  EXPECT_EQ(fit->report.rows_fitted, 56);
  EXPECT_EQ(fit->report.rows_held_out, 24);
  EXPECT_NEAR(fit->report.explained_variance, 0.8, 1e-12);
  EXPECT_NEAR(m.mean.norm(), 0, 1e-15);
  const double variance = (28 * 4 + 28 * 1) / 55.0;
  EXPECT_NEAR(m.inverse_scale[0], 1 / std::sqrt(variance), 1e-12);
  EXPECT_NEAR(m.eigenvalues[0], 1.6, 1e-12);
  EXPECT_NEAR(m.loadings(0, 0), std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(m.loadings(1, 0), std::sqrt(0.5), 1e-12);

  const double t2 = 8 / variance / 1.6;  // of (2,2), half of all rows
  const double q = 2 / variance;         // of (1,-1), the other half
  EXPECT_NEAR(m.t2_limit, t2, 1e-12);
  EXPECT_NEAR(m.q_limit, q, 1e-12);

  const PcaScore along = evaluate(m, std::vector<double>{2, 2});
  EXPECT_NEAR(along.t2, t2, 1e-12);
  EXPECT_NEAR(along.q, 0, 1e-12);
  EXPECT_NEAR(along.score, 0.95, 1e-12);
  // (2,0) is (1,1), a quarter of the T² limit, and (1,-1), the whole Q limit.
  const PcaScore both = evaluate(m, std::vector<double>{2, 0});
  EXPECT_NEAR(both.t2, t2 / 4, 1e-12);
  EXPECT_NEAR(both.q, q, 1e-12);
  EXPECT_NEAR(both.score, 0.95, 1e-12);
  // Twice the distance is four times the statistic: 1 - 0.05^4.
  EXPECT_NEAR(evaluate(m, std::vector<double>{2, -2}).score, 1 - std::pow(0.05, 4), 1e-12);
}

TEST(Pca, TheMeanScoresZeroWithoutContributions) {
  const auto fit = fit_pca(cross(80), {.components = 1, .false_alarm_rate = 0.5});
  ASSERT_TRUE(fit);
  const PcaScore score = evaluate(fit->model, std::vector<double>{0, 0});
  EXPECT_EQ(score.score, 0);
  EXPECT_EQ(score.contributions.sum(), 0);
}

RC_GTEST_PROP(Pca, ContributionsAreSharesAndScoresAreInRange, ()) {
  static const PcaFit fit = fit_pca(healthy_rows(400, 1), {.false_alarm_rate = 0.02}).value();
  std::vector<double> row(4);
  for (std::size_t j = 0; j < row.size(); ++j) {
    const auto at = static_cast<Eigen::Index>(j);
    row[j] = fit.model.mean[at] + *rc::gen::inRange(-500, 500) / 50.0 / fit.model.inverse_scale[at];
  }
  const PcaScore s = evaluate(fit.model, row);
  RC_ASSERT(s.score >= 0 && s.score <= 1);
  RC_ASSERT(s.contributions.minCoeff() >= 0);
  const double sum = s.contributions.sum();
  RC_ASSERT((s.t2 == 0 && s.q == 0) || std::abs(sum - 1) < 1e-9);
  const double worst = std::max(s.t2 / fit.model.t2_limit, s.q / fit.model.q_limit);
  RC_ASSERT((worst > 1) == (s.score > score_limit) || std::abs(worst - 1) < 1e-9);
}

TEST(Pca, FalseAlarmRateHoldsOnFreshRows) {
  for (const double rate : {0.01, 0.05}) {
    const auto fit = fit_pca(healthy_rows(6000, 2), {.false_alarm_rate = rate});
    ASSERT_TRUE(fit) << fit.error().message;
    const double fresh = share_beyond(fit->model, healthy_rows(50'000, 3));
    EXPECT_GT(fresh, 0.4 * rate);
    EXPECT_LT(fresh, 1.5 * rate);
  }
}

TEST(Pca, CatchesABrokenRelationInsideNormalRanges) {
  const auto fit = fit_pca(healthy_rows(4000, 4), {});
  ASSERT_TRUE(fit) << fit.error().message;
  // At rest the machine is fine. With full power while the current says none, it is not.
  EXPECT_LT(evaluate(fit->model, std::vector<double>{2000, 80, 1.7e9, 5e-3}).score, 0.5);
  const PcaScore broken = evaluate(fit->model, std::vector<double>{3200, 84.5, 1.7e9, 4e-3});
  EXPECT_GT(broken.score, 0.999);
  Eigen::Index worst = 0;
  broken.contributions.maxCoeff(&worst);
  EXPECT_EQ(fit->model.inputs[static_cast<std::size_t>(worst)], "current");
}

TEST(Pca, LimitsCoverALaterShiftAndSaySo) {
  Table table = healthy_rows(2000, 5);
  for (std::size_t i = 1500; i < table.rows(); ++i) table.values[i * 4] += 1500;  // power
  const auto shifted = fit_pca(table, {.false_alarm_rate = 0.01});
  const auto steady = fit_pca(healthy_rows(2000, 5), {.false_alarm_rate = 0.01});
  ASSERT_TRUE(shifted && steady);
  EXPECT_GT(shifted->report.held_out_rate, 0.5);
  EXPECT_LT(steady->report.held_out_rate, 0.03);
  EXPECT_GT(shifted->model.q_limit, 2 * steady->model.q_limit);
}

TEST(Pca, ParametricLimitsAreNearForNormalRows) {
  const auto fit = fit_pca(healthy_rows(6000, 6), {.components = 2, .false_alarm_rate = 0.02});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->report.t2_limit_chi_squared / fit->model.t2_limit, 1, 0.2);
  EXPECT_NEAR(fit->report.q_limit_jackson_mudholkar.value() / fit->model.q_limit, 1, 0.2);
}

TEST(Pca, ConstantsAreKeptWithoutWeight) {
  Table table = healthy_rows(400, 7);
  for (std::size_t i = 0; i < table.rows(); ++i) table.values[i * 4 + 1] = 21.3;
  const auto fit = fit_pca(table, {.false_alarm_rate = 0.02});
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_THAT(fit->report.constants, ElementsAre("coolant"));
  EXPECT_EQ(fit->model.inverse_scale[1], 0);
  EXPECT_EQ(fit->model.loadings.row(1).norm(), 0);
  std::vector<double> row(table.row(0).begin(), table.row(0).end());
  const double before = evaluate(fit->model, row).score;
  row[1] = 500;
  EXPECT_EQ(evaluate(fit->model, row).score, before);
}

TEST(Pca, InputsThatFollowOneAnotherLeaveAResidualLimit) {
  Table table;
  table.names = {"x", "twice"};
  Rng rng(8);
  for (int i = 0; i < 200; ++i) {
    const double x = rng.normal();
    table.append(Time{i}, std::vector<double>{x, 2 * x + 7});
  }
  const auto fit = fit_pca(table, {.false_alarm_rate = 0.05});
  ASSERT_TRUE(fit) << fit.error().message;
  EXPECT_EQ(fit->model.eigenvalues.size(), 1);
  EXPECT_GE(fit->model.q_limit, 2e-6);
  EXPECT_LT(fit->model.q_limit, 3e-6);
  EXPECT_LT(share_beyond(fit->model, table), 0.06);
  EXPECT_FALSE(fit->report.q_limit_jackson_mudholkar);
  EXPECT_THAT(refusal(table, {.components = 2, .false_alarm_rate = 0.05}),
              HasSubstr("2 components were asked for; the 2 inputs span 1"));
}

TEST(Pca, RowsWithAMissingValueAreLeftOutAndCounted) {
  Table table = healthy_rows(400, 9);
  const auto whole = fit_pca(table, {.false_alarm_rate = 0.02});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  table.append(Time{0}, std::vector<double>{nan, 1, 1, 1});
  table.append(Time{1}, std::vector<double>{1, 1, std::numeric_limits<double>::infinity(), 1});
  const auto fit = fit_pca(table, {.false_alarm_rate = 0.02});
  ASSERT_TRUE(fit && whole);
  EXPECT_EQ(fit->report.rows_given, 402);
  EXPECT_EQ(fit->report.rows_left_out, 2);
  EXPECT_EQ(fit->model.t2_limit, whole->model.t2_limit);
}

TEST(Pca, RowsOfAnyOrderGiveTheSameModel) {
  const Table table = healthy_rows(400, 10);
  Table backwards;
  backwards.names = table.names;
  for (std::size_t i = table.rows(); i-- > 0;) backwards.append(table.times[i], table.row(i));
  const auto a = fit_pca(table, {.false_alarm_rate = 0.02});
  const auto b = fit_pca(backwards, {.false_alarm_rate = 0.02});
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->model.loadings, b->model.loadings);
  EXPECT_EQ(a->model.q_limit, b->model.q_limit);
  EXPECT_EQ(a->report.from, table.times.front());
}

TEST(Pca, TooFewRowsSayHowManyAreNeeded) {
  EXPECT_THAT(refusal(healthy_rows(3330, 1)),
              HasSubstr("3330 of 3330 rows are usable; 4 inputs at a false-alarm rate of 0.001 "
                        "need at least 3331; these are enough for a rate of 0.002"));
  EXPECT_TRUE(fit_pca(healthy_rows(3331, 1), {}));
  EXPECT_TRUE(fit_pca(healthy_rows(3330, 1), {.false_alarm_rate = 0.002}));
  EXPECT_THAT(refusal(healthy_rows(10, 1), {.false_alarm_rate = 0.1}),
              HasSubstr("10 of 10 rows are usable; 4 inputs at a false-alarm rate of 0.1 need at "
                        "least 59"));
  Table gappy = healthy_rows(400, 1);
  for (std::size_t i = 0; i < gappy.rows(); ++i) {
    gappy.values[i * 4 + 3] = std::numeric_limits<double>::quiet_NaN();
  }
  EXPECT_THAT(refusal(gappy), HasSubstr("0 of 400 rows are usable (the others miss a value, most "
                                        "often current in 400)"));
}

RC_GTEST_PROP(Pca, WhatIsSuggestedIsEnough, ()) {
  const auto rows = static_cast<std::size_t>(*rc::gen::inRange(60, 3300));
  const std::string text = refusal(healthy_rows(rows, 1));
  const std::string mark = "enough for a rate of ";
  const std::size_t at = text.find(mark);
  RC_ASSERT(at != std::string::npos);
  const double rate = std::stod(text.substr(at + mark.size()));
  RC_ASSERT(fit_pca(healthy_rows(rows, 1), {.false_alarm_rate = rate}).has_value());
}

TEST(Pca, OptionsOutOfRange) {
  const Table table = healthy_rows(400, 1);
  EXPECT_THAT(refusal(table, {.variance = 0}), HasSubstr("(0, 1], found 0"));
  EXPECT_THAT(refusal(table, {.false_alarm_rate = 0.6}), HasSubstr("(0, 0.5], found 0.6"));
  EXPECT_THAT(refusal(table, {.components = 0}), HasSubstr("at least one component"));
  EXPECT_THAT(refusal({}), HasSubstr("no features"));
  Table still;
  still.names = {"a"};
  for (int i = 0; i < 200; ++i) still.append(Time{i}, std::vector<double>{0});
  EXPECT_THAT(refusal(still, {.false_alarm_rate = 0.1}), HasSubstr("every input is constant"));
}

}  // namespace
}  // namespace wayside::train
