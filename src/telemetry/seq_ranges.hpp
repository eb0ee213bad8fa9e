#pragma once

#include <cstdint>
#include <vector>

namespace wayside::telemetry {

/// Numbers first to last of a stream, both included.
struct SeqRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

/// What of a stream is accounted for beyond its watermark: ascending, with at least one number
/// missing before each.
using SeqRanges = std::vector<SeqRange>;

/// No stream has more: they are stored, and go into every acknowledgement.
inline constexpr std::size_t seq_ranges_max = 8;

/// How many numbers they hold.
[[nodiscard]] std::uint64_t count(const SeqRanges& ranges);
[[nodiscard]] bool contains(const SeqRanges& ranges, std::uint64_t seq);
/// The parts of [first, last] that lie beyond `watermark` and in none of the ranges.
[[nodiscard]] SeqRanges uncovered(std::uint64_t watermark, const SeqRanges& ranges,
                                  std::uint64_t first, std::uint64_t last);
/// Accounts for [first, last], and moves `watermark` over what is whole then.
void cover(std::uint64_t& watermark, SeqRanges& ranges, std::uint64_t first, std::uint64_t last);
/// Whether they are what the type says, and no more than seq_ranges_max.
[[nodiscard]] bool well_formed(std::uint64_t watermark, const SeqRanges& ranges);

}  // namespace wayside::telemetry
