#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wayside::telemetry::codec {

/// Integers are packed in vectors of this many; the last one of a column may be shorter.
inline constexpr std::size_t vector_max = 1024;
using Vector = std::array<std::uint64_t, vector_max>;

/// Bytes that `count` integers of `width` bits take.
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

/// Appends the low `width` (0 to 64) bits of the first `count` integers. A full vector lies in 16
/// lanes side by side, so that plain loops over the lanes become vector instructions (the idea of
/// FastLanes: Afroozeh, Boncz, VLDB 2023); a shorter one lies bit after bit. docs/protocol.md has
/// both layouts.
void pack(const std::uint64_t* values, std::size_t count, unsigned width, std::string& out);

/// values[i] = base + packed integer i, modulo 2^64. `packed` must hold packed_bytes(count, width)
/// bytes.
void unpack(std::string_view packed, std::size_t count, unsigned width, std::uint64_t base,
            std::uint64_t* values);

}  // namespace wayside::telemetry::codec
