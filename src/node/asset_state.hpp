#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/engine.hpp"
#include "node/kind_config.hpp"
#include "node/rule_machine.hpp"

namespace wayside::node {

/// How a model fares for one asset.
struct ModelHealth {
  bool judged = false;    ///< at the last tick; not where an input or the model was absent
  bool scored = false;    ///< its outputs of the last tick are numbers
  bool failed = false;    ///< at the last tick
  bool reported = false;  ///< a failure was reported and no recovery yet
  std::uint32_t good_runs = 0;
  std::optional<Time> missing_since;  ///< first tick at which an input had no value
  std::size_t missing_input = 0;
  Duration latency;
};

/// An alert that an earlier run of the agent raised or cleared.
struct PastAlert {
  Time time;
  bool raised = false;
  Time raised_at;
};

/// What earlier runs gave out for one asset. It is computed again after a restart, so that what
/// follows goes on from it, and not given out twice.
struct PastOutput {
  std::optional<Time> features;                ///< newest tick whose features are out
  std::vector<Time> decisions;                 ///< of each model; Time::min() for none
  std::vector<Time> changes;                   ///< the same, of its failing and recovering
  std::vector<std::vector<PastAlert>> alerts;  ///< of each rule, those that are known, by time
};

/// Where the pipeline stands with one asset.
struct AssetState {
  AssetId id;
  std::size_t kind = 0;
  std::size_t index_in_kind = 0;
  std::optional<features::AssetEngine> engine;
  std::vector<double> slots;
  std::vector<Time> newest;  ///< of each signal's good samples
  std::vector<ModelHealth> models;
  std::vector<RuleState> rules;
  PastOutput past;
  /// Up to here windows are not whole after a restart: models and rules wait.
  Time judged_from = Time::min();

  /// An earlier run gave out this tick.
  [[nodiscard]] bool is_past(Time tick) const { return past.features && tick <= *past.features; }
};

/// What all assets of one kind share.
struct KindTraits {
  const KindConfig* config = nullptr;
  std::size_t assets = 0;
  std::vector<std::size_t> tick_rules;
  std::vector<std::vector<std::size_t>> signal_rules;  ///< of each signal, `on: sample`
};

}  // namespace wayside::node
