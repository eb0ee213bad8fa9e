#include "infer/onnx/tiny_model.hpp"

#include <string_view>

#include "base/bytes.hpp"
#include "infer/manifest.hpp"

// Field numbers are those of onnx.proto (ONNX 1.12); the wire form is that of Protocol Buffers.
namespace wayside::infer::testing {
namespace {

class Message {
 public:
  Message& number(std::uint64_t field, std::int64_t value) {
    writer_.varint(field << 3);
    writer_.varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& text(std::uint64_t field, std::string_view value) {
    writer_.varint(field << 3 | 2);
    writer_.varint(value.size());
    writer_.bytes(value);
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  ByteWriter writer_{bytes_};
};

std::string value_info(const TinyInput& input, bool with_shape) {
  Message tensor;
  tensor.number(1, static_cast<std::int64_t>(input.element));
  if (with_shape) {
    Message shape;
    for (const std::int64_t dimension : input.shape) {
      Message d;
      if (dimension < 0) {
        d.text(2, "open" + std::to_string(-dimension));
      } else {
        d.number(1, dimension);
      }
      shape.text(1, d.bytes());
    }
    tensor.text(2, shape.bytes());
  }
  return Message().text(1, input.name).text(2, Message().text(1, tensor.bytes()).bytes()).bytes();
}

std::string node_proto(const TinyNode& node) {
  Message m;
  for (const std::string& input : node.inputs) m.text(1, input);
  m.text(2, node.output).text(4, node.op);
  if (!node.attribute.empty()) {
    constexpr std::int64_t integer = 2;
    m.text(5, Message().text(1, node.attribute).number(3, node.value).number(20, integer).bytes());
  }
  return m.bytes();
}

}  // namespace

std::string TinyModel::bytes() const {
  Message graph;
  for (const TinyNode& node : nodes) graph.text(1, node_proto(node));
  graph.text(2, "tiny");
  for (const TinyInput& input : inputs) graph.text(11, value_info(input, true));
  for (const std::string& output : outputs) {
    graph.text(12, value_info({output, inputs.front().element, {}}, false));
  }
  Message model;
  model.number(1, 8).text(7, graph.bytes()).text(8, Message().number(2, 13).bytes());
  if (!manifest.empty()) {
    model.text(14, Message().text(1, manifest_property).text(2, manifest).bytes());
  }
  return model.bytes();
}

}  // namespace wayside::infer::testing
