#pragma once

#include <string>

#include "infer/manifest.hpp"
#include "train/pca.hpp"

namespace wayside::train {

/// What a fit says of itself: inputs, outputs, thresholds, provenance. `kind`: of the assets.
[[nodiscard]] infer::Manifest pca_manifest(const PcaFit& fit, const PcaOptions& options,
                                           const std::string& name, const std::string& kind);

/// The model as an ONNX file: input `features` [1, n] of double, raw feature values; outputs
/// `score`, `t2`, `q` [1] and `contributions` [1, n], of double. Double throughout, because values
/// such as counters and positions lose what matters when rounded to float before the mean is
/// subtracted.
[[nodiscard]] std::string pca_to_onnx(const PcaModel& model, const infer::Manifest& manifest);

}  // namespace wayside::train
