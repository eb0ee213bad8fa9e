#include "features/value_bin.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace wayside::features {
namespace {

constexpr std::uint32_t subnormal_octaves = 52;
/// The bin of the largest double.
constexpr std::uint32_t magnitude_last = (subnormal_octaves + 2046) * ValueBin::per_octave - 1;
static_assert(magnitude_last < ValueBin::positive);
constexpr int mantissa_bits = 52;
constexpr int octave_bits = 6;
static_assert(1u << octave_bits == ValueBin::per_octave);

/// Bins of magnitudes, from the smallest on.
std::uint32_t magnitude_bin(std::uint64_t bits) {
  const std::uint64_t exponent = bits >> mantissa_bits;
  if (exponent > 0)
    return static_cast<std::uint32_t>((bits >> (mantissa_bits - octave_bits)) +
                                      std::uint64_t{subnormal_octaves - 1} * ValueBin::per_octave);
  // A subnormal number is `bits` units of 2^−1074: its octave follows from its highest bit.
  const int octave = static_cast<int>(std::bit_width(bits)) - 1;
  const std::uint64_t part = (bits << (mantissa_bits - octave)) >> (mantissa_bits - octave_bits);
  return static_cast<std::uint32_t>(octave) * ValueBin::per_octave +
         static_cast<std::uint32_t>(part & (ValueBin::per_octave - 1));
}

double magnitude_middle(std::uint32_t bin) {
  const std::uint32_t octave = bin / ValueBin::per_octave;
  const std::uint64_t part = bin % ValueBin::per_octave;
  const std::uint64_t half = std::uint64_t{1} << (mantissa_bits - octave_bits - 1);
  const std::uint64_t mantissa = (part << (mantissa_bits - octave_bits)) + half;
  if (octave >= subnormal_octaves)
    return std::bit_cast<double>((std::uint64_t{octave - subnormal_octaves + 1} << mantissa_bits) +
                                 mantissa);
  // What falls off below is half a unit: of a bin with one number that number is left.
  return std::bit_cast<double>(((std::uint64_t{1} << mantissa_bits) + mantissa) >>
                               (static_cast<std::uint32_t>(mantissa_bits) - octave));
}

}  // namespace

std::uint32_t ValueBin::of(double x) {
  if (x == 0) return zero;
  const std::uint32_t bin = magnitude_bin(std::bit_cast<std::uint64_t>(std::fabs(x)));
  return x > 0 ? positive + bin : positive - 1 - bin;
}

double ValueBin::middle(std::uint32_t bin) {
  if (bin == zero) return 0;
  return bin >= positive ? magnitude_middle(bin - positive) : -magnitude_middle(positive - 1 - bin);
}

std::uint32_t ValueBin::coarse(std::uint32_t bin, std::uint32_t level) {
  if (bin == zero || level == 0) return bin;
  const bool above = bin >= positive;
  const std::uint32_t magnitude = above ? bin - positive : positive - 1 - bin;
  const std::uint32_t found =
      std::min(((magnitude >> level) << level) + (1u << (level - 1)) - 1, magnitude_last);
  return above ? positive + found : positive - 1 - found;
}

}  // namespace wayside::features
