#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wayside {

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
/// nullopt.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  std::optional<std::uint8_t> u8();
  std::optional<std::uint32_t> u32();
  std::optional<std::uint64_t> u64();
  std::optional<std::uint64_t> varint();
  std::optional<std::int64_t> svarint();
  std::optional<std::string_view> bytes(std::size_t n);
  [[nodiscard]] std::size_t remaining() const { return in_.size(); }

 private:
  std::string_view in_;
};

/// CRC-32C (Castagnoli), as in iSCSI, RFC 3720 appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view data);

}  // namespace wayside
