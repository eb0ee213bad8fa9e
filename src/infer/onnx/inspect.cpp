#include "infer/onnx/inspect.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace wayside::infer {
namespace {

using Shape = std::vector<std::int64_t>;

/// The shape to feed for n inputs, or empty where the model's does not fit. A dimension left open
/// (-1) is a batch of one or the n inputs.
Shape shape_for(const Shape& declared, std::int64_t n) {
  const auto fits = [](std::int64_t found, std::int64_t wanted) {
    return found == wanted || found < 0;
  };
  if (declared.size() == 1 && fits(declared[0], n)) return {n};
  if (declared.size() == 2 && fits(declared[0], 1) && fits(declared[1], n)) return {1, n};
  return {};
}

Status inspect_input(OnnxRunner::Parts& parts) {
  const std::vector<std::string> names = parts.session.GetInputNames();
  if (names.size() != 1) {
    return fail(Errc::invalid, "has {} inputs ({}); expected one, of shape [1, {}]", names.size(),
                fmt::join(names, ", "), parts.manifest.inputs.size());
  }
  const auto n = static_cast<std::int64_t>(parts.manifest.inputs.size());
  const Ort::TypeInfo type_info = parts.session.GetInputTypeInfo(0);
  if (type_info.GetONNXType() != ONNX_TYPE_TENSOR) {
    return fail(Errc::invalid, "has an input `{}` that is not a tensor", names[0]);
  }
  const auto info = type_info.GetTensorTypeAndShapeInfo();
  const Shape declared = info.GetShape();
  Shape shape = shape_for(declared, n);
  if (shape.empty() || !Tensor::supports(info.GetElementType())) {
    return fail(Errc::invalid,
                "takes {} of shape {}; expected float or double of shape [1, {}] for {} inputs",
                element_name(info.GetElementType()), shape_text(declared), n, n);
  }
  parts.input_name = names[0];
  parts.input = std::make_unique<Tensor>(info.GetElementType(), std::move(shape));
  return {};
}

/// Names of the graph's outputs that are read, in the order of `Parts::outputs`.
Status choose_outputs(OnnxRunner::Parts& parts) {
  const std::vector<std::string> found = parts.session.GetOutputNames();
  if (parts.manifest.method.empty()) {
    parts.output_names = {found.front()};
    return {};
  }
  parts.output_names = parts.manifest.outputs;
  if (!parts.manifest.contributions.empty()) {
    parts.output_names.push_back(parts.manifest.contributions);
  }
  for (const std::string& name : parts.output_names) {
    if (std::find(found.begin(), found.end(), name) == found.end()) {
      return fail(Errc::invalid, "promises an output `{}` in its manifest; its graph has {}", name,
                  fmt::join(found, ", "));
    }
  }
  return {};
}

/// What the graph gives for zeros: shapes that a declaration may leave open are then known.
Result<std::vector<Ort::Value>> trial_run(OnnxRunner::Parts& parts) {
  const char* input = parts.input_name.c_str();
  std::vector<const char*> names;
  for (const std::string& name : parts.output_names) names.push_back(name.c_str());
  try {
    return parts.session.Run(Ort::RunOptions(), &input, &parts.input->value(), 1, names.data(),
                             names.size());
  } catch (const Ort::Exception& e) {
    return fail(Errc::io, "fails on a trial run with zeros: {}", e.what());
  }
}

Status accept_output(OnnxRunner::Parts& parts, const std::string& name, const Ort::Value& value,
                     std::size_t wanted) {
  if (!value.IsTensor())
    return fail(Errc::invalid, "has an output `{}` that is not a tensor", name);
  const auto info = value.GetTensorTypeAndShapeInfo();
  if (info.GetElementCount() != wanted || !Tensor::supports(info.GetElementType())) {
    return fail(Errc::invalid, "gives `{}` as {} of shape {}; expected float or double with {} {}",
                name, element_name(info.GetElementType()), shape_text(info.GetShape()), wanted,
                wanted == 1 ? "element" : "elements");
  }
  parts.outputs.push_back(std::make_unique<Tensor>(info.GetElementType(), info.GetShape()));
  return {};
}

Status accept_foreign(OnnxRunner::Parts& parts, const Ort::Value& first) {
  const std::string& name = parts.output_names.front();
  if (!first.IsTensor()) return fail(Errc::invalid, "has a first output that is not a tensor");
  const std::size_t n = parts.manifest.inputs.size();
  const auto info = first.GetTensorTypeAndShapeInfo();
  const std::size_t count = info.GetElementCount();
  if (count != 1 && count != n) {
    return fail(Errc::invalid,
                "gives `{}` of shape {} as its first output; expected one element (the score) or "
                "{} (the inputs reconstructed)",
                name, shape_text(info.GetShape()), n);
  }
  parts.scoring = count == 1 ? OnnxRunner::Scoring::outputs : OnnxRunner::Scoring::reconstruction;
  return accept_output(parts, name, first, count);
}

}  // namespace

Result<std::optional<Manifest>> carried_manifest(const Ort::Session& session) {
  Ort::AllocatorWithDefaultOptions allocator;
  const Ort::ModelMetadata metadata = session.GetModelMetadata();
  const Ort::AllocatedStringPtr json =
      metadata.LookupCustomMetadataMapAllocated(manifest_property, allocator);
  if (json == nullptr) return std::nullopt;
  Result<Manifest> manifest = parse_manifest(json.get());
  if (!manifest) return fail_in("carries a broken manifest", manifest.error());
  return std::move(*manifest);
}

Status inspect(OnnxRunner::Parts& parts) {
  if (Status ok = inspect_input(parts); !ok) return ok;
  if (Status ok = choose_outputs(parts); !ok) return ok;
  const Result<std::vector<Ort::Value>> values = trial_run(parts);
  if (!values) return tl::make_unexpected(values.error());
  if (parts.manifest.method.empty()) return accept_foreign(parts, values->front());
  for (std::size_t i = 0; i < values->size(); ++i) {
    const std::string& name = parts.output_names[i];
    const std::size_t wanted = i < parts.manifest.outputs.size() ? 1 : parts.manifest.inputs.size();
    if (Status ok = accept_output(parts, name, (*values)[i], wanted); !ok) return ok;
  }
  return {};
}

}  // namespace wayside::infer
