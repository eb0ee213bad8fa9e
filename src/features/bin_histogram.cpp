#include "features/bin_histogram.hpp"

#include <span>

#include "base/assert.hpp"

namespace wayside::features {
namespace {

/// The first of `counts` with which they add up to `rank`; `rank` becomes the one inside it.
std::uint32_t descend(std::span<const std::uint32_t> counts, std::uint32_t& rank) {
  std::uint32_t i = 0;
  for (; i + 1 < counts.size() && counts[i] < rank; ++i) rank -= counts[i];
  return i;
}

}  // namespace

std::uint32_t BinHistogram::find(std::uint32_t rank) const {
  WAYSIDE_ASSERT(rank >= 1 && rank <= total_, "a rank of what was added");
  // Zero stands between the groups of the negative numbers and those of the positive.
  std::uint32_t group = 0;
  for (; group < groups / 2 && groups_[group] < rank; ++group) rank -= groups_[group];
  if (group == groups / 2) {
    if (rank <= zeros_) return ValueBin::zero;
    rank -= zeros_;
    group += descend(std::span(groups_).subspan(group), rank);
  }
  const std::uint32_t octave =
      group * octaves_per_group +
      descend({&octaves_[group * octaves_per_group], octaves_per_group}, rank);
  return octave * ValueBin::per_octave +
         descend({&bins_[octave * ValueBin::per_octave], ValueBin::per_octave}, rank);
}

}  // namespace wayside::features
