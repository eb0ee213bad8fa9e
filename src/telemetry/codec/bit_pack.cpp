#include "telemetry/codec/bit_pack.hpp"

#include <bit>
#include <cstring>

#include "base/assert.hpp"

namespace wayside::telemetry::codec {
static_assert(std::endian::native == std::endian::little, "packed words are little-endian");

namespace {

constexpr std::uint64_t mask(unsigned width) {
  return width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

}  // namespace

void pack(const Chunk& values, std::size_t count, unsigned width, std::string& out) {
  WAYSIDE_ASSERT(count <= chunk_max && width <= 64, "a chunk keeps to its limits");
  if (width == 0) return;
  std::array<char, chunk_max * 8 + 8> buffer;
  std::size_t size = 0;
  std::uint64_t word = 0;
  unsigned filled = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = values[i] & mask(width);
    word |= value << filled;
    if (filled + width < 64) {
      filled += width;
      continue;
    }
    std::memcpy(buffer.data() + size, &word, 8);
    size += 8;
    const unsigned taken = 64 - filled;  // 1 to 64 bits of value went into the word
    word = taken == 64 ? 0 : value >> taken;
    filled = width - taken;
  }
  std::memcpy(buffer.data() + size, &word, 8);
  out.append(buffer.data(), packed_bytes(count, width));
}

void unpack(std::string_view packed, std::size_t count, unsigned width, Chunk& values) {
  WAYSIDE_ASSERT(count <= chunk_max && width <= 64, "a chunk keeps to its limits");
  WAYSIDE_ASSERT(packed.size() == packed_bytes(count, width), "the caller cuts the chunk out");
  // A padded copy lets every integer be read with whole words, without a branch on the end.
  std::array<char, chunk_max * 8 + 16> buffer;
  std::memcpy(buffer.data(), packed.data(), packed.size());
  std::memset(buffer.data() + packed.size(), 0, 16);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bit = i * width;
    std::uint64_t word;
    std::memcpy(&word, buffer.data() + bit / 8, 8);
    word >>= bit % 8;
    if (width > 57) {
      std::uint64_t next;
      std::memcpy(&next, buffer.data() + bit / 8 + 8, 8);
      if (bit % 8 != 0) word |= next << (64 - bit % 8);
    }
    values[i] = word & mask(width);
  }
}

}  // namespace wayside::telemetry::codec
