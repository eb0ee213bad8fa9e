#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace wayside::train {

/// The smallest value that at least `share` of `values` does not exceed. `values` is not empty, has
/// no NaN and is taken by value to be sorted; `share` in (0, 1].
[[nodiscard]] double quantile(std::vector<double> values, double share);

/// The split-conformal limit: the k-th smallest of the n values with k = ceil((n + 1)(1 − rate)). A
/// further value from the same distribution, independent of how the values were scored, exceeds it
/// with probability at most `rate`, whatever the distribution (Vovk, Gammerman and Shafer,
/// Algorithmic Learning in a Random World, 2005). nullopt where n < calibration_rows(rate).
[[nodiscard]] std::optional<double> conformal_limit(std::vector<double> values, double rate);

/// How many values a conformal limit at `rate` in (0, 1) needs: ceil(1/rate) − 1.
[[nodiscard]] std::size_t calibration_rows(double rate);

/// z with P(N(0,1) ≤ z) = p, for p in (0, 1).
[[nodiscard]] double normal_quantile(double p);

/// Quantile of chi-squared with `freedom` > 0 degrees, by Wilson and Hilferty (1931): within 1 %
/// for 3 degrees or more at the levels used here.
[[nodiscard]] double chi_squared_quantile(double p, double freedom);

/// Limit of Q from the eigenvalues left out of the model, for normal data: Jackson and Mudholkar,
/// Control Procedures for Residuals Associated with Principal Component Analysis, Technometrics
/// 21(3), 1979, 341–349. nullopt where none is left out or the approximation does not exist
/// (h0 ≤ 0).
[[nodiscard]] std::optional<double> jackson_mudholkar(std::span<const double> left_out, double p);

}  // namespace wayside::train
