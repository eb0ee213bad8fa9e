#include "train/limits.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace wayside::train {
namespace {

/// Products such as 1000 × (1 − 0.001) miss whole numbers by rounding; that must not move a rank.
std::size_t ceil_to_rank(double x) {
  constexpr double rounding = 1e-9;
  return static_cast<std::size_t>(std::ceil(x - rounding * std::max(1.0, x)));
}

double nth_smallest(std::vector<double>& values, std::size_t n) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(n - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

double quantile(std::vector<double> values, double share) {
  WAYSIDE_ASSERT(!values.empty() && share > 0 && share <= 1, "a quantile of something");
  const std::size_t rank = ceil_to_rank(share * static_cast<double>(values.size()));
  return nth_smallest(values, std::max<std::size_t>(rank, 1));
}

std::optional<double> conformal_limit(std::vector<double> values, double rate) {
  const std::size_t rank = ceil_to_rank(static_cast<double>(values.size() + 1) * (1 - rate));
  if (rank > values.size()) return std::nullopt;
  return nth_smallest(values, std::max<std::size_t>(rank, 1));
}

std::size_t calibration_rows(double rate) {
  WAYSIDE_ASSERT(rate > 0 && rate < 1, "callers check the rate");
  return std::max<std::size_t>(ceil_to_rank(1 / rate), 2) - 1;
}

double normal_quantile(double p) {
  WAYSIDE_ASSERT(p > 0 && p < 1, "a probability strictly inside (0, 1)");
  double low = -40;
  double high = 40;
  // 80 / 2^64 is below the resolution of a double: more rounds would not change the result.
  constexpr int rounds_max = 64;
  for (int i = 0; i < rounds_max; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double chi_squared_quantile(double p, double freedom) {
  const double spread = 2 / (9 * freedom);
  return freedom * std::pow(1 - spread + normal_quantile(p) * std::sqrt(spread), 3);
}

std::optional<double> jackson_mudholkar(std::span<const double> left_out, double p) {
  double theta1 = 0;
  double theta2 = 0;
  double theta3 = 0;
  for (const double eigenvalue : left_out) {
    theta1 += eigenvalue;
    theta2 += std::pow(eigenvalue, 2);
    theta3 += std::pow(eigenvalue, 3);
  }
  if (theta2 <= 0) return std::nullopt;
  const double h0 = 1 - 2 * theta1 * theta3 / (3 * theta2 * theta2);
  if (h0 <= 0) return std::nullopt;
  const double base = normal_quantile(p) * std::sqrt(2 * theta2 * h0 * h0) / theta1 + 1 +
                      theta2 * h0 * (h0 - 1) / (theta1 * theta1);
  if (base <= 0) return std::nullopt;
  return theta1 * std::pow(base, 1 / h0);
}

}  // namespace wayside::train
