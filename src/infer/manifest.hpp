#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "infer/sequence.hpp"

namespace wayside::infer {

/// The ONNX metadata property that holds the manifest.
inline constexpr const char* manifest_property = "wayside.manifest";

/// What a model file says of itself: JSON in the ONNX metadata property `wayside.manifest`.
struct Manifest {
  static constexpr std::size_t names_max = 4096;  ///< inputs, and outputs
  static constexpr std::size_t json_bytes_max = 1u << 20;

  std::string name;
  std::string kind;                  ///< the asset kind it was fitted for
  std::string method;                ///< "pca", …; empty for a foreign model
  std::vector<std::string> inputs;   ///< feature names, in the order of the input's columns
  std::vector<std::string> outputs;  ///< scalar outputs, `score` first
  /// Name of an output with one value per input: each input's share of the score. May be empty.
  std::string contributions;
  std::map<std::string, double> thresholds;  ///< "score", "t2", "q": at the stated false-alarm rate
  double false_alarm_rate = 0;  ///< expected share of healthy rows above the thresholds, 0 to 1
  std::string features_digest;  ///< of the plan it was fitted on; empty: not checked
  /// Where it comes from: rows, from, to, components, explained variance, tool version.
  std::map<std::string, std::string> provenance;
  Sequence sequence = {};  ///< how much of the past it reads
  /// Of an input where the model was fitted.
  struct Definition {
    std::string expression;  ///< as it was written
    std::string digest;      ///< of it and all that it is made of
    friend bool operator==(const Definition&, const Definition&) = default;
  };
  /// By input. An agent compares these, where they are there, and not `features_digest`, which
  /// changes with every feature of the kind.
  std::map<std::string, Definition> features = {};

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Thresholds must be finite. Bytes of a string that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_json(const Manifest& manifest);
/// Unknown fields are left alone, so that an older agent reads a newer manifest.
/// Errors: `invalid`, naming the field, what was expected and what was found.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);

}  // namespace wayside::infer
