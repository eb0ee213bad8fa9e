#include "infer/onnx/tensor.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <string_view>

#include "base/assert.hpp"

namespace wayside::infer {
namespace {

std::size_t element_count(const std::vector<std::int64_t>& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

}  // namespace

Tensor::Tensor(ONNXTensorElementDataType type, std::vector<std::int64_t> shape)
    : size_(element_count(shape)), shape_(std::move(shape)), value_(nullptr) {
  WAYSIDE_ASSERT(supports(type), "callers reject other element types");
  const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    floats_.assign(size_, 0.0F);
    value_ = Ort::Value::CreateTensor(memory, floats_.data(), size_, shape_.data(), shape_.size());
  } else {
    doubles_.assign(size_, 0.0);
    value_ = Ort::Value::CreateTensor(memory, doubles_.data(), size_, shape_.data(), shape_.size());
  }
}

bool Tensor::supports(ONNXTensorElementDataType type) {
  return type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT ||
         type == ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
}

void Tensor::write(std::span<const double> values) {
  if (doubles_.empty()) {
    std::transform(values.begin(), values.end(), floats_.begin(),
                   [](double v) { return static_cast<float>(v); });
  } else {
    std::copy(values.begin(), values.end(), doubles_.begin());
  }
}

void Tensor::read(std::span<double> values) const {
  if (doubles_.empty()) {
    std::copy(floats_.begin(), floats_.end(), values.begin());
  } else {
    std::copy(doubles_.begin(), doubles_.end(), values.begin());
  }
}

std::string element_name(ONNXTensorElementDataType type) {
  // In the order of onnx.TensorProto.DataType, which the runtime's enumeration follows.
  constexpr std::array<std::string_view, 17> names = {
      "undefined", "float",  "uint8",     "int8",       "uint16",  "int16",
      "int32",     "int64",  "string",    "bool",       "float16", "double",
      "uint32",    "uint64", "complex64", "complex128", "bfloat16"};
  const auto index = static_cast<std::size_t>(type);
  return index < names.size() ? std::string(names[index]) : "element type " + std::to_string(index);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t dimension : shape) {
    if (text.size() > 1) text += ", ";
    text += dimension < 0 ? "?" : std::to_string(dimension);
  }
  return text + "]";
}

}  // namespace wayside::infer
