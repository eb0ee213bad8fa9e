#include "train/onnx_writer.hpp"

#include <bit>

#include "base/version.hpp"
#include "infer/manifest.hpp"

namespace wayside::train {
namespace {

void describe(onnx::ValueInfoProto& info, const std::string& name, onnx::TensorProto::DataType type,
              const std::vector<std::int64_t>& shape) {
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  auto* dimensions = tensor->mutable_shape();
  for (const std::int64_t d : shape) dimensions->add_dim()->set_dim_value(d);
}

}  // namespace

OnnxWriter::OnnxWriter(const std::string& graph_name) {
  graph_part_.mutable_graph()->set_name(graph_name);
}

void OnnxWriter::input(const std::string& name, onnx::TensorProto::DataType type,
                       const std::vector<std::int64_t>& shape) {
  describe(*graph_part_.mutable_graph()->add_input(), name, type, shape);
}

void OnnxWriter::output(const std::string& name, onnx::TensorProto::DataType type,
                        const std::vector<std::int64_t>& shape) {
  describe(*graph_part_.mutable_graph()->add_output(), name, type, shape);
}

onnx::TensorProto& OnnxWriter::add_weights(const std::string& name,
                                           onnx::TensorProto::DataType type,
                                           const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = *graph_part_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t d : shape) tensor.add_dims(d);
  return tensor;
}

// `raw_data` is little-endian by the format, which a copy of memory is on the machines built for.
static_assert(std::endian::native == std::endian::little);

void OnnxWriter::weights(const std::string& name, const std::vector<std::int64_t>& shape,
                         std::span<const double> values) {
  add_weights(name, onnx::TensorProto::DOUBLE, shape)
      .set_raw_data(values.data(), values.size_bytes());
}

void OnnxWriter::weights(const std::string& name, const std::vector<std::int64_t>& shape,
                         std::span<const float> values) {
  add_weights(name, onnx::TensorProto::FLOAT, shape)
      .set_raw_data(values.data(), values.size_bytes());
}

onnx::NodeProto& OnnxWriter::node(const std::string& op, const std::vector<std::string>& inputs,
                                  const std::string& output) {
  onnx::NodeProto& made = *graph_part_.mutable_graph()->add_node();
  made.set_op_type(op);
  made.set_name(output);
  for (const std::string& name : inputs) made.add_input(name);
  made.add_output(output);
  return made;
}

std::string OnnxWriter::bytes(const std::string& manifest) const {
  // Fields of a message may come in any order and in parts. With the graph last, a file that was
  // cut short is never a whole model that merely lacks its manifest.
  onnx::ModelProto head;
  head.set_ir_version(8);
  head.set_producer_name("wayside");
  head.set_producer_version(version);
  head.add_opset_import()->set_version(13);
  if (!manifest.empty()) {
    auto* property = head.add_metadata_props();
    property->set_key(infer::manifest_property);
    property->set_value(manifest);
  }
  return head.SerializeAsString() + graph_part_.SerializeAsString();
}

}  // namespace wayside::train
