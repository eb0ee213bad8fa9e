#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace wayside::sim {

/// Of a sequence of numbers and texts: equal sequences give equal digests on every machine of one
/// byte order.
class Digest {
 public:
  void add(std::uint64_t word) {
    value_ = std::rotl((value_ ^ word) * 0x9e37'79b9'7f4a'7c15ull, 31);
  }
  void add(std::string_view text) {
    add(text.size());
    for (; text.size() >= 8; text.remove_prefix(8)) add(word(text));
    if (!text.empty()) add(word(text));
  }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  [[nodiscard]] std::uint64_t value() const { return (value_ ^ (value_ >> 32)) * prime; }

 private:
  static constexpr std::uint64_t prime = 0xd6e8'feb8'6659'fd93ull;
  [[nodiscard]] static std::uint64_t word(std::string_view text) {
    std::uint64_t out = 0;
    std::memcpy(&out, text.data(), text.size() < 8 ? text.size() : 8);
    return out;
  }

  std::uint64_t value_ = prime;
};

}  // namespace wayside::sim
