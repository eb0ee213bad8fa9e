#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wayside::telemetry::codec {

/// The two's-complement numbers 0, -1, 1, -2, … as 0, 1, 2, 3, …
constexpr std::uint64_t zigzag(std::uint64_t v) {
  return (v << 1) ^ (std::uint64_t{0} - (v >> 63));
}
constexpr std::uint64_t unzigzag(std::uint64_t v) {
  return (v >> 1) ^ (std::uint64_t{0} - (v & 1));
}

/// How to pack a run of integers tightest: each less `base` in `width` bits. What does not fit is a
/// patch, packed as 0 and written in full behind them (the idea of PFOR: Zukowski et al., "Super-
/// scalar RAM-CPU cache compression", ICDE 2006).
struct IntPlan {
  unsigned width = 0;
  std::uint64_t base = 0;
  bool patched = false;
  std::size_t bits = 0;  ///< what it takes: of patches an estimate
};

/// For at least one integer.
[[nodiscard]] IntPlan plan_ints(std::span<const std::int64_t> ints);

/// A number in the middle of the integers, found by looking at some of them.
[[nodiscard]] std::int64_t likely_middle(std::span<const std::int64_t> ints);

}  // namespace wayside::telemetry::codec
