#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wayside::telemetry::codec {

/// Integers are packed in chunks of at most this many, each with its own width.
inline constexpr std::size_t chunk_max = 128;
using Chunk = std::array<std::uint64_t, chunk_max>;

/// Bytes that `count` integers of `width` bits take.
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

/// Appends the low `width` (0 to 64) bits of the first `count` integers, least significant bit
/// first; the last byte is filled with zeros.
void pack(const Chunk& values, std::size_t count, unsigned width, std::string& out);

/// `packed` must hold packed_bytes(count, width) bytes.
void unpack(std::string_view packed, std::size_t count, unsigned width, Chunk& values);

}  // namespace wayside::telemetry::codec
