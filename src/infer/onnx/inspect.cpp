#include "infer/onnx/inspect.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace wayside::infer {
namespace {

using Shape = std::vector<std::int64_t>;

/// A shape that `declared` may be fed with: one of `wanted`, of which a dimension left open (-1)
/// is any. Empty where none fits.
Shape shape_for(const Shape& declared, const std::vector<Shape>& wanted) {
  const auto fits = [&](const Shape& shape) {
    return std::equal(declared.begin(), declared.end(), shape.begin(), shape.end(),
                      [](std::int64_t d, std::int64_t w) { return d == w || d < 0; });
  };
  const auto found = std::find_if(wanted.begin(), wanted.end(), fits);
  return found == wanted.end() ? Shape{} : *found;
}

/// The input number `index`, made ready to be fed; `what` it is for, for people.
Result<std::unique_ptr<Tensor>> inspect_tensor(const OnnxRunner::Parts& parts, std::size_t index,
                                               const std::vector<Shape>& wanted,
                                               const std::string& what) {
  const std::string name = parts.session.GetInputNames()[index];
  const Ort::TypeInfo type_info = parts.session.GetInputTypeInfo(index);
  if (type_info.GetONNXType() != ONNX_TYPE_TENSOR)
    return fail(Errc::invalid, "has an input `{}` that is not a tensor", name);
  const auto info = type_info.GetTensorTypeAndShapeInfo();
  const Shape declared = info.GetShape();
  Shape shape = shape_for(declared, wanted);
  if (shape.empty() || !Tensor::supports(info.GetElementType())) {
    return fail(Errc::invalid, "takes {} of shape {}; expected float or double of shape {} for {}",
                element_name(info.GetElementType()), shape_text(declared),
                shape_text(wanted.back()), what);
  }
  return std::make_unique<Tensor>(info.GetElementType(), std::move(shape));
}

/// One input, and beside it the mask where the manifest names one.
Result<std::size_t> find_values(OnnxRunner::Parts& parts, const std::vector<std::string>& names,
                                const Shape& shape) {
  const std::string& mask = parts.manifest.sequence.mask;
  if (names.size() != (mask.empty() ? 1 : 2))
    return fail(Errc::invalid, "has {} inputs ({}); expected one, of shape {}{}", names.size(),
                fmt::join(names, ", "), shape_text(shape),
                mask.empty() ? std::string() : fmt::format(", and the mask `{}`", mask));
  if (mask.empty()) return 0;
  const auto at = std::find(names.begin(), names.end(), mask);
  if (at == names.end())
    return fail(Errc::invalid, "has the inputs {}, none of which is the mask `{}`",
                fmt::join(names, ", "), mask);
  return at == names.begin() ? 1 : 0;
}

Status inspect_inputs(OnnxRunner::Parts& parts) {
  const auto n = static_cast<std::int64_t>(parts.manifest.inputs.size());
  const auto ticks = static_cast<std::int64_t>(parts.manifest.sequence.history);
  const std::vector<Shape> shapes =
      ticks == 1 ? std::vector<Shape>{{n}, {1, n}} : std::vector<Shape>{{1, ticks, n}};
  const std::vector<std::string> names = parts.session.GetInputNames();
  const auto values = find_values(parts, names, shapes.back());
  if (!values) return tl::make_unexpected(values.error());
  auto input = inspect_tensor(parts, *values, shapes,
                              ticks == 1 ? fmt::format("{} inputs", n)
                                         : fmt::format("`history: {}` of {} inputs", ticks, n));
  if (!input) return tl::make_unexpected(input.error());
  parts.input_name = names[*values];
  parts.input = std::move(*input);
  if (names.size() == 1) return {};
  auto mask = inspect_tensor(
      parts, 1 - *values, {{1, ticks}, {1, ticks, n}},
      fmt::format("the mask `{}`, or {}", names[1 - *values], shape_text({1, ticks})));
  if (!mask) return tl::make_unexpected(mask.error());
  parts.mask_name = names[1 - *values];
  parts.mask = std::move(*mask);
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
  Ort::IoBinding binding(parts.session);
  binding.BindInput(parts.input_name.c_str(), parts.input->value());
  if (parts.mask) binding.BindInput(parts.mask_name.c_str(), parts.mask->value());
  const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  for (const std::string& name : parts.output_names) binding.BindOutput(name.c_str(), memory);
  try {
    parts.session.Run(Ort::RunOptions(), binding);
    return binding.GetOutputValues();
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
  const std::size_t n = parts.input->size();
  const auto info = first.GetTensorTypeAndShapeInfo();
  const std::size_t count = info.GetElementCount();
  if (count != 1 && count != n) {
    return fail(Errc::invalid,
                "gives `{}` of shape {} as its first output; expected one element (the score) or "
                "{} (its whole input reconstructed)",
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
  if (Status ok = inspect_inputs(parts); !ok) return ok;
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
