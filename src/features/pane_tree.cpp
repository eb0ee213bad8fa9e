#include "features/pane_tree.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "base/assert.hpp"

namespace wayside::features {
namespace {
// Far from every pane index a time can have, so that differences do not overflow.
constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min() / 2;

/// A node of `doubles` lies in one cache line where it fits, else in few.
std::size_t pitch_of(std::size_t doubles) {
  return doubles <= 8 ? std::bit_ceil(doubles) : (doubles + 3) / 4 * 4;
}

/// The level of the largest aligned node that starts at `at` and does not reach beyond `end`.
std::size_t level_at(std::int64_t at, std::int64_t end) {
  const int aligned = std::countr_zero(static_cast<std::uint64_t>(at));
  const int room = std::bit_width(static_cast<std::uint64_t>(end - at)) - 1;
  return static_cast<std::size_t>(std::min(aligned, room));
}

}  // namespace

TreeShape TreeShape::of(Duration pane, std::int64_t keep, std::int64_t ahead, Components components,
                        Duration half_life) {
  WAYSIDE_ASSERT(keep >= 1 && keep <= panes_max && ahead >= 0 && ahead <= panes_max,
                 "the compiler checks the budget first");
  TreeShape shape{pane, keep, ahead, Layout::of(components), {}, 0, 0};
  shape.pitch = pitch_of(1 + shape.layout.stride);
  shape.layout.half_life = half_life;
  for (std::size_t level = 0; (keep >> level) > 0; ++level) {
    const std::int64_t nodes = (keep >> level) + 2 + (level == 0 ? ahead : 0);
    shape.levels.push_back({shape.nodes, RingSize(nodes)});
    shape.nodes += static_cast<std::size_t>(nodes);
  }
  return shape;
}

std::size_t TreeShape::bytes() const {
  return sizeof(PaneTree) + (nodes * pitch + PaneTree::line_doubles) * sizeof(double);
}

std::int64_t TreeShape::pane_of(Time t) const {
  return floor_to({t.ns - 1}, pane).ns / pane.ns;
}

PaneTree::PaneTree(const TreeShape& shape)
    : shape_(&shape),
      memory_(shape.nodes * shape.pitch + line_doubles),
      closed_(none),
      closed_before_(none),
      newest_(none),
      floor_(none) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
  constexpr std::size_t line = line_doubles * sizeof(double);
  rows_ = memory_.data() + ((address + line - 1) / line * line - address) / sizeof(double);
  for (std::size_t i = 0; i < shape.nodes; ++i) set_index(rows_ + i * shape.pitch, none);
}

void PaneTree::add(std::span<const Time> times, std::span<const double> values,
                   std::span<const double> others) {
  while (!times.empty()) {
    if (open_.empty() || times.front() > shape_->start_of(open_index_ + 1)) {
      close_open();
      open_index_ = shape_->pane_of(times.front());
      open_.open(shape_->start_of(open_index_));
    }
    const Time end = shape_->start_of(open_index_ + 1);
    const auto n = times.back() <= end
                       ? times.size()
                       : static_cast<std::size_t>(
                             std::upper_bound(times.begin(), times.end(), end) - times.begin());
    open_.add(shape_->layout, times.first(n), values.first(n),
              others.first(others.empty() ? 0 : n));
    times = times.subspan(n);
    values = values.subspan(n);
    if (!others.empty()) others = others.subspan(n);
  }
}

void PaneTree::add_straggler(Time time, double value) {
  const std::int64_t pane = shape_->pane_of(time);
  if (!open_.empty() && pane == open_index_) {
    open_.add(shape_->layout, {&time, 1}, {&value, 1});
    return;
  }
  Pane alone;
  alone.open(shape_->start_of(pane));
  alone.add(shape_->layout, {&time, 1}, {&value, 1});
  std::array<double, Layout::stride_max> node;
  alone.close(shape_->layout, node.data());
  store(pane, node.data());
}

void PaneTree::close_open() {
  if (open_.empty()) return;
  std::array<double, Layout::stride_max> node;
  open_.close(shape_->layout, node.data());
  store(open_index_, node.data());
  open_.open({});
}

void PaneTree::store(std::int64_t pane, const double* node) {
  double* at = place(0, pane);
  if (index_at(at) == pane) {
    merge(shape_->layout, shape_->layout.components, 0, node, at + 1);
  } else {
    set_index(at, pane);
    std::copy_n(node, shape_->layout.stride, at + 1);
  }
  newest_ = std::max(newest_, pane);
}

void PaneTree::restart(Time first) {
  const std::int64_t pane = shape_->pane_of(first);
  if (open_index_ == pane) open_.open(shape_->start_of(pane));
  if (double* at = place(0, pane); index_at(at) == pane) set_index(at, none);
}

void PaneTree::advance(std::int64_t end, Time since) {
  floor_ = since == Time::min() ? none : shape_->pane_of(since);
  if (open_.empty() || open_index_ < end) close_open();
  closed_before_ = closed_;
  // What lies further back than any window reaches is never asked for again.
  closed_ = newest_ < end - shape_->keep ? end : std::max(closed_, end - shape_->keep);
  for (; closed_ < end; ++closed_)
    for (std::size_t level = 1;
         level < shape_->levels.size() && ((closed_ + 1) & ((std::int64_t{1} << level) - 1)) == 0;
         ++level)
      build(level, closed_ >> level);
}

void PaneTree::build(std::size_t level, std::int64_t index) {
  const double* left = place(level - 1, 2 * index);
  const double* right = place(level - 1, 2 * index + 1);
  const bool has_left = holds(left, level - 1, 2 * index);
  const bool has_right = holds(right, level - 1, 2 * index + 1);
  if (!has_left && !has_right) return;
  double* at = place(level, index);
  set_index(at, index);
  double* node = at + 1;
  node[0] = 0;
  const Components all = shape_->layout.components;
  const double half_s = Duration{shape_->pane.ns << (level - 1)}.seconds();
  if (has_left) merge(shape_->layout, all, 0, left + 1, node);
  if (has_right) merge(shape_->layout, all, half_s, right + 1, node);
}

void PaneTree::take_back(std::int64_t begin, std::int64_t end) {
  closed_ = closed_before_;
  for (std::int64_t pane = std::max(begin, end - shape_->keep); pane < end; ++pane)
    if (double* at = place(0, pane); index_at(at) == pane) set_index(at, none);
}

void PaneTree::query(std::int64_t begin, std::int64_t end, Components components,
                     double* node) const {
  node[0] = 0;
  join(begin, begin, end, end, components, node);
}

std::int64_t PaneTree::query_closed(std::int64_t begin, std::int64_t end, Components components,
                                    double* node) const {
  node[0] = 0;
  return join(begin, begin, end, closed_, components, node);
}

void PaneTree::query_rest(std::int64_t begin, std::int64_t from, std::int64_t end,
                          Components components, double* node) const {
  join(begin, from, end, end, components, node);
}

void PaneTree::fetch(std::int64_t begin, std::int64_t end) const {
  for (std::int64_t at = begin; at < end;) {
    const std::size_t level = level_at(at, end);
    const double* found = place(level, at >> level);
    for (std::size_t i = 0; i < shape_->pitch; i += line_doubles) __builtin_prefetch(found + i);
    at += std::int64_t{1} << level;
  }
}

/// Appends the nodes that the window [begin, end) is made of, from `from` on, as long as they end
/// at or before `limit`; returns where the last of them ends.
std::int64_t PaneTree::join(std::int64_t begin, std::int64_t from, std::int64_t end,
                            std::int64_t limit, Components components, double* node) const {
  std::int64_t at = from;
  while (at < end) {
    const std::size_t level = level_at(at, end);
    const std::int64_t next = at + (std::int64_t{1} << level);
    if (next > limit) break;
    const std::int64_t index = at >> level;
    const double* found = place(level, index);
    if (holds(found, level, index))
      merge(shape_->layout, components, (shape_->pane * (at - begin)).seconds(), found + 1, node);
    at = next;
  }
  return at;
}

}  // namespace wayside::features
