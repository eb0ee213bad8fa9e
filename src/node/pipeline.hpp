#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "features/engine.hpp"
#include "node/agent_config.hpp"
#include "node/loaded_model.hpp"
#include "node/record_sink.hpp"
#include "node/rule_machine.hpp"

namespace wayside::node {

struct PipelineMetrics;

/// From a sample to features, models and rules, run to completion on the caller's thread. A
/// function of the samples and the models; the clock only times the models. Allocates nothing
/// after the first samples of each asset.
class Pipeline {
 public:
  /// Good runs in a row after which a model that failed is reported as recovered.
  static constexpr std::uint32_t recovery_runs = 10;
  /// Event time for which an input may have no value before the model counts as failed.
  static constexpr Duration inputs_missing_max = seconds(60);

  /// All arguments must outlive the pipeline.
  Pipeline(const AgentConfig& config, RecordSink& sink, const Clock& clock, Metrics& metrics);
  ~Pipeline();

  /// `sample.asset` and `sample.signal` are of the configuration's table.
  void push(const telemetry::Sample& sample);
  /// End of a replay: evaluates the ticks up to each asset's newest sample.
  void finish();

  /// Before the first sample: takes a rule as raised since `raised_at`, by an earlier run.
  void restore_alert(AssetId asset, std::size_t rule, Time raised_at);

  /// Where a model of a kind is offered, from another thread.
  [[nodiscard]] ModelSlot& slot(std::size_t kind, std::size_t model) {
    return kinds_[kind].slots[model];
  }
  [[nodiscard]] std::size_t assets_of_kind(std::size_t kind) const { return kinds_[kind].assets; }

 private:
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
  struct Asset {
    AssetId id;
    std::size_t kind = 0;
    std::size_t index_in_kind = 0;
    std::optional<features::AssetEngine> engine;
    std::vector<double> slots;
    std::vector<Time> newest;  ///< of each signal's good samples
    std::vector<ModelHealth> models;
    std::vector<RuleState> rules;
  };
  struct Kind {
    const KindConfig* config = nullptr;
    std::size_t assets = 0;
    std::vector<ModelSlot> slots;
    std::vector<std::size_t> tick_rules;
    std::vector<std::vector<std::size_t>> signal_rules;  ///< of each signal, `on: sample`
  };

  void take_value(Asset& asset, const telemetry::Sample& sample);
  void run_ticks(Asset& asset);
  void tick(Asset& asset, Time time);
  void run_model(Asset& asset, std::size_t model, Time time);
  void miss_input(Asset& asset, std::size_t model, std::size_t input, Time time);
  void judge_run(Asset& asset, std::size_t model, Time time, std::optional<ModelFailure> failure);
  void evaluate(Asset& asset, std::size_t rule, Time time);
  void emit_decision(Asset& asset, std::size_t model, Time time);
  void emit_alert(Asset& asset, std::size_t rule, Time time, bool raised, bool by_failure,
                  Time raised_at);

  const AgentConfig& config_;
  RecordSink& sink_;
  const Clock& clock_;
  std::unique_ptr<PipelineMetrics> metrics_;
  std::vector<Kind> kinds_;
  std::vector<Asset> assets_;
};

}  // namespace wayside::node
