#include "features/pane_bins.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "features/value_bin.hpp"

namespace wayside::features {
namespace {

constexpr std::int64_t no_pane = std::numeric_limits<std::int64_t>::min();

std::size_t index_size(std::uint32_t bins_max) {
  return std::bit_ceil(std::size_t{2} * (bins_max + 1));
}

}  // namespace

PaneBinsShape PaneBinsShape::of(Duration pane, std::int64_t panes, std::int64_t ahead) {
  static_assert(pane_bins_max < std::numeric_limits<std::uint16_t>::max());
  PaneBinsShape shape{pane, panes, panes + ahead + 2, 0};
  shape.bins_max =
      static_cast<std::uint32_t>(std::clamp(window_bins / panes, pane_bins_min, pane_bins_max));
  return shape;
}

namespace {

std::size_t chunks_of(const PaneBinsShape& shape, std::size_t per_chunk) {
  return static_cast<std::size_t>(shape.ring) * ((shape.bins_max + per_chunk - 1) / per_chunk);
}

}  // namespace

std::size_t PaneBinsShape::bytes() const {
  return sizeof(PaneBins) + static_cast<std::size_t>(ring) * sizeof(PaneBins::Slot) +
         chunks_of(*this, PaneBins::Chunk::counts_max) * sizeof(PaneBins::Chunk) +
         (bins_max + 1) * sizeof(BinCount) + index_size(bins_max) * sizeof(std::uint16_t);
}

PaneBins::PaneBins(const PaneBinsShape& shape)
    : shape_(shape),
      slots_(static_cast<std::size_t>(shape.ring), Slot{no_pane, nowhere, 0}),
      chunks_(chunks_of(shape, Chunk::counts_max)),
      index_(index_size(shape.bins_max)) {
  counts_.reserve(shape.bins_max + 1);
}

std::size_t PaneBins::place(std::int64_t pane) const {
  const std::int64_t turn = pane % shape_.ring;
  return static_cast<std::size_t>(turn < 0 ? turn + shape_.ring : turn);
}

std::optional<std::int64_t> PaneBins::in_the_way_of(std::int64_t pane) const {
  const Slot& slot = slots_[place(pane)];
  if (slot.pane == no_pane || slot.pane == pane) return std::nullopt;
  return slot.pane;
}

void PaneBins::open(std::int64_t pane) {
  WAYSIDE_ASSERT(!open_, "one pane is open at a time");
  if (const auto other = in_the_way_of(pane)) forget(*other);
  open_ = pane;
  const Slot& slot = slots_[place(pane)];
  if (slot.pane != pane) return;
  level_ = slot.level;
  each(pane, [this](std::uint32_t bin, std::uint32_t samples) { count(bin, samples); });
  forget(pane);
}

void PaneBins::add(std::span<const double> values) {
  for (const double value : values) count(ValueBin::coarse(ValueBin::of(value), level_), 1);
}

/// Where the open pane's bin stands in the hash table, or where it would.
std::size_t PaneBins::probe(std::uint32_t bin) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = (bin * 0x9e3779b1u >> 16) & mask;
  while (index_[at] != 0 && counts_[index_[at] - 1u].bin != bin) at = (at + 1) & mask;
  return at;
}

void PaneBins::count(std::uint32_t bin, std::uint32_t samples) {
  std::uint16_t& index = index_[probe(bin)];
  if (index != 0) {
    counts_[index - 1u].count += samples;
    return;
  }
  counts_.push_back({bin, samples});
  index = static_cast<std::uint16_t>(counts_.size());
  while (counts_.size() > shape_.bins_max) coarsen();
}

/// Joins neighbours of the open pane.
void PaneBins::coarsen() {
  ++level_;
  WAYSIDE_ASSERT(level_ <= ValueBin::level_max, "three bins are never too many");
  std::fill(index_.begin(), index_.end(), std::uint16_t{0});
  const std::size_t before = counts_.size();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < before; ++i) {
    const BinCount old = counts_[i];
    const std::uint32_t bin = ValueBin::coarse(old.bin, level_);
    std::uint16_t& index = index_[probe(bin)];
    if (index != 0) {
      counts_[index - 1u].count += old.count;
      continue;
    }
    counts_[kept++] = {bin, old.count};
    index = static_cast<std::uint16_t>(kept);
  }
  counts_.resize(kept);
}

void PaneBins::close() {
  if (!open_) return;
  if (level_ > 0) ++coarsened_;
  Slot& slot = slots_[place(*open_)];
  slot = {*open_, nowhere, level_};
  std::span<const BinCount> left = counts_;
  while (!left.empty()) {
    const std::uint32_t at = take_chunk();
    Chunk& chunk = chunks_[at];
    const std::size_t n = std::min(left.size(), Chunk::counts_max);
    std::copy_n(left.begin(), n, chunk.counts);
    chunk.used = static_cast<std::uint32_t>(n);
    chunk.next = std::exchange(slot.first, at);
    left = left.subspan(n);
  }
  clear_open();
}

void PaneBins::clear_open() {
  // In the reverse order of insertion, so that what is still there is still found.
  while (!counts_.empty()) {
    index_[probe(counts_.back().bin)] = 0;
    counts_.pop_back();
  }
  level_ = 0;
  open_.reset();
}

void PaneBins::forget(std::int64_t pane) {
  Slot& slot = slots_[place(pane)];
  if (slot.pane != pane) return;
  while (slot.first != nowhere) {
    const std::uint32_t at = slot.first;
    slot.first = chunks_[at].next;
    chunks_[at].next = std::exchange(free_, at);
  }
  slot.pane = no_pane;
}

std::uint32_t PaneBins::take_chunk() {
  if (free_ != nowhere) return std::exchange(free_, chunks_[free_].next);
  WAYSIDE_ASSERT(fresh_ < chunks_.size(), "the ring's panes hold no more chunks");
  return fresh_++;
}

}  // namespace wayside::features
