#pragma once

#include <array>
#include <cstdint>

namespace wayside {

/// xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64: the same sequence on every
/// machine for a seed, which the standard library's distributions do not promise.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  std::uint64_t next();
  /// Uniform in [0, 1) with 53 random bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in [0, n); n > 0. Unbiased.
  std::uint64_t below(std::uint64_t n);
  /// Standard normal, by the polar method.
  double normal();
  double normal(double mean, double stddev) { return mean + stddev * normal(); }
  /// An independent generator for a named part, so that parts can be added without moving others.
  [[nodiscard]] Rng fork(std::uint64_t stream) const;

 private:
  std::array<std::uint64_t, 4> state_{};
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace wayside
