#pragma once

#include <cstddef>
#include <cstdint>

namespace wayside::features {

/// Bins that cover every finite double, 64 for each factor of two: those of the negative numbers
/// from −∞ on, then those of the positive; zero is a bin of its own, numbered after all. Which bin
/// a number is in follows from its bits alone.
struct ValueBin {
  static constexpr std::uint32_t per_octave = 64;
  /// Of one sign: 2046 of normal numbers, 52 of subnormal ones, and padding up to whole groups.
  static constexpr std::uint32_t octaves = 2112;
  static constexpr std::uint32_t positive = octaves * per_octave;  ///< the first positive bin
  static constexpr std::uint32_t zero = 2 * positive;
  static constexpr std::uint32_t count = zero + 1;

  /// The largest distance of `middle` from a number of the bin, relative to the number.
  static constexpr double error_max = 0.5 / per_octave;
  /// Coarser than this all numbers of one sign share a bin.
  static constexpr std::uint32_t level_max = 18;

  /// `x` finite.
  [[nodiscard]] static std::uint32_t of(double x);
  /// The middle of a bin; where a bin holds one number, that.
  [[nodiscard]] static double middle(std::uint32_t bin);
  /// The bin that stands for 2^level neighbours: one of the two in their middle, the one nearer to
  /// zero. Its middle is within (2^(level − 1) + ½) / 64 of each of their numbers, relative to the
  /// number.
  [[nodiscard]] static std::uint32_t coarse(std::uint32_t bin, std::uint32_t level);
};

}  // namespace wayside::features
