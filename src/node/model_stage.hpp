#pragma once

#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "node/agent_config.hpp"
#include "node/asset_state.hpp"
#include "node/loaded_model.hpp"
#include "node/record_sink.hpp"

namespace wayside::node {

struct PipelineMetrics;

/// The pipeline's models: runs them at a tick, judges how they fare, gives out what they concluded.
class ModelStage {
 public:
  /// Good runs in a row after which a model that failed is reported as recovered.
  static constexpr std::uint32_t recovery_runs = 10;
  /// Event time for which an input may have no value before the model counts as failed; its history
  /// has to fill up first.
  static constexpr Duration inputs_missing_max = seconds(60);

  /// All arguments must outlive the stage.
  ModelStage(const AgentConfig& config, RecordSink& sink, const Clock& clock,
             PipelineMetrics& metrics);

  [[nodiscard]] ModelSlot& slot(std::size_t kind, std::size_t model) { return slots_[kind][model]; }
  /// What of `kind` ran last; null before.
  [[nodiscard]] LoadedModel* running(std::size_t kind, std::size_t model) const {
    return slots_[kind][model].running();
  }

  /// Runs all models of the asset on the features of `tick`. Where `judge` is false they only take
  /// note of them, for later ticks.
  void run(AssetState& asset, Time tick, bool judge);
  /// Gives out the decisions of the last `run`.
  void emit(AssetState& asset, Time tick);

 private:
  void run_one(AssetState& asset, std::size_t model, Time tick, bool judge);
  void miss_input(AssetState& asset, std::size_t model, std::size_t input, Time tick);
  void judge_run(AssetState& asset, std::size_t model, Time tick,
                 std::optional<ModelFailure> failure);

  const AgentConfig& config_;
  RecordSink& sink_;
  const Clock& clock_;
  PipelineMetrics& metrics_;
  std::vector<std::vector<ModelSlot>> slots_;  ///< [kind][model]
};

}  // namespace wayside::node
