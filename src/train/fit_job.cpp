#include "train/fit_job.hpp"

#include <fmt/format.h>
#include <cmath>
#include <filesystem>

#include "base/os/atomic_file.hpp"
#include "infer/digest.hpp"
#include "train/pca_export.hpp"
#include "train/table_features.hpp"

namespace wayside::train {
namespace {

std::string with_comparison(double limit, const char* by, const std::optional<double>& other) {
  std::string text = fmt::format("{:.4g}", limit);
  if (other) text += fmt::format(" ({} for independent normal rows: {:.4g})", by, *other);
  return text;
}

/// More held-out rows beyond the limits of the fitted ones than chance explains.
bool drifted(const PcaReport& r, double rate) {
  const double chance = std::sqrt(rate * (1 - rate) / static_cast<double>(r.rows_held_out));
  constexpr double deviations = 4;
  return r.held_out_rate > rate + deviations * chance;
}

std::string report(const infer::Manifest& manifest, const PcaFit& fit, double rate,
                   const std::vector<std::string>& assets) {
  const PcaReport& r = fit.report;
  std::string text =
      fmt::format("{}: principal components of healthy {}s\n", manifest.name, manifest.kind);
  const auto line = [&text](const char* what, const std::string& value) {
    text += fmt::format("  {:<13} {}\n", what, value);
  };
  line("assets", fmt::format("{}", fmt::join(assets, ", ")));
  line("period", fmt::format("{} to {}", format_time(r.from), format_time(r.to)));
  line("rows", fmt::format("{} fitted, the later {} held out for the limits; {} left out for a "
                           "missing value",
                           r.rows_fitted, r.rows_held_out, r.rows_left_out));
  line("inputs", fmt::format("{}", fmt::join(manifest.inputs, ", ")));
  if (!r.constants.empty()) {
    line("constant",
         fmt::format("{}: kept as inputs, without weight", fmt::join(r.constants, ", ")));
  }
  if (!manifest.features_digest.empty()) line("features", "digest " + manifest.features_digest);
  line("components", fmt::format("{}, explaining {:.1f} % of the variance",
                                 fit.model.eigenvalues.size(), 100 * r.explained_variance));
  line("T2 limit", with_comparison(fit.model.t2_limit, "chi-squared", r.t2_limit_chi_squared));
  line("Q limit",
       with_comparison(fit.model.q_limit, "Jackson-Mudholkar", r.q_limit_jackson_mudholkar));
  line("false alarms",
       fmt::format("at most {:g} of rows like these score above {:g}", rate, score_limit));
  line("held out",
       fmt::format("{:.2g} of them beyond the limits of the fitted rows alone", r.held_out_rate));
  if (drifted(r, rate)) {
    text +=
        "  note: the held-out rows differ from the fitted ones, so the limits were widened to "
        "cover them;\n        a longer healthy period, or one of steadier use, gives a sharper "
        "model\n";
  }
  return text;
}

Result<std::string> fit_rows(const FitJob& job, const FeatureRows& rows) {
  const Result<PcaFit> fit = fit_pca(rows.table, job.options);
  if (!fit) return fail_in(fmt::format("kind {}", rows.kind), fit.error());

  const std::string name =
      job.name.empty() ? std::filesystem::path(job.out).stem().string() : job.name;
  infer::Manifest manifest = pca_manifest(*fit, job.options, name, rows.kind);
  manifest.provenance["assets"] = fmt::format("{}", fmt::join(rows.assets, ", "));
  manifest.features_digest = rows.definitions.digest;
  manifest.features = rows.definitions.features;
  const std::string bytes = pca_to_onnx(fit->model, manifest);
  if (Status ok = os::write_file_atomically(job.out, bytes); !ok) {
    return tl::make_unexpected(ok.error());
  }
  return report(manifest, *fit, job.options.false_alarm_rate, rows.assets) +
         fmt::format("  {:<13} {}, {} bytes, release {}\n", "written", job.out, bytes.size(),
                     infer::model_digest(bytes));
}

}  // namespace

Result<std::string> fit_pca_from_hub(const FitJob& job) {
  const Result<FeatureRows> rows = read_features(job.data);
  if (!rows) return tl::make_unexpected(rows.error());
  return fit_rows(job, *rows);
}

Result<std::string> fit_pca_from_table(const FitJob& job, table::TableReader& reader) {
  const Result<FeatureRows> rows = read_features(reader, job.data);
  if (!rows) return tl::make_unexpected(rows.error());
  return fit_rows(job, *rows);
}

}  // namespace wayside::train
