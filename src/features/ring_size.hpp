#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"

namespace wayside::features {

/// The length of a ring and, without a division, the place in it of any index: index mod size.
///
/// With m = ⌈2^k / size⌉ and k = 63 + ⌈log2 size⌉, ⌊m · x / 2^k⌋ = ⌊x / size⌋ for all x < 2^63,
/// since m · size − 2^k < size ≤ 2^(k − 63).
class RingSize {
 public:
  static constexpr std::int64_t size_max = std::int64_t{1} << 40;

  RingSize() : RingSize(2) {}
  /// 2 to size_max.
  explicit RingSize(std::int64_t size) : size_(static_cast<std::uint64_t>(size)) {
    WAYSIDE_ASSERT(size >= 2 && size <= size_max, "a ring of a sensible size");
    const int log = std::bit_width(size_ - 1);
    shift_ = log - 1;
    factor_ = static_cast<std::uint64_t>(((Wide{1} << (63 + log)) + size_ - 1) / size_);
    bias_ = (std::uint64_t{1} << 62) / size_ * size_;
  }

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(size_); }
  /// `index` within ± 2^62 − size_max.
  [[nodiscard]] std::size_t place(std::int64_t index) const {
    const std::uint64_t x = static_cast<std::uint64_t>(index) + bias_;
    const auto turns = static_cast<std::uint64_t>((Wide{factor_} * x) >> 64) >> shift_;
    return static_cast<std::size_t>(x - turns * size_);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  std::uint64_t size_;
  std::uint64_t factor_ = 0;
  std::uint64_t bias_ = 0;  ///< a multiple of the size that makes every index positive
  int shift_ = 0;
};

}  // namespace wayside::features
