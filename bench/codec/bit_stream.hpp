#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wayside::bench {

/// Bits, the most significant first, as Gorilla and Chimp write them.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// The low `count` (1 to 64) bits of `bits`; the others must be 0.
  void write(std::uint64_t bits, unsigned count) {
    if (count < free_) {
      free_ -= count;
      word_ |= bits << free_;
      return;
    }
    const unsigned rest = count - free_;
    word_ |= bits >> rest;
    put();
    free_ = 64 - rest;
    word_ = rest == 0 ? 0 : bits << free_;
  }
  /// Ends the stream with whole bytes.
  void finish() {
    const std::size_t at = out_.size() + (64 - free_ + 7) / 8;
    put();
    out_.resize(at);
  }

 private:
  void put() {
    const std::uint64_t big_endian = __builtin_bswap64(word_);
    out_.append(reinterpret_cast<const char*>(&big_endian), 8);
  }

  std::string& out_;
  std::uint64_t word_ = 0;
  unsigned free_ = 64;
};

/// Trusts its input: a baseline, not a decoder for strangers' bytes. Past the end come zeros.
class BitReader {
 public:
  explicit BitReader(std::string_view in) : in_(in) { load(); }

  std::uint64_t read(unsigned count) {
    if (count < left_) {
      const std::uint64_t out = word_ >> (64 - count);
      word_ <<= count;
      left_ -= count;
      return out;
    }
    const unsigned rest = count - left_;
    std::uint64_t out = left_ == 0 ? 0 : word_ >> (64 - left_);
    load();
    if (rest == 0) return out;
    out = rest == 64 ? word_ : out << rest | word_ >> (64 - rest);
    word_ = rest == 64 ? 0 : word_ << rest;
    left_ -= rest;
    return out;
  }

 private:
  void load() {
    std::uint64_t word = 0;
    std::memcpy(&word, in_.data(), in_.size() < 8 ? in_.size() : 8);
    in_.remove_prefix(in_.size() < 8 ? in_.size() : 8);
    word_ = __builtin_bswap64(word);
    left_ = 64;
  }

  std::string_view in_;
  std::uint64_t word_ = 0;
  unsigned left_ = 0;
};

}  // namespace wayside::bench
