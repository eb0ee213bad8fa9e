#pragma once

// Elementary functions with the same bits on every machine: additions, multiplications and
// divisions of doubles in a fixed order, no fused multiply-add, no C library. The error is at most
// one unit in the last place; special values are those of IEEE 754 and ISO C, annex F.

#include <cstdint>

namespace wayside::features::elementary {

/// e^x.
[[nodiscard]] double exp(double x);
/// 2^x.
[[nodiscard]] double exp2(double x);
/// Natural logarithm: −∞ of 0, NaN of what is negative.
[[nodiscard]] double log(double x);

struct Turn {
  double cosine = 1;
  double sine = 0;
};
/// cos and sin of the angle that is `part` / `whole` of a full turn. `part` < `whole` ≤ 2^48.
[[nodiscard]] Turn turn(std::uint64_t part, std::uint64_t whole);

}  // namespace wayside::features::elementary
