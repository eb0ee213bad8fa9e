#include "spool/gap_index.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::spool {

using telemetry::Gap;

namespace {

Gap joined(const Gap& a, const Gap& b) {
  return {a.records + b.records, a.samples + b.samples,
          a.reason == b.reason ? a.reason : GapIndex::several, std::min(a.first_time, b.first_time),
          std::max(a.last_time, b.last_time)};
}

}  // namespace

Gap cut_front(Gap gap, std::uint64_t numbers) {
  WAYSIDE_ASSERT(numbers < gap.records, "something is left of the gap");
  const double left = static_cast<double>(gap.records - numbers) / static_cast<double>(gap.records);
  gap.samples = static_cast<std::uint64_t>(static_cast<double>(gap.samples) * left);
  gap.records -= numbers;
  return gap;
}

void GapIndex::load(std::uint64_t first, const Gap& gap) {
  covered_ += gap.records;
  gaps_[first] = gap;
}

bool GapIndex::may_join(const Gap& a, const Gap& b) const {
  return a.reason == b.reason || a.reason == several || b.reason == several ||
         gaps_.size() >= gaps_max;
}

void GapIndex::insert(std::uint64_t first, const Gap& gap) {
  covered_ += gap.records;
  Gap whole = gap;
  auto next = gaps_.lower_bound(first);
  if (next != gaps_.end() && next->first == first + gap.records && may_join(whole, next->second)) {
    whole = joined(whole, next->second);
    removed_.push_back(next->first);
    changed_.erase(next->first);
    next = gaps_.erase(next);
  }
  if (next != gaps_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second.records == first && may_join(before->second, whole)) {
      before->second = joined(before->second, whole);
      changed_.insert(before->first);
      return;
    }
  }
  gaps_[first] = whole;
  changed_.insert(first);
}

std::uint64_t GapIndex::cover(std::uint64_t first, const Gap& gap) {
  const std::uint64_t end = first + gap.records;
  std::uint64_t fresh = 0;
  for (std::uint64_t at = skip(first); at < end; at = skip(at)) {
    const auto next = gaps_.lower_bound(at);
    const std::uint64_t stop = next == gaps_.end() ? end : std::min(end, next->first);
    Gap part = gap;
    part.records = stop - at;
    if (fresh > 0) part.samples = 0;  // counted with the first part
    insert(at, part);
    fresh += stop - at;
    at = stop;
  }
  // The caller found the store's rows here broken or missing: all are to be written again.
  auto it = gaps_.upper_bound(first);
  if (it != gaps_.begin()) --it;
  for (; it != gaps_.end() && it->first < end; ++it) changed_.insert(it->first);
  return fresh;
}

void GapIndex::trim(std::uint64_t watermark) {
  while (!gaps_.empty()) {
    const auto first = gaps_.begin();
    if (first->first > watermark) return;
    const std::uint64_t acknowledged =
        std::min(first->second.records, watermark - first->first + 1);
    covered_ -= acknowledged;
    if (acknowledged < first->second.records) {
      gaps_[watermark + 1] = cut_front(first->second, acknowledged);
      changed_.insert(watermark + 1);
    }
    removed_.push_back(first->first);
    changed_.erase(first->first);
    gaps_.erase(first);
  }
}

std::uint64_t GapIndex::covered_up_to(std::uint64_t last) const {
  std::uint64_t sum = 0;
  for (const auto& [first, gap] : gaps_) {
    if (first > last) break;
    sum += std::min(gap.records, last - first + 1);
  }
  return sum;
}

std::uint64_t GapIndex::skip(std::uint64_t from) const {
  auto it = gaps_.upper_bound(from);
  if (it == gaps_.begin()) return from;
  // Neighbours with different reasons lie side by side.
  for (--it; it != gaps_.end() && it->first <= from; ++it)
    from = std::max(from, it->first + it->second.records);
  return from;
}

std::vector<std::pair<std::uint64_t, telemetry::Gap>> GapIndex::newest(std::size_t max) const {
  std::vector<std::pair<std::uint64_t, telemetry::Gap>> list;
  for (auto it = gaps_.rbegin(); it != gaps_.rend() && list.size() < max; ++it)
    list.emplace_back(it->first, it->second);
  return list;
}

std::vector<GapIndex::Range> GapIndex::between(std::uint64_t last) const {
  std::vector<Range> ranges;
  if (gaps_.size() <= gaps_max) return ranges;
  for (auto it = gaps_.begin(), next = std::next(it); next != gaps_.end(); it = next++) {
    const std::uint64_t end = it->first + it->second.records;
    if (end < next->first && next->first - 1 <= last) ranges.push_back({end, next->first - 1});
  }
  const auto shorter = [](const Range& a, const Range& b) {
    return a.last - a.first < b.last - b.first;
  };
  const std::size_t wanted = std::min(ranges.size(), gaps_.size() / 4);
  std::nth_element(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(wanted),
                   ranges.end(), shorter);
  ranges.resize(wanted);
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  return ranges;
}

GapIndex::Changes GapIndex::take_changes() {
  Changes changes;
  changes.removed = std::exchange(removed_, {});
  for (const std::uint64_t first : std::exchange(changed_, {}))
    changes.present.emplace_back(first, gaps_.at(first));
  return changes;
}

void GapIndex::give_back(const Changes& changes) {
  removed_.insert(removed_.end(), changes.removed.begin(), changes.removed.end());
  // One that is gone since has noted its removal itself.
  for (const auto& [first, gap] : changes.present)
    if (gaps_.contains(first)) changed_.insert(first);
}

}  // namespace wayside::spool
