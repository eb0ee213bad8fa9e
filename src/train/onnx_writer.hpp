#pragma once

#include <onnx/onnx_pb.h>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wayside::train {

/// Builds an ONNX model node by node: opset 13, IR version 8, which every ONNX Runtime since 1.10
/// reads. Names are the caller's and unique.
class OnnxWriter {
 public:
  explicit OnnxWriter(const std::string& graph_name);

  void input(const std::string& name, onnx::TensorProto::DataType type,
             const std::vector<std::int64_t>& shape);
  void output(const std::string& name, onnx::TensorProto::DataType type,
              const std::vector<std::int64_t>& shape);
  /// Weights, row-major; `values.size()` is the product of `shape`.
  void weights(const std::string& name, const std::vector<std::int64_t>& shape,
               std::span<const double> values);
  void weights(const std::string& name, const std::vector<std::int64_t>& shape,
               std::span<const float> values);
  /// The node may be given attributes through the reference, until the next call.
  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& output);

  /// The file's bytes, with `manifest` as the property wayside.manifest where it is not empty.
  [[nodiscard]] std::string bytes(const std::string& manifest) const;

 private:
  onnx::TensorProto& add_weights(const std::string& name, onnx::TensorProto::DataType type,
                                 const std::vector<std::int64_t>& shape);

  onnx::ModelProto graph_part_;
};

}  // namespace wayside::train
