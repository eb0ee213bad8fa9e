#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "telemetry/codec/bit_pack.hpp"

/// Most measurements are short decimals, or nearly: a double is the integer nearest to it times
/// 10^exponent, and how many units in the last place it is away from that integer's quotient. The
/// idea is that of ALP (Afroozeh, Kuffo, Boncz: "ALP: Adaptive Lossless floating-Point
/// Compression", SIGMOD 2024), with a correctly rounded division in place of its two
/// multiplications and the distance in place of exceptions.
namespace wayside::telemetry::codec {

inline constexpr unsigned exponent_max = 18;

struct DecimalScale {
  unsigned exponent = 0;
  bool as_float = false;  ///< quotients are rounded to float: what was measured in single precision
};

/// The scale that should make the values shortest, judged by some of them.
struct DecimalGuess {
  DecimalScale scale;
  double bits = 0;  ///< about what a value takes, the integer and the distance; 0: few
};
[[nodiscard]] DecimalGuess guess_decimal(std::span<const double> values);

/// values[i] = quotient of integers[i] + distances[i] units in the last place, for every bit
/// pattern. True where a distance is not 0.
[[nodiscard]] bool to_decimals(std::span<const double> values, DecimalScale scale,
                               std::int64_t* integers, std::int64_t* distances);

/// And back; `distances` may be null for none.
void from_decimals(const std::uint64_t* integers, const std::uint64_t* distances, std::size_t count,
                   DecimalScale scale, double* values);

}  // namespace wayside::telemetry::codec
