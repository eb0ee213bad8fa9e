#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/limits.hpp"
#include "train/pca.hpp"

namespace wayside::train {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The later part of the period sets the limits, never the model: features of overlapping windows
/// resemble their neighbours, so limits from the fitted rows alone would be too tight.
constexpr double held_out_share = 0.3;
/// A correlation of two inputs is known to about 1/sqrt(rows).
constexpr std::size_t rows_per_input = 10;
constexpr std::size_t rows_fitted_min = 30;
/// A spread this small against the values is rounding, not movement.
constexpr double constant_spread = 1e-10;
/// Directions with less variance than this share of one input's are rounding.
constexpr double eigenvalue_min = 1e-9;
/// Inputs that are exact functions of one another leave no residual. A limit of 0 would then alarm
/// on rounding; this one allows 0.1 % of a standard deviation an input.
constexpr double q_limit_per_input_min = 1e-6;

struct Split {
  Matrix fitted;
  Matrix held_out;
};

Status check(const Table& table, const PcaOptions& options) {
  if (table.names.empty()) return fail(Errc::invalid, "no features to fit on");
  if (!(options.variance > 0 && options.variance <= 1)) {
    return fail(Errc::invalid, "the variance to explain should be in (0, 1], found {}",
                options.variance);
  }
  if (!(options.false_alarm_rate > 0 && options.false_alarm_rate <= 0.5)) {
    return fail(Errc::invalid, "the false-alarm rate should be in (0, 0.5], found {}",
                options.false_alarm_rate);
  }
  if (options.components && *options.components == 0) {
    return fail(Errc::invalid, "at least one component is needed");
  }
  return {};
}

/// Indexes of the complete rows in time order; equal times keep their order.
std::vector<std::size_t> usable_rows(const Table& table) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const auto row = table.row(i);
    if (std::all_of(row.begin(), row.end(), [](double v) { return std::isfinite(v); })) {
      rows.push_back(i);
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [&](auto a, auto b) { return table.times[a] < table.times[b]; });
  return rows;
}

std::size_t rows_needed(std::size_t inputs, double rate) {
  const double fitted = static_cast<double>(std::max(rows_fitted_min, rows_per_input * inputs)) /
                        (1 - held_out_share);
  const double held_out = static_cast<double>(calibration_rows(rate)) / held_out_share;
  return static_cast<std::size_t>(std::ceil(std::max(fitted, held_out))) + 1;
}

/// `coolant_rise in 3600`: the feature that is missing in most rows.
std::string most_missing(const Table& table) {
  std::vector<std::size_t> missing(table.names.size(), 0);
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    if (!std::isfinite(table.values[i])) ++missing[i % missing.size()];
  }
  const auto worst = std::max_element(missing.begin(), missing.end());
  return fmt::format("{} in {}", table.names[static_cast<std::size_t>(worst - missing.begin())],
                     *worst);
}

Status check_row_count(const Table& table, std::size_t usable, double rate) {
  const std::size_t inputs = table.names.size();
  const std::size_t needed = rows_needed(inputs, rate);
  if (usable >= needed) return {};
  std::string why = fmt::format("{} of {} rows are usable", usable, table.rows());
  if (usable < table.rows()) {
    why += fmt::format(" (the others miss a value, most often {})", most_missing(table));
  }
  why +=
      fmt::format("; {} inputs at a false-alarm rate of {} need at least {}", inputs, rate, needed);
  const auto held_out = std::floor(static_cast<double>(usable) * held_out_share);
  if (usable >= rows_needed(inputs, 0.5) && held_out >= 2) {
    why += fmt::format("; these are enough for a rate of {:.2g}",
                       std::ceil(1000 / (held_out - 1)) / 1000);
  }
  return fail(Errc::invalid, "{}", why);
}

Split split(const Table& table, const std::vector<std::size_t>& rows) {
  const std::size_t fitted =
      rows.size() - static_cast<std::size_t>(static_cast<double>(rows.size()) * held_out_share);
  const auto n = static_cast<Eigen::Index>(table.names.size());
  Split parts;
  parts.fitted.resize(static_cast<Eigen::Index>(fitted), n);
  parts.held_out.resize(static_cast<Eigen::Index>(rows.size() - fitted), n);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Eigen::Map<const Eigen::RowVectorXd> row(table.row(rows[i]).data(), n);
    if (i < fitted) {
      parts.fitted.row(static_cast<Eigen::Index>(i)) = row;
    } else {
      parts.held_out.row(static_cast<Eigen::Index>(i - fitted)) = row;
    }
  }
  return parts;
}

void standardise(const Matrix& rows, PcaModel& model, PcaReport& report) {
  const Eigen::Index n = rows.cols();
  model.mean = rows.colwise().mean().transpose();
  model.inverse_scale = Eigen::VectorXd::Zero(n);
  for (Eigen::Index j = 0; j < n; ++j) {
    const double spread = std::sqrt((rows.col(j).array() - model.mean[j]).square().sum() /
                                    static_cast<double>(rows.rows() - 1));
    if (spread <= constant_spread * rows.col(j).cwiseAbs().maxCoeff()) {
      report.constants.push_back(model.inputs[static_cast<std::size_t>(j)]);
    } else {
      model.inverse_scale[j] = 1 / spread;
    }
  }
}

/// Directions are known up to their sign; the largest loading of each is made positive.
void fix_signs(Eigen::MatrixXd& loadings) {
  for (Eigen::Index a = 0; a < loadings.cols(); ++a) {
    Eigen::Index largest = 0;
    loadings.col(a).cwiseAbs().maxCoeff(&largest);
    if (loadings(largest, a) < 0) loadings.col(a) *= -1;
  }
}

/// Keeps components from the eigenvectors of the correlation matrix.
Status choose_components(const Matrix& rows, const PcaOptions& options, PcaModel& model,
                         PcaReport& report) {
  const Matrix z = (rows.rowwise() - model.mean.transpose()) * model.inverse_scale.asDiagonal();
  const Eigen::MatrixXd correlation =
      (z.transpose() * z) / static_cast<double>(std::max<Eigen::Index>(rows.rows() - 1, 1));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation);
  if (solver.info() != Eigen::Success)
    return fail(Errc::invalid, "the eigenvalues do not converge");
  const Eigen::VectorXd descending = solver.eigenvalues().reverse();
  const double total = descending.sum();
  const auto rank = static_cast<std::size_t>((descending.array() > eigenvalue_min).count());

  std::size_t kept = options.components.value_or(0);
  if (kept > rank) {
    return fail(Errc::invalid, "{} components were asked for; the {} inputs span {}", kept,
                model.inputs.size(), rank);
  }
  // The last eigenvalues sum to a rounding error, so "all of the variance" is asked for with slack.
  double sum = kept == 0 ? 0 : descending.head(static_cast<Eigen::Index>(kept)).sum();
  while (!options.components && kept < rank && sum < options.variance * total * (1 - 1e-12)) {
    sum += descending[static_cast<Eigen::Index>(kept++)];
  }
  const auto k = static_cast<Eigen::Index>(kept);
  model.eigenvalues = descending.head(k);
  model.loadings = solver.eigenvectors().rowwise().reverse().leftCols(k);
  model.loadings = (model.inverse_scale.array() > 0).cast<double>().matrix().asDiagonal() *
                   model.loadings;  // what is constant has no weight, not even a rounding error
  fix_signs(model.loadings);
  report.explained_variance = sum / total;

  const double level = 1 - options.false_alarm_rate / 2;
  report.t2_limit_chi_squared = chi_squared_quantile(level, static_cast<double>(kept));
  Eigen::VectorXd left_out = descending.tail(descending.size() - k);
  left_out = (left_out.array() > eigenvalue_min).select(left_out, 0);
  report.q_limit_jackson_mudholkar =
      jackson_mudholkar({left_out.data(), static_cast<std::size_t>(left_out.size())}, level);
  return {};
}

/// max(T²/limit, Q/limit) of every row.
std::vector<double> worst_ratios(const PcaModel& model, const Matrix& rows) {
  std::vector<double> ratios;
  ratios.reserve(static_cast<std::size_t>(rows.rows()));
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const PcaScore s = evaluate(model, {rows.row(i).data(), static_cast<std::size_t>(rows.cols())});
    ratios.push_back(std::max(s.t2 / model.t2_limit, s.q / model.q_limit));
  }
  return ratios;
}

/// The ratio of the two limits comes from the fitted rows, each statistic at half the rate; their
/// common height is what both parts ask for, at the whole rate.
void set_limits(const Split& parts, double rate, PcaModel& model, PcaReport& report) {
  std::vector<double> t2;
  std::vector<double> q;
  model.t2_limit = model.q_limit = 1;
  for (Eigen::Index i = 0; i < parts.fitted.rows(); ++i) {
    const PcaScore s = evaluate(
        model, {parts.fitted.row(i).data(), static_cast<std::size_t>(parts.fitted.cols())});
    t2.push_back(s.t2);
    q.push_back(s.q);
  }
  const double q_min = q_limit_per_input_min * static_cast<double>(model.inputs.size());
  model.t2_limit = quantile(std::move(t2), 1 - rate / 2);
  model.q_limit = std::max(quantile(std::move(q), 1 - rate / 2), q_min);

  const double fitted = quantile(worst_ratios(model, parts.fitted), 1 - rate);
  const std::vector<double> held_out = worst_ratios(model, parts.held_out);
  report.held_out_rate = static_cast<double>(std::count_if(held_out.begin(), held_out.end(),
                                                           [&](double u) { return u > fitted; })) /
                         static_cast<double>(held_out.size());
  const double height = std::max(fitted, conformal_limit(held_out, rate).value());
  model.t2_limit *= height;
  model.q_limit = std::max(model.q_limit * height, q_min);
}

}  // namespace

Result<PcaFit> fit_pca(const Table& table, const PcaOptions& options) {
  if (Status ok = check(table, options); !ok) return tl::make_unexpected(ok.error());
  const std::vector<std::size_t> rows = usable_rows(table);
  const double rate = options.false_alarm_rate;
  if (Status ok = check_row_count(table, rows.size(), rate); !ok) {
    return tl::make_unexpected(ok.error());
  }
  const Split parts = split(table, rows);

  PcaFit fit;
  fit.model.inputs = table.names;
  fit.report.rows_given = table.rows();
  fit.report.rows_left_out = table.rows() - rows.size();
  fit.report.rows_fitted = static_cast<std::size_t>(parts.fitted.rows());
  fit.report.rows_held_out = static_cast<std::size_t>(parts.held_out.rows());
  fit.report.from = table.times[rows.front()];
  fit.report.to = table.times[rows.back()];
  standardise(parts.fitted, fit.model, fit.report);
  if (fit.report.constants.size() == table.names.size()) {
    return fail(Errc::invalid, "every input is constant over the {} rows fitted",
                parts.fitted.rows());
  }
  if (Status ok = choose_components(parts.fitted, options, fit.model, fit.report); !ok) {
    return tl::make_unexpected(ok.error());
  }
  set_limits(parts, rate, fit.model, fit.report);
  return fit;
}

}  // namespace wayside::train
