#include "train/autoencoder.hpp"

#include <array>
#include <cmath>

#include "base/os/atomic_file.hpp"
#include "base/rng.hpp"
#include "train/onnx_writer.hpp"

namespace wayside::train {
namespace {

constexpr std::array<std::size_t, 11> widths = {
    benchmark_autoencoder_inputs, 128, 128, 128, 128, 8, 128, 128, 128, 128,
    benchmark_autoencoder_inputs};

/// He initialisation keeps the values of a ReLU network near one, layer after layer.
std::vector<float> random_weights(Rng& rng, std::size_t in, std::size_t out) {
  std::vector<float> weights(in * out);
  const double spread = std::sqrt(2.0 / static_cast<double>(in));
  for (float& w : weights) w = static_cast<float>(rng.normal(0, spread));
  return weights;
}

/// Returns the name of the layer's output.
std::string add_layer(OnnxWriter& writer, Rng& rng, std::size_t layer, const std::string& input) {
  const std::size_t in = widths[layer];
  const std::size_t out = widths[layer + 1];
  const bool last = layer + 2 == widths.size();
  const std::string n = std::to_string(layer);
  const auto rows = static_cast<std::int64_t>(in);
  const auto columns = static_cast<std::int64_t>(out);
  writer.weights("w" + n, {rows, columns}, std::span<const float>(random_weights(rng, in, out)));
  writer.weights("b" + n, {columns}, std::span<const float>(std::vector<float>(out, 0.01F)));
  std::string sum = last ? "y" : "h" + n;
  writer.node("Gemm", {input, "w" + n, "b" + n}, sum);
  if (last) return sum;
  writer.node("Relu", {sum}, "r" + n);
  return "r" + n;
}

}  // namespace

Status write_benchmark_autoencoder(const std::string& path, std::uint64_t seed) {
  constexpr auto f32 = onnx::TensorProto::FLOAT;
  constexpr auto n = static_cast<std::int64_t>(benchmark_autoencoder_inputs);
  OnnxWriter writer("autoencoder");
  writer.input("x", f32, {1, n});
  writer.output("y", f32, {1, n});
  Rng rng(seed);
  std::string last = "x";
  for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    last = add_layer(writer, rng, layer, last);
  }
  return os::write_file_atomically(path, writer.bytes({}));
}

}  // namespace wayside::train
