#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "features/aggregate.hpp"
#include "features/pane.hpp"
#include "features/ring_size.hpp"

namespace wayside::features {

/// The dimensions of a tree, known before any sample: what a plan holds once for all assets.
///
/// Pane i covers (i · pane, (i + 1) · pane]; node j of level l covers the panes j · 2^l up to, not
/// including, (j + 1) · 2^l. Each level is a ring over those nodes.
struct TreeShape {
  Duration pane;
  std::int64_t keep = 1;   ///< panes back from a tick that a window may reach
  std::int64_t ahead = 1;  ///< panes after the last tick that may be filled early
  Layout layout;

  struct Level {
    std::size_t base = 0;  ///< index of the level's first node
    RingSize nodes;
  };
  std::vector<Level> levels;
  std::size_t nodes = 0;
  /// Doubles from one node to the next: the node's index, its row, and what keeps it from lying in
  /// more cache lines than it must.
  std::size_t pitch = 2;

  /// `keep` and `ahead` at most panes_max.
  [[nodiscard]] static TreeShape of(Duration pane, std::int64_t keep, std::int64_t ahead,
                                    Components components, Duration half_life = {});
  static constexpr std::int64_t panes_max = std::int64_t{1} << 26;

  [[nodiscard]] std::size_t bytes() const;
  /// Index of the pane that `t` is in.
  [[nodiscard]] std::int64_t pane_of(Time t) const;
  /// Left end of a pane.
  [[nodiscard]] Time start_of(std::int64_t index) const { return {index * pane.ns}; }
};

/// Aggregates of one signal in panes, combined in a binary tree whose shape depends only on the
/// panes' absolute indexes: the node of a range of panes, and so every window, has the same bits
/// whenever the tree was started. Empty nodes are not stored; each stored one carries its index, so
/// that what is left over from a former turn of the ring is never taken for a newer node.
class PaneTree {
 public:
  static constexpr std::size_t line_doubles = 8;  ///< of a cache line

  explicit PaneTree(const TreeShape& shape);

  /// Samples in time order, all after the last `advance`; `others` is empty, or the y of pairs.
  void add(std::span<const Time> times, std::span<const double> values,
           std::span<const double> others = {});
  /// One sample that comes after younger ones were added: its value counts, its place in the order
  /// of summation is lost.
  void add_straggler(Time time, double value);
  /// The pane of `first`, where samples are added next, forgets those it has.
  void restart(Time first);
  /// Closes all panes before `end` and builds the nodes over them. `end` never decreases, and the
  /// windows asked for next end there. They hold no samples of panes before that of `since`.
  void advance(std::int64_t end, Time since);
  /// Takes back the last `advance`, to `end`, and all panes from `begin` on, so that their samples
  /// can be added again with others between them. The `advance` before was to `begin` at most, and
  /// what came after it was added by `add` alone, nothing at or after `end`.
  void take_back(std::int64_t begin, std::int64_t end);
  /// The panes [begin, end) into `node`, a row of the shape's stride whose times count from the
  /// start of `begin`; only `components` are meaningful. end − begin ≤ keep, end ≤ the last
  /// `advance`.
  void query(std::int64_t begin, std::int64_t end, Components components, double* node) const;
  /// The first part of that query, while the window's last panes are not closed yet: of the nodes
  /// that it joins, those whose panes are all closed. Returns where they end.
  std::int64_t query_closed(std::int64_t begin, std::int64_t end, Components components,
                            double* node) const;
  /// The rest of that query, from there.
  void query_rest(std::int64_t begin, std::int64_t from, std::int64_t end, Components components,
                  double* node) const;
  /// Has the nodes of that query on their way from memory.
  void fetch(std::int64_t begin, std::int64_t end) const;
  /// No pane within reach of a window that ends at `end`, and none after it, holds a sample.
  [[nodiscard]] bool quiet(std::int64_t end) const {
    return open_.empty() && newest_ < end - shape_->keep;
  }

 private:
  /// Where a node is: its index, as 64 bits, and its row.
  [[nodiscard]] double* place(std::size_t level, std::int64_t index) {
    return rows_ + slot(level, index) * shape_->pitch;
  }
  [[nodiscard]] const double* place(std::size_t level, std::int64_t index) const {
    return rows_ + slot(level, index) * shape_->pitch;
  }
  [[nodiscard]] std::size_t slot(std::size_t level, std::int64_t index) const {
    const TreeShape::Level& ring = shape_->levels[level];
    return ring.base + ring.nodes.place(index);
  }
  /// Whether it is the node of `index` that is there, and has samples that windows hold.
  [[nodiscard]] bool holds(const double* place, std::size_t level, std::int64_t index) const {
    return index_at(place) == index && ((index + 1) << level) > floor_;
  }
  static std::int64_t index_at(const double* place) { return std::bit_cast<std::int64_t>(*place); }
  static void set_index(double* place, std::int64_t index) {
    *place = std::bit_cast<double>(index);
  }
  std::int64_t join(std::int64_t begin, std::int64_t from, std::int64_t end, std::int64_t limit,
                    Components components, double* node) const;
  void close_open();
  void store(std::int64_t pane, const double* node);
  void build(std::size_t level, std::int64_t index);

  const TreeShape* shape_;
  std::vector<double> memory_;
  double* rows_;  ///< in it, at the start of a cache line
  Pane open_;
  std::int64_t open_index_ = 0;
  std::int64_t closed_;         ///< panes before it are closed and combined
  std::int64_t closed_before_;  ///< the same before the last `advance`
  std::int64_t newest_;         ///< newest pane that ever held a sample
  std::int64_t floor_;          ///< panes before it are of another version
};

}  // namespace wayside::features
