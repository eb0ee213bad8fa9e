#pragma once

#include <string>

#include "base/result.hpp"

namespace wayside::train {

/// What a model file holds, for people: size, release, graph, inputs, outputs, thresholds and
/// provenance, read from the file itself; ONNX Runtime is not needed. Errors: `not_found`, `io`,
/// `corrupt` (not an ONNX model), `invalid` (a broken manifest).
[[nodiscard]] Result<std::string> describe_model(const std::string& path);

}  // namespace wayside::train
