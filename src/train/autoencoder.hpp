#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace wayside::train {

inline constexpr std::size_t benchmark_autoencoder_inputs = 640;

/// A foreign model (no manifest) to measure with: the autoencoder that MLPerf Tiny uses for anomaly
/// detection (Banbury et al., MLPerf Tiny Benchmark, 2021),
/// 640-128-128-128-128-8-128-128-128-128-640 with ReLU between, in float, input `x` and output `y`
/// [1, 640]. Its weights are random, the same for a seed on every machine; the time a run takes
/// does not depend on them. Errors: those of write_file_atomically.
[[nodiscard]] Status write_benchmark_autoencoder(const std::string& path, std::uint64_t seed = 1);

}  // namespace wayside::train
