#include "infer/onnx/onnx_runner.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::infer {

OnnxRunner::OnnxRunner(Parts parts) : parts_(std::move(parts)), binding_(parts_.session) {
  WAYSIDE_ASSERT(parts_.output_names.size() == parts_.outputs.size(), "one tensor per output");
  binding_.BindInput(parts_.input_name.c_str(), parts_.input->value());
  if (parts_.mask) binding_.BindInput(parts_.mask_name.c_str(), parts_.mask->value());
  for (std::size_t i = 0; i < parts_.outputs.size(); ++i) {
    binding_.BindOutput(parts_.output_names[i].c_str(), parts_.outputs[i]->value());
  }
}

Status OnnxRunner::check_sizes(std::span<const double> inputs, std::span<const double> mask,
                               std::span<double> outputs, std::span<double> contributions) const {
  const std::size_t n = parts_.input->size();
  const std::size_t masked = parts_.mask ? n : 0;
  const std::size_t m = parts_.manifest.outputs.size();
  const std::size_t c = parts_.manifest.inputs.size();
  if (inputs.size() == n && mask.size() == masked && outputs.size() == m &&
      (contributions.empty() || contributions.size() == c)) [[likely]] {
    return {};
  }
  return fail(Errc::invalid,
              "model {}: called with {} inputs, {} of a mask, {} outputs and {} contributions; it "
              "has {}, {}, {} and {}",
              parts_.manifest.name, inputs.size(), mask.size(), outputs.size(),
              contributions.size(), n, masked, m, c);
}

void OnnxRunner::write_mask(std::span<const double> mask) {
  if (!parts_.mask) return;
  const std::size_t ticks = parts_.mask->size();
  if (ticks == mask.size()) return parts_.mask->write(mask);
  const std::size_t n = mask.size() / ticks;
  for (std::size_t t = 0; t < ticks; ++t) {
    const auto row = mask.subspan(t * n, n);
    const bool whole = std::all_of(row.begin(), row.end(), [](double v) { return v != 0; });
    parts_.mask->set(t, whole ? 1 : 0);
  }
}

double OnnxRunner::reconstruction_error(std::span<const double> mask) const {
  const Tensor& made = *parts_.outputs.front();
  const Tensor& given = *parts_.input;
  double sum = 0;
  double n = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!mask.empty() && mask[i] == 0) continue;
    const double difference = given.at(i) - made.at(i);
    sum += difference * difference;
    ++n;
  }
  return sum / n;
}

Status OnnxRunner::run(std::span<const double> inputs, std::span<const double> mask,
                       std::span<double> outputs, std::span<double> contributions) {
  if (Status ok = check_sizes(inputs, mask, outputs, contributions); !ok) return ok;
  parts_.input->write(inputs);
  write_mask(mask);
  // The C call gives back a status, where the C++ one would throw.
  OrtStatus* failed = Ort::GetApi().RunWithBinding(parts_.session, options_, binding_);
  if (failed != nullptr) [[unlikely]] {
    const Ort::Status status(failed);
    return fail(Errc::io, "model {}: ONNX Runtime: {}", parts_.manifest.name,
                status.GetErrorMessage());
  }
  if (parts_.scoring == Scoring::reconstruction) {
    outputs[0] = reconstruction_error(mask);
    return {};
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = parts_.outputs[i]->at(0);
  if (!contributions.empty() && parts_.outputs.size() > outputs.size()) {
    parts_.outputs.back()->read(contributions);
  }
  return {};
}

}  // namespace wayside::infer
