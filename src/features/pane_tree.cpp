#include "features/pane_tree.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/assert.hpp"

namespace wayside::features {
namespace {
// Far from every pane index a time can have, so that differences do not overflow.
constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min() / 2;
}  // namespace

TreeShape TreeShape::of(Duration pane, std::int64_t keep, std::int64_t ahead,
                        Components components) {
  WAYSIDE_ASSERT(keep >= 1 && keep <= panes_max && ahead >= 0 && ahead <= panes_max,
                 "the compiler checks the budget first");
  TreeShape shape{pane, keep, ahead, Layout::of(components), {}, 0};
  for (std::size_t level = 0; (keep >> level) > 0; ++level) {
    const std::int64_t nodes = (keep >> level) + 2 + (level == 0 ? ahead : 0);
    shape.levels.push_back({shape.nodes, nodes});
    shape.nodes += static_cast<std::size_t>(nodes);
  }
  return shape;
}

std::size_t TreeShape::bytes() const {
  return sizeof(PaneTree) + nodes * (sizeof(std::int64_t) + layout.stride * sizeof(double));
}

std::int64_t TreeShape::pane_of(Time t) const {
  return floor_to({t.ns - 1}, pane).ns / pane.ns;
}

PaneTree::PaneTree(const TreeShape& shape)
    : shape_(&shape),
      index_(shape.nodes, none),
      nodes_(shape.nodes * shape.layout.stride),
      closed_(none),
      closed_before_(none),
      newest_(none),
      floor_(none) {}

std::size_t PaneTree::slot(std::size_t level, std::int64_t index) const {
  const TreeShape::Level& ring = shape_->levels[level];
  const std::int64_t turn = index % ring.nodes;
  return ring.base + static_cast<std::size_t>(turn < 0 ? turn + ring.nodes : turn);
}

void PaneTree::add(std::span<const Time> times, std::span<const double> values) {
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
    open_.add(shape_->layout.components, times.first(n), values.first(n));
    times = times.subspan(n);
    values = values.subspan(n);
  }
}

void PaneTree::add_straggler(Time time, double value) {
  const std::int64_t pane = shape_->pane_of(time);
  if (!open_.empty() && pane == open_index_) {
    open_.add(shape_->layout.components, {&time, 1}, {&value, 1});
    return;
  }
  Pane alone;
  alone.open(shape_->start_of(pane));
  alone.add(shape_->layout.components, {&time, 1}, {&value, 1});
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
  const std::size_t at = slot(0, pane);
  double* stored = &nodes_[at * shape_->layout.stride];
  if (index_[at] == pane) {
    merge(shape_->layout, shape_->layout.components, 0, node, stored);
  } else {
    index_[at] = pane;
    std::copy_n(node, shape_->layout.stride, stored);
  }
  newest_ = std::max(newest_, pane);
}

void PaneTree::restart(Time first) {
  const std::int64_t pane = shape_->pane_of(first);
  if (open_index_ == pane) open_.open(shape_->start_of(pane));
  if (const std::size_t at = slot(0, pane); index_[at] == pane) index_[at] = none;
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
  const std::size_t stride = shape_->layout.stride;
  const std::size_t left = slot(level - 1, 2 * index);
  const std::size_t right = slot(level - 1, 2 * index + 1);
  const bool has_left = holds(left, level - 1, 2 * index);
  const bool has_right = holds(right, level - 1, 2 * index + 1);
  if (!has_left && !has_right) return;
  const std::size_t at = slot(level, index);
  double* node = &nodes_[at * stride];
  index_[at] = index;
  node[0] = 0;
  const Components all = shape_->layout.components;
  const double half_s = Duration{shape_->pane.ns << (level - 1)}.seconds();
  if (has_left) merge(shape_->layout, all, 0, &nodes_[left * stride], node);
  if (has_right) merge(shape_->layout, all, half_s, &nodes_[right * stride], node);
}

void PaneTree::take_back(std::int64_t begin, std::int64_t end) {
  closed_ = closed_before_;
  for (std::int64_t pane = std::max(begin, end - shape_->keep); pane < end; ++pane)
    if (const std::size_t at = slot(0, pane); index_[at] == pane) index_[at] = none;
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

/// Appends the nodes that the window [begin, end) is made of, from `from` on, as long as they end
/// at or before `limit`; returns where the last of them ends.
std::int64_t PaneTree::join(std::int64_t begin, std::int64_t from, std::int64_t end,
                            std::int64_t limit, Components components, double* node) const {
  std::int64_t at = from;
  while (at < end) {
    // The largest aligned node that starts here and does not reach beyond the end.
    const auto room = static_cast<std::uint64_t>(end - at);
    const int aligned = std::countr_zero(static_cast<std::uint64_t>(at));
    const auto level =
        static_cast<std::size_t>(std::min(aligned, static_cast<int>(std::bit_width(room)) - 1));
    const std::int64_t next = at + (std::int64_t{1} << level);
    if (next > limit) break;
    const std::int64_t index = at >> level;
    const std::size_t found = slot(level, index);
    if (holds(found, level, index))
      merge(shape_->layout, components, (shape_->pane * (at - begin)).seconds(),
            &nodes_[found * shape_->layout.stride], node);
    at = next;
  }
  return at;
}

}  // namespace wayside::features
