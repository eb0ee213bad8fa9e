#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infer/model_runner.hpp"
#include "infer/onnx/api.hpp"
#include "infer/onnx/tensor.hpp"

namespace wayside::infer {

/// A session with its input and outputs bound once to memory that stays in place.
class OnnxRunner final : public ModelRunner {
 public:
  /// Where the score comes from.
  enum class Scoring { outputs, reconstruction };

  struct Parts {
    std::shared_ptr<Ort::Env> env;
    Ort::Session session{nullptr};
    Manifest manifest;
    std::string digest;
    std::string input_name;
    std::unique_ptr<Tensor> input;
    std::string mask_name;         ///< empty where there is no mask
    std::unique_ptr<Tensor> mask;  ///< of one element per value or per tick
    Scoring scoring = Scoring::outputs;
    std::vector<std::string> output_names;
    /// In the order of manifest.outputs, then contributions where there are some; for
    /// `reconstruction` the reconstruction alone.
    std::vector<std::unique_ptr<Tensor>> outputs;
  };

  /// Throws Ort::Exception.
  explicit OnnxRunner(Parts parts);

  [[nodiscard]] const Manifest& manifest() const override { return parts_.manifest; }
  [[nodiscard]] const std::string& digest() const override { return parts_.digest; }
  using ModelRunner::run;
  [[nodiscard]] Status run(std::span<const double> inputs, std::span<const double> mask,
                           std::span<double> outputs, std::span<double> contributions) override;

 private:
  [[nodiscard]] Status check_sizes(std::span<const double> inputs, std::span<const double> mask,
                                   std::span<double> outputs,
                                   std::span<double> contributions) const;
  void write_mask(std::span<const double> mask);
  /// Over what was there.
  [[nodiscard]] double reconstruction_error(std::span<const double> mask) const;

  Parts parts_;
  Ort::RunOptions options_;
  Ort::IoBinding binding_;
};

}  // namespace wayside::infer
