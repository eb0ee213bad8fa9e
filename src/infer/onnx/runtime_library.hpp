#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "infer/onnx/api.hpp"

namespace wayside::infer {

/// Opens ONNX Runtime and fills in the table that its C++ API calls through, which the process has
/// once: the first library opened stays, for all loaders. Safe from any thread. Errors:
/// `unavailable`, with every place that was tried, or with the version found where it is too old.
[[nodiscard]] Result<const OrtApi*> open_runtime(const std::vector<std::string>& candidates);

/// Where to look when nobody said where.
[[nodiscard]] std::vector<std::string> default_candidates();

}  // namespace wayside::infer
