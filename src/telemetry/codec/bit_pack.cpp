#include "telemetry/codec/bit_pack.hpp"

#include <bit>
#include <cstring>

#include "base/assert.hpp"
#include "telemetry/codec/clones.hpp"

namespace wayside::telemetry::codec {
static_assert(std::endian::native == std::endian::little, "packed words are little-endian");

namespace {

constexpr std::size_t lanes = 16;
constexpr unsigned rows = vector_max / lanes;
static_assert(rows == 64, "every lane of a full vector fills `width` words exactly");

/// Words of a packed vector as they lie in a byte string, at any address.
using Word [[gnu::aligned(1), gnu::may_alias]] = std::uint64_t;

constexpr std::uint64_t mask(unsigned width) {
  return width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

/// Integer 16 r + l is row r of lane l; word w of lane l is word 16 w + l of the packed vector.
WAYSIDE_CPU_CLONES void pack_lanes(const std::uint64_t* values, unsigned width, char* packed) {
  auto* words = reinterpret_cast<Word*>(packed);
  std::array<std::uint64_t, lanes> partial{};
  const std::uint64_t low = mask(width);
  unsigned filled = 0;
  for (unsigned row = 0; row < rows; ++row) {
    const std::uint64_t* in = values + row * lanes;
    for (std::size_t l = 0; l < lanes; ++l) partial[l] |= (in[l] & low) << filled;
    filled += width;
    if (filled < 64) continue;
    for (std::size_t l = 0; l < lanes; ++l) words[l] = partial[l];
    words += lanes;
    filled -= 64;
    // What did not fit; nothing of a value is left where it ended with the word.
    const unsigned taken = width - filled;
    if (filled == 0) {
      partial = {};
    } else {
      for (std::size_t l = 0; l < lanes; ++l) partial[l] = (in[l] & low) >> taken;
    }
  }
}

WAYSIDE_CPU_CLONES void unpack_lanes(const char* packed, unsigned width, std::uint64_t base,
                                     std::uint64_t* __restrict values) {
  const auto* words = reinterpret_cast<const Word*>(packed);
  const std::uint64_t low = mask(width);
  for (unsigned row = 0; row < rows; ++row) {
    const unsigned bit = row * width;
    const unsigned shift = bit % 64;
    const Word* in = words + std::size_t{bit / 64} * lanes;
    std::uint64_t* out = values + row * lanes;
    if (shift + width <= 64) {
      for (std::size_t l = 0; l < lanes; ++l) out[l] = ((in[l] >> shift) & low) + base;
    } else {
      const unsigned rest = 64 - shift;
      for (std::size_t l = 0; l < lanes; ++l)
        out[l] = (((in[l] >> shift) | (in[l + lanes] << rest)) & low) + base;
    }
  }
}

void pack_bits(const std::uint64_t* values, std::size_t count, unsigned width, std::string& out) {
  std::array<char, vector_max * 8 + 8> buffer;
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

WAYSIDE_CPU_CLONES void unpack_bits(std::string_view packed, std::size_t count, unsigned width,
                                    std::uint64_t base, std::uint64_t* values) {
  // A padded copy lets every integer be read with whole words, without a branch on the end.
  std::array<char, vector_max * 8 + 16> buffer;
  std::memcpy(buffer.data(), packed.data(), packed.size());
  std::memset(buffer.data() + packed.size(), 0, 16);
  const std::uint64_t low = mask(width);
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
    values[i] = (word & low) + base;
  }
}

}  // namespace

void pack(const std::uint64_t* values, std::size_t count, unsigned width, std::string& out) {
  WAYSIDE_ASSERT(count <= vector_max && width <= 64, "a vector keeps to its limits");
  if (width == 0) return;
  if (count < vector_max) return pack_bits(values, count, width, out);
  const std::size_t at = out.size();
  out.resize(at + packed_bytes(count, width));
  pack_lanes(values, width, out.data() + at);
}

void unpack(std::string_view packed, std::size_t count, unsigned width, std::uint64_t base,
            std::uint64_t* values) {
  WAYSIDE_ASSERT(count <= vector_max && width <= 64, "a vector keeps to its limits");
  WAYSIDE_ASSERT(packed.size() == packed_bytes(count, width), "the caller cuts the vector out");
  if (width == 0) {
    std::fill_n(values, count, base);
  } else if (count < vector_max) {
    unpack_bits(packed, count, width, base, values);
  } else {
    unpack_lanes(packed.data(), width, base, values);
  }
}

}  // namespace wayside::telemetry::codec
