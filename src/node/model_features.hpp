#pragma once

#include "base/result.hpp"
#include "infer/manifest.hpp"
#include "node/kind_config.hpp"

namespace wayside::node {

/// Whether the features that a model was fitted on are those the kind computes: of its inputs,
/// where it carries their definitions, else of all features together. Errors: `invalid`, with both
/// digests and what differs.
[[nodiscard]] Status check_features(const infer::Manifest& manifest, const KindConfig& kind);

}  // namespace wayside::node
