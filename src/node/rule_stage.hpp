#pragma once

#include "node/agent_config.hpp"
#include "node/asset_state.hpp"
#include "node/record_sink.hpp"

namespace wayside::node {

class ModelStage;
struct PipelineMetrics;

/// The pipeline's rules: evaluates them and gives out what is raised and cleared, each once.
class RuleStage {
 public:
  /// All arguments must outlive the stage.
  RuleStage(const AgentConfig& config, RecordSink& sink, const ModelStage& models,
            PipelineMetrics& metrics)
      : config_(config), sink_(sink), models_(models), metrics_(metrics) {}

  /// `again`: an earlier run of the agent has evaluated it at this time, and given out all that
  /// came of it.
  void evaluate(AssetState& asset, std::size_t rule, Time time, bool again);

 private:
  struct Verdict {
    Transition transition = Transition::none;
    bool by_failure = false;
  };
  Verdict step(AssetState& asset, std::size_t rule, Time time);
  void emit(AssetState& asset, std::size_t rule, Time time, const Verdict& verdict, Time raised_at);

  const AgentConfig& config_;
  RecordSink& sink_;
  const ModelStage& models_;
  PipelineMetrics& metrics_;
};

}  // namespace wayside::node
