#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "infer/manifest.hpp"
#include "infer/onnx/onnx_runner.hpp"

namespace wayside::infer {

/// The manifest that a session's model carries; nullopt for a foreign model. Errors: `invalid`.
/// Throws Ort::Exception.
[[nodiscard]] Result<std::optional<Manifest>> carried_manifest(const Ort::Session& session);

/// Finds out what a session's input and outputs are, by asking and by running it once on zeros, and
/// fills in `input`, `mask`, `scoring`, `output_names` and `outputs` for `parts.session` and
/// `parts.manifest`. Errors: `invalid`, with what was found and what was expected; `io` when the
/// run fails. Throws Ort::Exception.
[[nodiscard]] Status inspect(OnnxRunner::Parts& parts);

}  // namespace wayside::infer
