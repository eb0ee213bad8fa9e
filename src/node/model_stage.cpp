#include "node/model_stage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "node/pipeline_metrics.hpp"

namespace wayside::node {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ModelStage::ModelStage(const AgentConfig& config, RecordSink& sink, const Clock& clock,
                       PipelineMetrics& metrics)
    : config_(config), sink_(sink), clock_(clock), metrics_(metrics) {
  for (const KindConfig& kind : config.kinds) slots_.emplace_back(kind.models.size());
}

void ModelStage::run(AssetState& asset, Time tick, bool judge) {
  for (std::size_t m = 0; m < asset.models.size(); ++m) run_one(asset, m, tick, judge);
}

void ModelStage::run_one(AssetState& asset, std::size_t index, Time tick, bool judge) {
  const KindConfig& kind = config_.kinds[asset.kind];
  const PipelineMetrics::Model& metrics = metrics_.models[asset.kind][index];
  ModelSlot& slot = slots_[asset.kind][index];
  ModelHealth& health = asset.models[index];
  health.scored = health.judged = health.failed = false;
  for (const OutputSlot& output : kind.models[index].outputs) asset.slots[output.slot] = nan;
  LoadedModel* model = slot.current();
  if (model == nullptr) {
    // That a file is refused is reported once, by whoever tried to load it.
    if (!slot.refused()) return metrics.skipped_absent->add();
    health.judged = health.failed = true;
    return metrics.failures[static_cast<std::size_t>(ModelFailure::refused)]->add();
  }
  const auto row = model->sequence.next_row(asset.index_in_kind, tick);
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = asset.slots[kind.feature_slot(model->input_features[i])];
  if (!judge) return;
  const auto missing = model->sequence.assemble(asset.index_in_kind, model->inputs, model->mask);
  if (missing) return miss_input(asset, index, *missing, tick);
  health.missing_since.reset();

  const Duration start = clock_.monotonic();
  const Status ran = model->runner->run(model->inputs, model->mask, model->outputs,
                                        model->contributions_of(asset.index_in_kind));
  health.latency = clock_.monotonic() - start;
  const bool again = asset.is_past(tick);
  if (!again) {
    metrics.runs->add();
    metrics.latency->observe(health.latency.seconds());
  }
  if (!ran) return judge_run(asset, index, tick, ModelFailure::error);
  health.scored = std::all_of(
      model->reads.begin(), model->reads.end(),
      [&](const LoadedModel::Read& read) { return std::isfinite(model->outputs[read.output]); });
  if (!health.scored) return judge_run(asset, index, tick, ModelFailure::not_a_number);
  // How long it takes to catch up says nothing of how long it took at its time.
  if (!again && health.latency > kind.models[index].budget)
    return judge_run(asset, index, tick, ModelFailure::over_budget);
  for (const LoadedModel::Read& read : model->reads)
    asset.slots[read.slot] = model->outputs[read.output];
  judge_run(asset, index, tick, std::nullopt);
}

/// For a while a missing input is no news: windows and histories fill, a sensor pauses. For long it
/// is a failure.
void ModelStage::miss_input(AssetState& asset, std::size_t index, std::size_t input, Time tick) {
  const LoadedModel& model = *running(asset.kind, index);
  const Duration every = config_.kinds[asset.kind].plan->options().every;
  const auto filling = static_cast<std::int64_t>(model.sequence.history()) - 1;
  ModelHealth& health = asset.models[index];
  if (!asset.is_past(tick)) metrics_.models[asset.kind][index].skipped_inputs->add();
  if (!health.missing_since) health.missing_since = tick;
  health.missing_input = input;
  if (tick - *health.missing_since >= inputs_missing_max + every * filling)
    judge_run(asset, index, tick, ModelFailure::inputs_missing);
}

/// Counts, and reports each change of state once.
void ModelStage::judge_run(AssetState& asset, std::size_t index, Time tick,
                           std::optional<ModelFailure> failure) {
  ModelHealth& health = asset.models[index];
  health.judged = true;
  health.failed = failure.has_value();
  if (failure) {
    if (!asset.is_past(tick))
      metrics_.models[asset.kind][index].failures[static_cast<std::size_t>(*failure)]->add();
    health.good_runs = 0;
  } else if (health.good_runs < recovery_runs) {
    ++health.good_runs;
  }
  const bool begins = failure && !health.reported;
  const bool ends = !failure && health.reported && health.good_runs == recovery_runs;
  if (!begins && !ends) return;
  health.reported = begins;
  if (asset.is_past(tick) || tick <= asset.past.changes[index]) return;
  sink_.model_change({.asset = asset.id,
                      .model = running(asset.kind, index)->info,
                      .time = tick,
                      .failed = health.reported,
                      .failure = failure.value_or(ModelFailure::error),
                      .latency = health.latency,
                      .budget = config_.kinds[asset.kind].models[index].budget,
                      .input = health.missing_input});
}

void ModelStage::emit(AssetState& asset, Time tick) {
  const std::vector<RuleConfig>& rules = config_.kinds[asset.kind].rules;
  for (std::size_t m = 0; m < asset.models.size(); ++m) {
    const ModelHealth& health = asset.models[m];
    if (!health.scored || tick <= asset.past.decisions[m]) continue;
    LoadedModel& model = *running(asset.kind, m);
    DecisionRow row;
    row.asset = asset.id;
    row.model = model.info;
    row.time = tick;
    row.latency = health.latency;
    for (std::size_t r = 0; r < asset.rules.size(); ++r) {
      const auto& read = rules[r].models;
      if (asset.rules[r].raised && std::find(read.begin(), read.end(), m) != read.end())
        row.alarmed = true;
    }
    sink_.decision(row, model.newest_inputs(), model.outputs,
                   model.contributions_of(asset.index_in_kind));
  }
}

}  // namespace wayside::node
