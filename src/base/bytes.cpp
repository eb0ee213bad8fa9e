#include "base/bytes.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace wayside {
namespace {

static_assert(std::endian::native == std::endian::little,
              "fixed-width numbers are copied as they lie in memory");

template <class T>
void append(std::string& out, T v) {
  char raw[sizeof v];
  std::memcpy(raw, &v, sizeof v);
  out.append(raw, sizeof v);
}

template <class T>
std::optional<T> take(std::string_view& in) {
  if (in.size() < sizeof(T)) return std::nullopt;
  T v;
  std::memcpy(&v, in.data(), sizeof v);
  in.remove_prefix(sizeof v);
  return v;
}

/// Slicing by eight: table[k][b] is the CRC of byte b followed by k zero bytes.
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_crc_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78U : 0U);
    tables[0][i] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::uint32_t i = 0; i < 256; ++i)
      tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
  return tables;
}

constexpr auto crc_tables = make_crc_tables();

}  // namespace

void ByteWriter::u32(std::uint32_t v) {
  append(out_, v);
}
void ByteWriter::u64(std::uint64_t v) {
  append(out_, v);
}

void ByteWriter::varint(std::uint64_t v) {
  while (v >= 0x80) {
    u8(static_cast<std::uint8_t>(v | 0x80));
    v >>= 7;
  }
  u8(static_cast<std::uint8_t>(v));
}

void ByteWriter::svarint(std::int64_t v) {
  varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
}

std::optional<std::uint8_t> ByteReader::u8() {
  return take<std::uint8_t>(in_);
}
std::optional<std::uint32_t> ByteReader::u32() {
  return take<std::uint32_t>(in_);
}
std::optional<std::uint64_t> ByteReader::u64() {
  return take<std::uint64_t>(in_);
}

std::optional<std::uint64_t> ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = u8();
    if (!byte) return std::nullopt;
    // The tenth byte has room for one bit only.
    if (shift == 63 && *byte > 1) break;
    value |= static_cast<std::uint64_t>(*byte & 0x7f) << shift;
    if (*byte < 0x80) return value;
  }
  in_ = {};
  return std::nullopt;
}

std::optional<std::int64_t> ByteReader::svarint() {
  const auto v = varint();
  if (!v) return std::nullopt;
  return static_cast<std::int64_t>((*v >> 1) ^ (~(*v & 1) + 1));
}

std::optional<std::string_view> ByteReader::bytes(std::size_t n) {
  if (in_.size() < n) {
    in_ = {};
    return std::nullopt;
  }
  const std::string_view out = in_.substr(0, n);
  in_.remove_prefix(n);
  return out;
}

std::uint32_t crc32c(std::string_view data) {
  std::uint32_t crc = 0xffffffffU;
  while (data.size() >= 8) {
    std::uint32_t low;
    std::uint32_t high;
    std::memcpy(&low, data.data(), 4);
    std::memcpy(&high, data.data() + 4, 4);
    low ^= crc;
    crc = crc_tables[7][low & 0xff] ^ crc_tables[6][(low >> 8) & 0xff] ^
          crc_tables[5][(low >> 16) & 0xff] ^ crc_tables[4][low >> 24] ^
          crc_tables[3][high & 0xff] ^ crc_tables[2][(high >> 8) & 0xff] ^
          crc_tables[1][(high >> 16) & 0xff] ^ crc_tables[0][high >> 24];
    data.remove_prefix(8);
  }
  for (const char c : data)
    crc = (crc >> 8) ^ crc_tables[0][(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return ~crc;
}

}  // namespace wayside
