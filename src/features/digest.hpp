#pragma once

#include <string>

#include "features/program.hpp"

namespace wayside::features {

/// 128-bit FNV-1a in hex over the grid, the used signals with unit and version, and the features in
/// one spelling. It tells definitions apart that differ by accident; it is no seal.
[[nodiscard]] std::string digest_of(const Plan::Program& program, const telemetry::Kind& kind);

}  // namespace wayside::features
