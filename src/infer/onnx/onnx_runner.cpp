#include "infer/onnx/onnx_runner.hpp"

#include "base/assert.hpp"

namespace wayside::infer {

OnnxRunner::OnnxRunner(Parts parts) : parts_(std::move(parts)), binding_(parts_.session) {
  WAYSIDE_ASSERT(parts_.output_names.size() == parts_.outputs.size(), "one tensor per output");
  binding_.BindInput(parts_.input_name.c_str(), parts_.input->value());
  for (std::size_t i = 0; i < parts_.outputs.size(); ++i) {
    binding_.BindOutput(parts_.output_names[i].c_str(), parts_.outputs[i]->value());
  }
}

Status OnnxRunner::check_sizes(std::span<const double> inputs, std::span<double> outputs,
                               std::span<double> contributions) const {
  const std::size_t n = parts_.input->size();
  const std::size_t m = parts_.manifest.outputs.size();
  if (inputs.size() == n && outputs.size() == m &&
      (contributions.empty() || contributions.size() == n)) [[likely]] {
    return {};
  }
  return fail(Errc::invalid,
              "model {}: called with {} inputs, {} outputs and {} contributions; it has {}, {} "
              "and {}",
              parts_.manifest.name, inputs.size(), outputs.size(), contributions.size(), n, m, n);
}

double OnnxRunner::reconstruction_error() const {
  const Tensor& made = *parts_.outputs.front();
  const Tensor& given = *parts_.input;
  double sum = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const double difference = given.at(i) - made.at(i);
    sum += difference * difference;
  }
  return sum / static_cast<double>(given.size());
}

Status OnnxRunner::run(std::span<const double> inputs, std::span<double> outputs,
                       std::span<double> contributions) {
  if (Status ok = check_sizes(inputs, outputs, contributions); !ok) return ok;
  parts_.input->write(inputs);
  // The C call gives back a status, where the C++ one would throw.
  OrtStatus* failed = Ort::GetApi().RunWithBinding(parts_.session, options_, binding_);
  if (failed != nullptr) [[unlikely]] {
    const Ort::Status status(failed);
    return fail(Errc::io, "model {}: ONNX Runtime: {}", parts_.manifest.name,
                status.GetErrorMessage());
  }
  if (parts_.scoring == Scoring::reconstruction) {
    outputs[0] = reconstruction_error();
    return {};
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = parts_.outputs[i]->at(0);
  if (!contributions.empty() && parts_.outputs.size() > outputs.size()) {
    parts_.outputs.back()->read(contributions);
  }
  return {};
}

}  // namespace wayside::infer
