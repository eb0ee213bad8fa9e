#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "train/table.hpp"

namespace wayside::train {

/// Principal components of standardised inputs, watched by Hotelling's T² inside the model's
/// subspace and by Q, the squared prediction error, outside it. The formulas are in docs/models.md.
struct PcaModel {
  std::vector<std::string> inputs;  ///< n feature names
  Eigen::VectorXd mean;             ///< [n]
  Eigen::VectorXd inverse_scale;    ///< [n], 1/standard deviation; 0: constant, has no weight
  Eigen::MatrixXd loadings;         ///< [n × k], orthonormal columns; rows of constants are 0
  Eigen::VectorXd eigenvalues;      ///< [k], descending, > 0: variance along each component
  double t2_limit = 0;
  double q_limit = 0;
};

/// Score at which T² or Q is exactly at its limit.
inline constexpr double score_limit = 0.95;

struct PcaScore {
  double score = 0;  ///< 1 − 0.05^max(T²/limit, Q/limit): 0.95 at the limit, toward 1 beyond it
  double t2 = 0;
  double q = 0;
  /// Each input's share of T²/limit + Q/limit: at least 0, summing to 1; all 0 where both are 0.
  Eigen::VectorXd contributions;
};

/// What the exported graph computes, in the same order of operations. `row`: [n].
[[nodiscard]] PcaScore evaluate(const PcaModel& model, std::span<const double> row);

struct PcaOptions {
  std::optional<std::size_t> components = std::nullopt;  ///< default: as many as `variance` needs
  double variance = 0.95;                                ///< share to be explained, in (0, 1]
  double false_alarm_rate = 0.001;  ///< of rows like the healthy ones, in (0, 0.5]
};

struct PcaReport {
  std::size_t rows_given = 0;
  std::size_t rows_left_out = 0;  ///< for a value that is missing or not finite
  std::size_t rows_fitted = 0;    ///< the earlier part: mean, scale, components
  std::size_t rows_held_out = 0;  ///< the later part: limits only
  Time from;
  Time to;                             ///< of the first and the last row used
  double explained_variance = 0;       ///< 0 to 1
  std::vector<std::string> constants;  ///< inputs that never changed, kept without weight
  /// Share of the held-out rows beyond the limits that the fitted rows alone would give. Far above
  /// the false-alarm rate: the period was not one regime, or too short.
  double held_out_rate = 0;
  /// For comparison, each at half the rate, for normal independent rows.
  double t2_limit_chi_squared = 0;
  std::optional<double> q_limit_jackson_mudholkar;
};

struct PcaFit {
  PcaModel model;
  PcaReport report;
};

/// Fits on healthy rows, of any order. Errors: `invalid`, when options are out of range, rows are
/// too few (says how many are needed), every input is constant, or more components are asked for
/// than the inputs span.
[[nodiscard]] Result<PcaFit> fit_pca(const Table& table, const PcaOptions& options);

}  // namespace wayside::train
