#pragma once

#include <string>
#include <vector>

#include "features/program.hpp"

namespace wayside::features {

/// 128-bit FNV-1a in hex over the grid, the used signals with unit and version, and the features in
/// one spelling. It tells definitions apart that differ by accident; it is no seal.
[[nodiscard]] std::string digest_of(const Plan::Program& program, const telemetry::Kind& kind);

/// The same of each feature by itself, over what it takes from signals and earlier features: two
/// features of one digest give the same values, whatever their names and what stands beside them.
[[nodiscard]] std::vector<std::string> feature_digests_of(const Plan::Program& program,
                                                          const telemetry::Kind& kind);

}  // namespace wayside::features
