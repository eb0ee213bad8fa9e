#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "infer/onnx/api.hpp"

namespace wayside::infer {

/// A tensor of float or double whose memory is ours and stays in place from load to unload, seen
/// from outside as doubles.
class Tensor {
 public:
  /// `type` is one of the two; every dimension is positive.
  Tensor(ONNXTensorElementDataType type, std::vector<std::int64_t> shape);

  [[nodiscard]] static bool supports(ONNXTensorElementDataType type);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Ort::Value& value() const { return value_; }
  [[nodiscard]] double at(std::size_t i) const {
    return doubles_.empty() ? static_cast<double>(floats_[i]) : doubles_[i];
  }
  void set(std::size_t i, double value) {
    if (doubles_.empty())
      floats_[i] = static_cast<float>(value);
    else
      doubles_[i] = value;
  }
  /// Both spans are `size()` long.
  void write(std::span<const double> values);
  void read(std::span<double> values) const;

 private:
  std::size_t size_;
  std::vector<std::int64_t> shape_;
  std::vector<float> floats_;  ///< one of the two is empty
  std::vector<double> doubles_;
  Ort::Value value_;
};

/// `float`, `int64`, …: a tensor's element type for people.
[[nodiscard]] std::string element_name(ONNXTensorElementDataType type);
/// `[1, 640]`, with `?` for a dimension that the model leaves open.
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace wayside::infer
