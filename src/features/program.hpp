#pragma once

#include <optional>
#include <string>
#include <vector>

#include "features/code.hpp"
#include "features/functions.hpp"
#include "features/pane_bins.hpp"
#include "features/pane_tree.hpp"
#include "features/plan.hpp"
#include "features/spectrum.hpp"

namespace wayside::features {

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

/// All quantiles of one window of one signal.
struct PlannedQuantiles {
  std::size_t source = 0;
  bool mixed = false;
  Duration width;
  PaneBinsShape shape;
  Range values;
};

/// One quantile, and where the smallest and the largest of its window are read, between which it
/// is kept.
struct PlannedQuantile {
  std::size_t window = 0;
  double q = 0;
  std::size_t slot = 0;
  std::size_t min_slot = 0;
  std::size_t max_slot = 0;
};

/// All frequency bands of one window of one waveform.
struct PlannedWaveform {
  std::size_t source = 0;
  bool mixed = false;
  Duration width;
  double rate_hz = 0;
  std::size_t run_length = 0;   ///< samples of a stretch that is transformed, at least
  Duration step_min;            ///< from one sample of a stretch
  Duration step_max;            ///< to the next
  std::size_t stretch_max = 0;  ///< samples of the longest stretch in the window
  std::size_t samples_max = 0;  ///< kept
  Range values;

  /// Samples of a window, and of a waveform that is kept, at most.
  static constexpr std::size_t samples_limit = std::size_t{1} << 23;
  /// Stretches of a window at most.
  [[nodiscard]] std::size_t stretches_max() const { return samples_max / run_length; }
};

struct PlannedBand {
  std::size_t window = 0;
  FrequencyBand band;
  bool envelope = false;
  std::size_t slot = 0;
};

/// Pairs of the samples of two signals that have the same time: aggregated in a tree of their own.
struct PlannedPairs {
  std::size_t sources[2] = {0, 0};
  std::size_t tree = 0;
  std::size_t waiting_max = 0;  ///< samples of one signal that wait for those of the other
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
  Range quantiles;
  Range waveforms;
};

/// One evaluation fills `slots` numbers: feature i has slot i, what else is read comes after.
struct Plan::Program {
  PlanOptions options;
  Duration idle;
  std::vector<std::optional<std::size_t>> source_of;  ///< by signal id
  std::vector<PlannedSource> sources;
  std::vector<PlannedTree> trees;
  PlannedReads reads;
  std::vector<PlannedQuantiles> quantiles;       ///< by source
  std::vector<PlannedQuantile> quantile_values;  ///< by window
  std::vector<PlannedWaveform> waveforms;        ///< by source
  std::vector<PlannedBand> bands;                ///< by window
  std::vector<PlannedPairs> pairs;
  std::vector<PlannedFeature> features;
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::size_t slots = 0;
  std::string digest;
  std::vector<std::string> feature_digests;  ///< one for each of `features`

  /// Calls f with each slot that is read from windows.
  template <class F>
  void each_slot(F f) {
    for (PlannedValue& value : reads.values) f(value.slot);
    for (PlannedLag& lag : reads.lags) f(lag.slot);
    for (PlannedQuantile& value : quantile_values) {
      f(value.slot);
      f(value.min_slot);
      f(value.max_slot);
    }
    for (PlannedBand& band : bands) f(band.slot);
  }
  /// Upper bound of one asset's state.
  [[nodiscard]] std::size_t asset_bytes() const;
};

}  // namespace wayside::features
