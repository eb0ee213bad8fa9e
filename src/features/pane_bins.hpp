#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "features/lazy_array.hpp"

namespace wayside::features {

/// How many samples of a pane are in which bin. See `ValueBin`.
struct BinCount {
  std::uint32_t bin;
  std::uint32_t count;
};

/// The dimensions of the bins of one window, known before any sample.
struct PaneBinsShape {
  Duration pane;
  std::int64_t panes = 1;      ///< of the window
  std::int64_t ring = 3;       ///< panes held: those of the window and those filled early
  std::uint32_t bins_max = 1;  ///< different bins of one pane; one that needs more is coarsened

  /// Bins of all panes of a window, at least and at most so many of one.
  static constexpr std::int64_t window_bins = std::int64_t{1} << 19;
  static constexpr std::int64_t pane_bins_min = 64;
  static constexpr std::int64_t pane_bins_max = 2048;

  /// `ahead`: panes after the last tick that may be filled early.
  [[nodiscard]] static PaneBinsShape of(Duration pane, std::int64_t panes, std::int64_t ahead);
  [[nodiscard]] std::size_t bytes() const;
};

/// The bins of each pane of one signal. A pane is filled while it is open, one at a time; any pane
/// held can be opened again. What a pane holds follows from its samples, in any order: where they
/// fall into more than `bins_max` bins, neighbours are joined, two, four, eight, … at once, until
/// they do not.
class PaneBins {
 public:
  explicit PaneBins(const PaneBinsShape& shape);

  /// The pane that adding `pane` would push out of the ring, or nullopt.
  [[nodiscard]] std::optional<std::int64_t> in_the_way_of(std::int64_t pane) const;
  /// Opens a pane; what was in its way is lost.
  void open(std::int64_t pane);
  void close();
  [[nodiscard]] std::optional<std::int64_t> opened() const { return open_; }
  /// To the open pane.
  void add(std::span<const double> values);
  /// Forgets a pane, where it is held. Not the open one.
  void forget(std::int64_t pane);
  /// Calls f(bin, count) for each bin of a closed pane.
  template <class F>
  void each(std::int64_t pane, F f) const {
    const Slot& slot = slots_[place(pane)];
    if (slot.pane != pane) return;
    for (std::uint32_t at = slot.first; at != nowhere; at = chunks_[at].next)
      for (std::uint32_t i = 0; i < chunks_[at].used; ++i)
        f(chunks_[at].counts[i].bin, chunks_[at].counts[i].count);
  }
  /// Panes that were closed with joined bins, each time it happened.
  [[nodiscard]] std::uint64_t coarsened() const { return coarsened_; }

 private:
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};
  struct Slot {
    std::int64_t pane;
    std::uint32_t first;  ///< chunk
    std::uint32_t level;
  };
  /// A cache line of counts, linked to the next.
  struct Chunk {
    static constexpr std::size_t counts_max = 7;
    BinCount counts[counts_max];
    std::uint32_t used;
    std::uint32_t next;
  };
  friend struct PaneBinsShape;

  [[nodiscard]] std::size_t place(std::int64_t pane) const;
  [[nodiscard]] std::size_t probe(std::uint32_t bin) const;
  void count(std::uint32_t bin, std::uint32_t samples);
  void coarsen();
  void clear_open();
  std::uint32_t take_chunk();

  PaneBinsShape shape_;
  std::vector<Slot> slots_;
  LazyArray<Chunk> chunks_;
  std::uint32_t fresh_ = 0;       ///< chunks from here on were never used
  std::uint32_t free_ = nowhere;  ///< first of the list of free ones
  std::optional<std::int64_t> open_;
  std::uint32_t level_ = 0;           ///< of the open pane
  std::vector<BinCount> counts_;      ///< of the open pane
  std::vector<std::uint16_t> index_;  ///< hash table: position in counts_ + 1, or 0
  std::uint64_t coarsened_ = 0;
};

}  // namespace wayside::features
