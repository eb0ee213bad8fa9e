#include "train/describe.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>
#include <optional>
#include <set>

#include "infer/digest.hpp"
#include "infer/manifest.hpp"
#include "infer/model_file.hpp"

namespace wayside::train {
namespace {

void line(std::string& text, const std::string& what, const std::string& value) {
  text += fmt::format("  {:<15} {}\n", what, value);
}

/// `x: float [1, 640]`
std::string tensor_text(const onnx::ValueInfoProto& info) {
  if (!info.type().has_tensor_type()) return info.name() + ": not a tensor";
  const auto& tensor = info.type().tensor_type();
  std::string type = onnx::TensorProto::DataType_IsValid(tensor.elem_type())
                         ? onnx::TensorProto::DataType_Name(
                               static_cast<onnx::TensorProto::DataType>(tensor.elem_type()))
                         : "unknown";
  for (char& c : type) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (!tensor.has_shape()) return fmt::format("{}: {}, shape left open", info.name(), type);
  std::string shape;
  for (const auto& d : tensor.shape().dim()) {
    if (!shape.empty()) shape += ", ";
    shape += d.has_dim_value() ? std::to_string(d.dim_value()) : "?";
  }
  return fmt::format("{}: {} [{}]", info.name(), type, shape);
}

std::string graph_text(const onnx::ModelProto& model) {
  const onnx::GraphProto& graph = model.graph();
  std::set<std::string> ops;
  for (const auto& node : graph.node()) ops.insert(node.op_type());
  double weights = 0;
  for (const auto& tensor : graph.initializer()) {
    double count = 1;
    for (const auto d : tensor.dims()) count *= static_cast<double>(d);
    weights += count;
  }
  return fmt::format("{} nodes ({}), {:.0f} weights", graph.node_size(), fmt::join(ops, " "),
                     weights);
}

/// Graph inputs that are not weights under another name (as older files list them).
std::string inputs_text(const onnx::GraphProto& graph) {
  std::set<std::string> weights;
  for (const auto& tensor : graph.initializer()) weights.insert(tensor.name());
  std::string text;
  for (const auto& info : graph.input()) {
    if (!weights.contains(info.name())) text += (text.empty() ? "" : "; ") + tensor_text(info);
  }
  return text;
}

std::string outputs_text(const onnx::GraphProto& graph) {
  std::string text;
  for (const auto& info : graph.output()) text += (text.empty() ? "" : "; ") + tensor_text(info);
  return text;
}

Result<std::optional<infer::Manifest>> manifest_in(const onnx::ModelProto& model) {
  for (const auto& property : model.metadata_props()) {
    if (property.key() != infer::manifest_property) continue;
    Result<infer::Manifest> manifest = infer::parse_manifest(property.value());
    if (!manifest) return tl::make_unexpected(manifest.error());
    return std::move(*manifest);
  }
  return std::nullopt;
}

void describe_manifest(std::string& text, const infer::Manifest& m) {
  line(text, "name", m.name);
  line(text, "kind", m.kind);
  line(text, "method", m.method);
  line(text, "inputs", fmt::format("{}", fmt::join(m.inputs, ", ")));
  line(text, "outputs", fmt::format("{}", fmt::join(m.outputs, ", ")));
  if (!m.contributions.empty()) line(text, "contributions", m.contributions + ", one per input");
  std::string thresholds;
  for (const auto& [name, value] : m.thresholds) {
    thresholds += fmt::format("{}{} {:.6g}", thresholds.empty() ? "" : ", ", name, value);
  }
  line(text, "thresholds", thresholds);
  line(text, "false alarms", fmt::format("{:g} of healthy rows", m.false_alarm_rate));
  if (!m.features_digest.empty()) line(text, "features", m.features_digest);
  for (const auto& [name, definition] : m.features)
    text += fmt::format("  {:<28} {}\n", name, definition.expression);
  text += "provenance\n";
  for (const auto& [name, value] : m.provenance) text += fmt::format("  {:<28} {}\n", name, value);
}

}  // namespace

Result<std::string> describe_model(const std::string& path) {
  const Result<std::string> bytes = infer::read_model_file(path);
  if (!bytes) return tl::make_unexpected(bytes.error());
  onnx::ModelProto model;
  // Any short text of bytes can pass as some message; a model has a graph that does something.
  if (!model.ParseFromString(*bytes) || model.graph().node_size() == 0) {
    return fail(Errc::corrupt, "model {}: not an ONNX model", path);
  }
  const auto manifest = manifest_in(model);
  if (!manifest) return fail_in(fmt::format("model {}", path), manifest.error());

  std::string text = path + "\n";
  line(text, "size", fmt::format("{} bytes", bytes->size()));
  line(text, "release", infer::model_digest(*bytes));
  if (!model.producer_name().empty()) {
    line(text, "made by", fmt::format("{} {}", model.producer_name(), model.producer_version()));
  }
  line(text, "graph", graph_text(model));
  line(text, "takes", inputs_text(model.graph()));
  line(text, "gives", outputs_text(model.graph()));
  if (*manifest) {
    text += "manifest\n";
    describe_manifest(text, **manifest);
  } else {
    text += "no manifest: a foreign model, whose `inputs` the configuration must list\n";
  }
  return text;
}

}  // namespace wayside::train
