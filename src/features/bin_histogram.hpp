#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "features/lazy_array.hpp"
#include "features/value_bin.hpp"

namespace wayside::features {

/// How many numbers of a window are in each `ValueBin`, up to 4 · 10⁹ in all. Counts are whole
/// numbers: what was added can be subtracted again and leaves no trace.
class BinHistogram {
 public:
  BinHistogram() : bins_(ValueBin::zero), octaves_(2 * ValueBin::octaves) {}

  void add(std::uint32_t bin, std::uint32_t n) { change(bin, n); }
  void subtract(std::uint32_t bin, std::uint32_t n) { change(bin, 0 - n); }
  [[nodiscard]] std::uint32_t total() const { return total_; }
  /// The bin of the number that is `rank`-th from below, 1 ≤ rank ≤ total. Scans at most
  /// `scanned_max` counts.
  [[nodiscard]] std::uint32_t find(std::uint32_t rank) const;

  static constexpr std::uint32_t octaves_per_group = 64;
  static constexpr std::uint32_t groups = 2 * ValueBin::octaves / octaves_per_group;
  static constexpr std::size_t scanned_max = groups + octaves_per_group + ValueBin::per_octave;
  static_assert(ValueBin::octaves % octaves_per_group == 0);

  /// Upper bound of the memory of one; pages are taken only where numbers fall.
  static constexpr std::size_t bytes() {
    return sizeof(BinHistogram) + (ValueBin::zero + 2 * ValueBin::octaves) * sizeof(std::uint32_t);
  }

 private:
  void change(std::uint32_t bin, std::uint32_t n) {
    total_ += n;
    if (bin == ValueBin::zero) {
      zeros_ += n;
      return;
    }
    bins_[bin] += n;
    octaves_[bin / ValueBin::per_octave] += n;
    groups_[bin / (ValueBin::per_octave * octaves_per_group)] += n;
  }

  LazyArray<std::uint32_t> bins_;
  LazyArray<std::uint32_t> octaves_;
  std::array<std::uint32_t, groups> groups_{};
  std::uint32_t zeros_ = 0;
  std::uint32_t total_ = 0;
};

}  // namespace wayside::features
