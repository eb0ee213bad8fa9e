#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace wayside {

static_assert(std::endian::native == std::endian::little,
              "fixed-width numbers are copied as they lie in memory");

/// Appends little-endian and variable-length numbers to a byte string.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u32(std::uint32_t v);
  void u64(std::uint64_t v);
  /// LEB128, seven bits a byte.
  void varint(std::uint64_t v);
  /// Zigzag, then LEB128: small magnitudes of either sign are short.
  void svarint(std::int64_t v);
  void bytes(std::string_view v) { out_.append(v); }

 private:
  std::string& out_;
};

/// Reads what `ByteWriter` wrote and never past the end: once something is missing every read gives
/// nullopt. Inline: a codec spends its time here.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  std::optional<std::uint8_t> u8() { return take<std::uint8_t>(); }
  std::optional<std::uint32_t> u32() { return take<std::uint32_t>(); }
  std::optional<std::uint64_t> u64() { return take<std::uint64_t>(); }
  std::optional<std::uint64_t> varint();
  std::optional<std::int64_t> svarint();
  std::optional<std::string_view> bytes(std::size_t n);
  [[nodiscard]] std::size_t remaining() const { return in_.size(); }

 private:
  template <class T>
  std::optional<T> take() {
    if (in_.size() < sizeof(T)) {
      in_ = {};
      return std::nullopt;
    }
    T v;
    std::memcpy(&v, in_.data(), sizeof v);
    in_.remove_prefix(sizeof v);
    return v;
  }

  std::string_view in_;
};

inline std::optional<std::uint64_t> ByteReader::varint() {
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

inline std::optional<std::int64_t> ByteReader::svarint() {
  const auto v = varint();
  if (!v) return std::nullopt;
  return static_cast<std::int64_t>((*v >> 1) ^ (~(*v & 1) + 1));
}

inline std::optional<std::string_view> ByteReader::bytes(std::size_t n) {
  if (in_.size() < n) {
    in_ = {};
    return std::nullopt;
  }
  const std::string_view out = in_.substr(0, n);
  in_.remove_prefix(n);
  return out;
}

/// CRC-32C (Castagnoli), as in iSCSI, RFC 3720 appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view data);

}  // namespace wayside
