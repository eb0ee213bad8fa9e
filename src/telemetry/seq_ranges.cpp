#include "telemetry/seq_ranges.hpp"

#include <algorithm>

namespace wayside::telemetry {

std::uint64_t count(const SeqRanges& ranges) {
  std::uint64_t numbers = 0;
  for (const SeqRange& range : ranges) numbers += range.last - range.first + 1;
  return numbers;
}

bool contains(const SeqRanges& ranges, std::uint64_t seq) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const SeqRange& range) {
    return range.first <= seq && seq <= range.last;
  });
}

SeqRanges uncovered(std::uint64_t watermark, const SeqRanges& ranges, std::uint64_t first,
                    std::uint64_t last) {
  SeqRanges parts;
  std::uint64_t next = std::max(first, watermark + 1);
  for (const SeqRange& range : ranges) {
    if (next > last || range.first > last) break;
    if (range.last < next) continue;
    if (range.first > next) parts.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= last) parts.push_back({next, last});
  return parts;
}

void cover(std::uint64_t& watermark, SeqRanges& ranges, std::uint64_t first, std::uint64_t last) {
  if (first <= last && last > watermark) {
    SeqRange added{std::max(first, watermark + 1), last};
    const auto apart = [&](const SeqRange& range) {
      return range.last + 1 < added.first || added.last + 1 < range.first;
    };
    for (const SeqRange& range : ranges) {
      if (apart(range)) continue;
      added.first = std::min(added.first, range.first);
      added.last = std::max(added.last, range.last);
    }
    std::erase_if(ranges, [&](const SeqRange& range) { return !apart(range); });
    const auto place = std::find_if(ranges.begin(), ranges.end(), [&](const SeqRange& range) {
      return range.first > added.last;
    });
    ranges.insert(place, added);
  }
  while (!ranges.empty() && ranges.front().first <= watermark + 1) {
    watermark = std::max(watermark, ranges.front().last);
    ranges.erase(ranges.begin());
  }
}

bool well_formed(std::uint64_t watermark, const SeqRanges& ranges) {
  if (ranges.size() > seq_ranges_max) return false;
  std::uint64_t before = watermark;
  for (const SeqRange& range : ranges) {
    if (range.first > range.last || range.first < 2 || range.first - 1 <= before) return false;
    before = range.last;
  }
  return true;
}

}  // namespace wayside::telemetry
