#include "base/bytes.hpp"

#include <array>
#include <cstring>

namespace wayside {
namespace {

template <class T>
void append(std::string& out, T v) {
  char raw[sizeof v];
  std::memcpy(raw, &v, sizeof v);
  out.append(raw, sizeof v);
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
