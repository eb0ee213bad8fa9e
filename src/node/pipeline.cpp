#include "node/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "node/pipeline_metrics.hpp"

namespace wayside::node {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Keeps the largest shares, largest first.
void keep_top(const Contribution& candidate, AlertRow& row) {
  if (!std::isfinite(candidate.share) || candidate.share == 0) return;
  std::size_t at = row.contributions;
  while (at > 0 && std::abs(row.top[at - 1].share) < std::abs(candidate.share)) --at;
  if (at == AlertRow::contributions_max) return;
  const std::size_t last =
      std::min<std::size_t>(row.contributions, AlertRow::contributions_max - 1);
  for (std::size_t i = last; i > at; --i) row.top[i] = row.top[i - 1];
  row.top[at] = candidate;
  if (row.contributions < AlertRow::contributions_max) ++row.contributions;
}

}  // namespace

Pipeline::Pipeline(const AgentConfig& config, RecordSink& sink, const Clock& clock,
                   Metrics& metrics)
    : config_(config),
      sink_(sink),
      clock_(clock),
      metrics_(std::make_unique<PipelineMetrics>(config, metrics)) {
  for (std::size_t k = 0; k < config.kinds.size(); ++k) {
    Kind& kind = kinds_.emplace_back();
    kind.config = &config.kinds[k];
    kind.slots = std::vector<ModelSlot>(kind.config->models.size());
    kind.signal_rules.resize(kind.config->signal_count);
    for (std::size_t r = 0; r < kind.config->rules.size(); ++r) {
      const RuleConfig& rule = kind.config->rules[r];
      if (!rule.on_sample) kind.tick_rules.push_back(r);
      for (const std::size_t slot : rule.when.slots())
        if (rule.on_sample && slot < kind.config->signal_count)
          kind.signal_rules[slot].push_back(r);
    }
  }
  for (std::size_t a = 0; a < config.table.assets.size(); ++a) {
    Asset& asset = assets_.emplace_back();
    asset.id = AssetId{static_cast<std::uint32_t>(a)};
    asset.kind = config.table.assets[a].kind;
    Kind& kind = kinds_[asset.kind];
    asset.index_in_kind = kind.assets++;
    if (kind.config->plan) asset.engine.emplace(kind.config->plan);
    asset.slots.assign(kind.config->slot_names.size(), nan);
    asset.newest.assign(kind.config->signal_count, Time::min());
    asset.models.resize(kind.config->models.size());
    asset.rules.resize(kind.config->rules.size());
  }
}

Pipeline::~Pipeline() = default;

void Pipeline::restore_alert(AssetId asset, std::size_t rule, Time raised_at) {
  RuleState& state = assets_[asset.index()].rules[rule];
  state.raised = true;
  state.raised_at = raised_at;
}

void Pipeline::push(const telemetry::Sample& sample) {
  WAYSIDE_ASSERT(sample.asset.index() < assets_.size(), "a sample of an unknown asset");
  Asset& asset = assets_[sample.asset.index()];
  WAYSIDE_ASSERT(sample.signal.index() < asset.newest.size(), "a sample of an unknown signal");
  telemetry::Sample judged = sample;
  if (asset.engine)
    judged.quality = asset.engine->push(sample.signal, sample.time, sample.value, sample.quality);
  metrics_->samples[static_cast<std::size_t>(judged.quality)]->add();
  sink_.sample(judged);
  take_value(asset, sample);
  if (asset.engine) run_ticks(asset);
}

/// Late for a tick is not late for an interlock: what counts is that the signal has nothing newer.
void Pipeline::take_value(Asset& asset, const telemetry::Sample& sample) {
  const std::size_t signal = sample.signal.index();
  if (sample.quality != telemetry::Quality::good || sample.time < asset.newest[signal]) return;
  asset.newest[signal] = sample.time;
  asset.slots[signal] = sample.value;
  for (const std::size_t rule : kinds_[asset.kind].signal_rules[signal])
    evaluate(asset, rule, sample.time);
}

void Pipeline::finish() {
  for (Asset& asset : assets_) {
    if (!asset.engine) continue;
    asset.engine->finish();
    run_ticks(asset);
  }
}

void Pipeline::run_ticks(Asset& asset) {
  const KindConfig& config = *kinds_[asset.kind].config;
  const auto row = std::span(asset.slots).subspan(config.signal_count, config.feature_count);
  while (const auto time = asset.engine->next_tick(row)) tick(asset, *time);
}

void Pipeline::tick(Asset& asset, Time time) {
  const Kind& kind = kinds_[asset.kind];
  metrics_->ticks->add();
  sink_.features(
      asset.id, time,
      std::span(asset.slots).subspan(kind.config->signal_count, kind.config->feature_count));
  for (std::size_t m = 0; m < asset.models.size(); ++m) run_model(asset, m, time);
  for (const std::size_t rule : kind.tick_rules) evaluate(asset, rule, time);
  for (std::size_t m = 0; m < asset.models.size(); ++m) emit_decision(asset, m, time);
}

void Pipeline::run_model(Asset& asset, std::size_t index, Time time) {
  Kind& kind = kinds_[asset.kind];
  const PipelineMetrics::Model& metrics = metrics_->models[asset.kind][index];
  ModelHealth& health = asset.models[index];
  health.scored = health.judged = health.failed = false;
  for (const OutputSlot& output : kind.config->models[index].outputs)
    asset.slots[output.slot] = nan;
  LoadedModel* model = kind.slots[index].current();
  if (model == nullptr) {
    // That a file is refused is reported once, by whoever tried to load it.
    if (!kind.slots[index].refused()) return metrics.skipped_absent->add();
    health.judged = health.failed = true;
    return metrics.failures[static_cast<std::size_t>(ModelFailure::refused)]->add();
  }
  const std::size_t inputs = model->inputs.size();
  std::size_t missing = inputs;
  for (std::size_t i = inputs; i-- > 0;) {
    model->inputs[i] = asset.slots[kind.config->feature_slot(model->input_features[i])];
    if (!std::isfinite(model->inputs[i])) missing = i;
  }
  if (missing < inputs) return miss_input(asset, index, missing, time);
  health.missing_since.reset();

  const Duration start = clock_.monotonic();
  const Status ran = model->runner->run(model->inputs, model->outputs,
                                        model->contributions_of(asset.index_in_kind));
  health.latency = clock_.monotonic() - start;
  metrics.runs->add();
  metrics.latency->observe(health.latency.seconds());
  if (!ran) return judge_run(asset, index, time, ModelFailure::error);
  health.scored = std::all_of(
      model->reads.begin(), model->reads.end(),
      [&](const LoadedModel::Read& read) { return std::isfinite(model->outputs[read.output]); });
  if (!health.scored) return judge_run(asset, index, time, ModelFailure::not_a_number);
  if (health.latency > kind.config->models[index].budget)
    return judge_run(asset, index, time, ModelFailure::over_budget);
  for (const LoadedModel::Read& read : model->reads)
    asset.slots[read.slot] = model->outputs[read.output];
  judge_run(asset, index, time, std::nullopt);
}

/// For a while a missing input is no news: windows fill, a sensor pauses. For long it is a failure.
void Pipeline::miss_input(Asset& asset, std::size_t index, std::size_t input, Time time) {
  ModelHealth& health = asset.models[index];
  metrics_->models[asset.kind][index].skipped_inputs->add();
  if (!health.missing_since) health.missing_since = time;
  health.missing_input = input;
  if (time - *health.missing_since >= inputs_missing_max)
    judge_run(asset, index, time, ModelFailure::inputs_missing);
}

/// Counts, and reports each change of state once.
void Pipeline::judge_run(Asset& asset, std::size_t index, Time time,
                         std::optional<ModelFailure> failure) {
  const Kind& kind = kinds_[asset.kind];
  ModelHealth& health = asset.models[index];
  health.judged = true;
  health.failed = failure.has_value();
  if (failure) {
    metrics_->models[asset.kind][index].failures[static_cast<std::size_t>(*failure)]->add();
    health.good_runs = 0;
  } else if (health.good_runs < recovery_runs) {
    ++health.good_runs;
  }
  const bool begins = failure && !health.reported;
  const bool ends = !failure && health.reported && health.good_runs == recovery_runs;
  if (!begins && !ends) return;
  health.reported = begins;
  sink_.model_change({.asset = asset.id,
                      .model = kind.slots[index].running()->info,
                      .time = time,
                      .failed = health.reported,
                      .failure = failure.value_or(ModelFailure::error),
                      .latency = health.latency,
                      .budget = kind.config->models[index].budget,
                      .input = health.missing_input});
}

void Pipeline::evaluate(Asset& asset, std::size_t index, Time time) {
  const KindConfig& config = *kinds_[asset.kind].config;
  const RuleConfig& rule = config.rules[index];
  bool hold = false;
  bool alarm = false;
  bool ignore = false;
  for (const std::size_t m : rule.models) {
    const ModelHealth& health = asset.models[m];
    // Neither a result nor a failure is no news: the rule can neither rise nor clear.
    if (!health.judged) hold = true;
    if (!health.failed) continue;
    const OnFailure policy = config.models[m].on_failure;
    hold = hold || policy == OnFailure::hold;
    alarm = alarm || policy == OnFailure::alarm;
    ignore = ignore || policy == OnFailure::ignore;
  }
  if (hold && !alarm) return;
  bool met = alarm;
  bool clear = false;
  if (!alarm) {
    met = !ignore && rule.when.holds(asset.slots);
    // A sensor that died is no reason to take an alert back.
    const bool known = std::all_of(rule.slots.begin(), rule.slots.end(), [&](std::size_t slot) {
      return std::isfinite(asset.slots[slot]);
    });
    clear = ignore || (known && (rule.clear ? rule.clear->holds(asset.slots) : !met));
  }
  RuleState& state = asset.rules[index];
  const Time raised_at = state.raised_at;
  switch (step_rule(state, met, clear, time, alarm ? Duration{0} : rule.hold_for)) {
    case Transition::none:
      return;
    case Transition::raised:
      metrics_->raised->add();
      return emit_alert(asset, index, time, true, alarm, time);
    case Transition::cleared:
      metrics_->cleared->add();
      return emit_alert(asset, index, time, false, false, raised_at);
  }
}

void Pipeline::emit_decision(Asset& asset, std::size_t index, Time time) {
  const Kind& kind = kinds_[asset.kind];
  const ModelHealth& health = asset.models[index];
  if (!health.scored) return;
  LoadedModel& model = *kind.slots[index].running();
  DecisionRow row;
  row.asset = asset.id;
  row.model = model.info;
  row.time = time;
  row.latency = health.latency;
  for (std::size_t r = 0; r < asset.rules.size(); ++r) {
    const auto& read = kind.config->rules[r].models;
    if (asset.rules[r].raised && std::find(read.begin(), read.end(), index) != read.end())
      row.alarmed = true;
  }
  sink_.decision(row, model.inputs, model.outputs, model.contributions_of(asset.index_in_kind));
}

void Pipeline::emit_alert(Asset& asset, std::size_t index, Time time, bool raised, bool by_failure,
                          Time raised_at) {
  const Kind& kind = kinds_[asset.kind];
  const RuleConfig& rule = kind.config->rules[index];
  AlertRow row;
  row.asset = asset.id;
  row.rule = static_cast<std::uint32_t>(index);
  row.raised = raised;
  row.by_failure = by_failure;
  row.time = time;
  row.raised_at = raised_at;
  for (std::size_t i = 0; i < rule.slots.size(); ++i) row.values[i] = asset.slots[rule.slots[i]];
  for (const std::size_t m : rule.models) {
    LoadedModel* model = kind.slots[m].running();
    if (model == nullptr) continue;
    const auto shares = model->contributions_of(asset.index_in_kind);
    for (std::size_t i = 0; i < shares.size(); ++i)
      keep_top({model->info, static_cast<std::uint32_t>(i), shares[i]}, row);
  }
  sink_.alert(row);
}

}  // namespace wayside::node
