#include "train/pca.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::train {

PcaScore evaluate(const PcaModel& model, std::span<const double> row) {
  const Eigen::Map<const Eigen::VectorXd> x(row.data(), static_cast<Eigen::Index>(row.size()));
  const Eigen::VectorXd z = (x - model.mean).cwiseProduct(model.inverse_scale);
  const Eigen::VectorXd t = model.loadings.transpose() * z;
  const Eigen::VectorXd w = t.cwiseProduct(model.eigenvalues.cwiseSqrt().cwiseInverse());
  const Eigen::VectorXd residual = z - model.loadings * t;
  // Symmetric square root of T²'s quadratic form, applied to z: its squares sum to T².
  const Eigen::VectorXd inside = model.loadings * w;

  PcaScore score;
  score.t2 = w.squaredNorm();
  score.q = residual.squaredNorm();
  const double t2_ratio = score.t2 / model.t2_limit;
  const double q_ratio = score.q / model.q_limit;
  score.score = 1 - std::exp(std::log(1 - score_limit) * std::max(t2_ratio, q_ratio));
  const Eigen::VectorXd shares =
      inside.cwiseAbs2() / model.t2_limit + residual.cwiseAbs2() / model.q_limit;
  score.contributions = shares / std::max(t2_ratio + q_ratio, 1e-300);
  return score;
}

}  // namespace wayside::train
