#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "node/agent_config.hpp"
#include "node/asset_state.hpp"
#include "node/model_stage.hpp"
#include "node/record_sink.hpp"
#include "node/rule_stage.hpp"

namespace wayside::node {

/// From a sample to features, models and rules, run to completion on the caller's thread. A
/// function of the samples and the models; the clock only times the models. Allocates nothing
/// after the first samples of each asset.
///
/// After a restart, before the first sample: `restore_alert` and `begin_after` say what earlier
/// runs gave out, `replay` brings the windows back, and `resume` ends that for an asset.
class Pipeline {
 public:
  /// All arguments must outlive the pipeline.
  Pipeline(const AgentConfig& config, RecordSink& sink, const Clock& clock, Metrics& metrics);
  ~Pipeline();

  /// `sample.asset` and `sample.signal` are of the configuration's table.
  void push(const telemetry::Sample& sample);
  /// End of a replay: evaluates the ticks up to each asset's newest sample.
  void finish();

  /// Takes a rule as raised since `raised_at`, by an earlier run.
  void restore_alert(AssetId asset, std::size_t rule, Time raised_at);
  /// What `past` holds is not given out again. Models and rules are judged over its last `judging`
  /// only: what they remember of more is in their state by then.
  void begin_after(AssetId asset, PastOutput past, Duration judging);
  /// A sample that an earlier run stored, as it stored it; in time order. It is not given out, and
  /// of what it makes due only what no earlier run gave out.
  struct Stored {
    telemetry::Sample sample;
    std::uint32_t version = 1;  ///< of its signal
    bool newest = true;         ///< it was good, and the newest of its signal, when it came
  };
  void replay(const Stored& stored);
  /// Comes to where the earlier run had come: samples up to its last tick are late now.
  void resume(AssetId asset);

  /// Where a model of a kind is offered, from another thread.
  [[nodiscard]] ModelSlot& slot(std::size_t kind, std::size_t model) {
    return models_.slot(kind, model);
  }
  [[nodiscard]] std::size_t assets_of_kind(std::size_t kind) const { return kinds_[kind].assets; }

 private:
  AssetState& asset_of(const telemetry::Sample& sample);
  void take_value(AssetState& asset, const telemetry::Sample& sample, bool again);
  void run_ticks(AssetState& asset);
  void tick(AssetState& asset, Time time);

  const AgentConfig& config_;
  RecordSink& sink_;
  std::unique_ptr<PipelineMetrics> metrics_;
  ModelStage models_;
  RuleStage rules_;
  std::vector<KindTraits> kinds_;
  std::vector<AssetState> assets_;
};

}  // namespace wayside::node
