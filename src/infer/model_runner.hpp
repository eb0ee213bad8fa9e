#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "infer/manifest.hpp"

namespace wayside::infer {

/// One loaded model. Not thread-safe; `run` neither allocates nor throws in steady state as far as
/// the runtime below allows.
class ModelRunner {
 public:
  virtual ~ModelRunner() = default;

  [[nodiscard]] virtual const Manifest& manifest() const = 0;
  /// Hex SHA-256 prefix (16 digits) of the model file: the decision's `release`.
  [[nodiscard]] virtual const std::string& digest() const = 0;

  /// `inputs`: one value per manifest().inputs for each tick of its history, oldest tick first.
  /// `mask`: as many, 1 or 0, where the manifest names a mask, else empty. `outputs`: one per
  /// manifest().outputs, `score` first. `contributions`: one per input, or empty if not wanted;
  /// left as it is where the model has none. Errors: `invalid` (sizes), `io` (the runtime failed).
  /// A NaN is a value here; who calls decides what it means. The message is built only on failure.
  [[nodiscard]] virtual Status run(std::span<const double> inputs, std::span<const double> mask,
                                   std::span<double> outputs, std::span<double> contributions) = 0;
  /// Of a model without a mask.
  [[nodiscard]] Status run(std::span<const double> inputs, std::span<double> outputs,
                           std::span<double> contributions) {
    return run(inputs, {}, outputs, contributions);
  }
};

/// Loads models; one per program. A port: infer/onnx is the real one, tests bring their own.
class ModelLoader {
 public:
  virtual ~ModelLoader() = default;
  /// `inputs` and `sequence`, where given, are from the configuration: they give a foreign model
  /// its manifest, and must equal a Wayside model's own.
  /// Errors: `not_found` (no file), `corrupt` (not a model), `invalid` (wrong shape: says which was
  /// found and expected), `unavailable` (no runtime library).
  [[nodiscard]] virtual Result<std::unique_ptr<ModelRunner>> load(
      const std::string& path, const std::vector<std::string>& inputs,
      const std::optional<Sequence>& sequence) = 0;
  [[nodiscard]] Result<std::unique_ptr<ModelRunner>> load(const std::string& path,
                                                          const std::vector<std::string>& inputs) {
    return load(path, inputs, std::nullopt);
  }
};

}  // namespace wayside::infer
