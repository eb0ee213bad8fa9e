#include "train/pca_export.hpp"

#include <fmt/format.h>
#include <cmath>

#include "base/version.hpp"
#include "train/onnx_writer.hpp"

namespace wayside::train {
namespace {

constexpr auto f64 = onnx::TensorProto::DOUBLE;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void add(OnnxWriter& writer, const std::string& name, const RowMajor& matrix) {
  writer.weights(name, {matrix.rows(), matrix.cols()},
                 std::span<const double>(matrix.data(), static_cast<std::size_t>(matrix.size())));
}

void add(OnnxWriter& writer, const std::string& name, double value) {
  writer.weights(name, {1}, std::span<const double>(&value, 1));
}

void add_constants(OnnxWriter& writer, const PcaModel& model) {
  const RowMajor loadings = model.loadings;
  add(writer, "mean", RowMajor(model.mean.transpose()));
  add(writer, "inverse_scale", RowMajor(model.inverse_scale.transpose()));
  add(writer, "loadings", loadings);
  add(writer, "loadings_transposed", RowMajor(loadings.transpose()));
  add(writer, "whitening", RowMajor(model.eigenvalues.cwiseSqrt().cwiseInverse().transpose()));
  add(writer, "t2_limit", model.t2_limit);
  add(writer, "q_limit", model.q_limit);
  add(writer, "one", 1.0);
  add(writer, "log_miss", std::log(1 - score_limit));
  add(writer, "smallest", 1e-300);
}

/// Sum over the columns of the squares: [1, n] to [1].
void sum_of_squares(OnnxWriter& writer, const std::string& input, const std::string& output) {
  onnx::NodeProto& node = writer.node("ReduceSumSquare", {input}, output);
  onnx::AttributeProto* axes = node.add_attribute();
  axes->set_name("axes");
  axes->set_type(onnx::AttributeProto::INTS);
  axes->add_ints(1);
  onnx::AttributeProto* keep = node.add_attribute();
  keep->set_name("keepdims");
  keep->set_type(onnx::AttributeProto::INT);
  keep->set_i(0);
}

/// The same steps as `evaluate`.
void add_nodes(OnnxWriter& writer) {
  writer.node("Sub", {"features", "mean"}, "centred");
  writer.node("Mul", {"centred", "inverse_scale"}, "standardised");
  writer.node("MatMul", {"standardised", "loadings"}, "components");
  writer.node("Mul", {"components", "whitening"}, "whitened");
  writer.node("MatMul", {"components", "loadings_transposed"}, "explained");
  writer.node("Sub", {"standardised", "explained"}, "residual");
  sum_of_squares(writer, "whitened", "t2");
  sum_of_squares(writer, "residual", "q");

  writer.node("Div", {"t2", "t2_limit"}, "t2_ratio");
  writer.node("Div", {"q", "q_limit"}, "q_ratio");
  writer.node("Max", {"t2_ratio", "q_ratio"}, "ratio");
  writer.node("Mul", {"ratio", "log_miss"}, "log_p");
  writer.node("Exp", {"log_p"}, "p");
  writer.node("Sub", {"one", "p"}, "score");

  writer.node("MatMul", {"whitened", "loadings_transposed"}, "inside");
  writer.node("Mul", {"inside", "inside"}, "inside_squared");
  writer.node("Div", {"inside_squared", "t2_limit"}, "inside_shares");
  writer.node("Mul", {"residual", "residual"}, "residual_squared");
  writer.node("Div", {"residual_squared", "q_limit"}, "residual_shares");
  writer.node("Add", {"inside_shares", "residual_shares"}, "shares");
  writer.node("Add", {"t2_ratio", "q_ratio"}, "ratios");
  writer.node("Max", {"ratios", "smallest"}, "whole");
  writer.node("Div", {"shares", "whole"}, "contributions");
}

}  // namespace

infer::Manifest pca_manifest(const PcaFit& fit, const PcaOptions& options, const std::string& name,
                             const std::string& kind) {
  const PcaReport& r = fit.report;
  infer::Manifest m;
  m.name = name;
  m.kind = kind;
  m.method = "pca";
  m.inputs = fit.model.inputs;
  m.outputs = {"score", "t2", "q"};
  m.contributions = "contributions";
  m.thresholds = {{"score", score_limit}, {"t2", fit.model.t2_limit}, {"q", fit.model.q_limit}};
  m.false_alarm_rate = options.false_alarm_rate;
  m.provenance = {{"made_by", std::string("wayside ") + version},
                  {"from", format_time(r.from)},
                  {"to", format_time(r.to)},
                  {"rows_given", std::to_string(r.rows_given)},
                  {"rows_left_out", std::to_string(r.rows_left_out)},
                  {"rows_fitted", std::to_string(r.rows_fitted)},
                  {"rows_held_out", std::to_string(r.rows_held_out)},
                  {"components", std::to_string(fit.model.eigenvalues.size())},
                  {"explained_variance", fmt::format("{:.6g}", r.explained_variance)},
                  {"held_out_rate", fmt::format("{:.6g}", r.held_out_rate)},
                  {"t2_limit_chi_squared", fmt::format("{:.6g}", r.t2_limit_chi_squared)}};
  if (r.q_limit_jackson_mudholkar) {
    m.provenance["q_limit_jackson_mudholkar"] = fmt::format("{:.6g}", *r.q_limit_jackson_mudholkar);
  }
  if (!r.constants.empty()) {
    m.provenance["inputs_without_weight"] = fmt::format("{}", fmt::join(r.constants, ", "));
  }
  return m;
}

std::string pca_to_onnx(const PcaModel& model, const infer::Manifest& manifest) {
  const auto n = static_cast<std::int64_t>(model.inputs.size());
  OnnxWriter writer("pca");
  writer.input("features", f64, {1, n});
  writer.output("score", f64, {1});
  writer.output("t2", f64, {1});
  writer.output("q", f64, {1});
  writer.output("contributions", f64, {1, n});
  add_constants(writer, model);
  add_nodes(writer);
  return writer.bytes(infer::to_json(manifest));
}

}  // namespace wayside::train
