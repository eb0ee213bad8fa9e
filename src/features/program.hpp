#pragma once

#include <optional>
#include <string>
#include <vector>

#include "features/code.hpp"
#include "features/functions.hpp"
#include "features/pane_tree.hpp"
#include "features/plan.hpp"

namespace wayside::features {

/// Longest window, grid and lateness, so that no time reached by them overflows.
inline constexpr Duration duration_max = days(366);
/// Most features of one kind.
inline constexpr std::size_t features_max = 1024;
/// Most samples of a waveform that are kept in order before their tick.
inline constexpr std::size_t waveform_reorder_max = 65'536;
/// Bytes of one asset's state beside what grows with the plan.
inline constexpr std::size_t engine_bytes = 1024;

/// Indexes [begin, end) into a table sorted by its owner.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The tree of one signal with panes of one length, shared by all its windows.
struct PlannedTree {
  std::size_t source = 0;  ///< index of the used signal
  bool mixed = false;      ///< its windows take samples of all versions of the signal
  TreeShape shape;
  Range windows;
  Range lags;
};

/// The samples of one tree in the window that ends at the tick, aggregated once a tick for all
/// statistics of it.
struct PlannedWindow {
  std::size_t tree = 0;
  Duration width;
  Components components = 0;
  std::int64_t panes = 0;  ///< width in panes
  Range values;
};

/// One number read from a window.
struct PlannedValue {
  std::size_t window = 0;
  Statistic statistic = Statistic::count;
  std::size_t slot = 0;
};

/// `lag(x, d)`: the last sample of a tree's signal at or before tick − delay.
struct PlannedLag {
  std::size_t tree = 0;
  Duration delay;
  std::size_t slot = 0;
};

/// All that is read from the trees at a tick: windows and lags by tree, values by window.
struct PlannedReads {
  std::vector<PlannedWindow> windows;
  std::vector<PlannedValue> values;
  std::vector<PlannedLag> lags;
};

struct PlannedFeature {
  std::string name;
  std::string unit;
  std::string canonical;
  Code code;             ///< over the slots of what is read and of earlier features
  bool computed = true;  ///< not so where the feature's slot itself is read from a window
};

/// A signal that features use.
struct PlannedSource {
  SignalId signal;
  std::string name;
  std::uint32_t version = 1;  ///< of samples pushed without one
  std::size_t reorder_samples_max = 0;
  std::vector<std::size_t> trees;
};

/// One evaluation fills `slots` numbers: feature i has slot i, what else is read comes after.
struct Plan::Program {
  PlanOptions options;
  Duration idle;
  std::vector<std::optional<std::size_t>> source_of;  ///< by signal id
  std::vector<PlannedSource> sources;
  std::vector<PlannedTree> trees;
  PlannedReads reads;
  std::vector<PlannedFeature> features;
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::size_t slots = 0;
  std::string digest;
  std::vector<std::string> feature_digests;  ///< one for each of `features`

  /// Upper bound of one asset's state.
  [[nodiscard]] std::size_t asset_bytes() const;
};

}  // namespace wayside::features
