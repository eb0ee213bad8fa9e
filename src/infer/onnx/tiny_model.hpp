#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wayside::infer::testing {

enum class Element : std::uint8_t { f32 = 1, i64 = 7, f64 = 11 };

struct TinyInput {
  std::string name = "x";
  Element element = Element::f32;
  std::vector<std::int64_t> shape = {1, 3};  ///< below 0: left open
};

struct TinyNode {
  std::string op;
  std::vector<std::string> inputs;
  std::string output;
  /// One integer attribute, where the name is not empty.
  std::string attribute = {};
  std::int64_t value = 0;
};

/// An ONNX model of a few nodes without weights, for tests of who reads models.
struct TinyModel {
  std::vector<TinyInput> inputs = {TinyInput{}};
  std::vector<TinyNode> nodes;
  std::vector<std::string> outputs;  ///< of the same element type as the first input
  std::string manifest = {};         ///< of the metadata property, where not empty

  /// Opset 13, IR version 8.
  [[nodiscard]] std::string bytes() const;
};

}  // namespace wayside::infer::testing
