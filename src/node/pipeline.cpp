#include "node/pipeline.hpp"

#include <limits>
#include <span>

#include "base/assert.hpp"
#include "node/pipeline_metrics.hpp"

namespace wayside::node {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

KindTraits traits_of(const KindConfig& config) {
  KindTraits traits;
  traits.config = &config;
  traits.signal_rules.resize(config.signal_count);
  for (std::size_t r = 0; r < config.rules.size(); ++r) {
    const RuleConfig& rule = config.rules[r];
    if (!rule.on_sample) traits.tick_rules.push_back(r);
    for (const std::size_t slot : rule.when.slots())
      if (rule.on_sample && slot < config.signal_count) traits.signal_rules[slot].push_back(r);
  }
  return traits;
}

}  // namespace

Pipeline::Pipeline(const AgentConfig& config, RecordSink& sink, const Clock& clock,
                   Metrics& metrics)
    : config_(config),
      sink_(sink),
      metrics_(std::make_unique<PipelineMetrics>(config, metrics)),
      models_(config, sink, clock, *metrics_),
      rules_(config, sink, models_, *metrics_) {
  for (const KindConfig& kind : config.kinds) kinds_.push_back(traits_of(kind));
  for (std::size_t a = 0; a < config.table.assets.size(); ++a) {
    AssetState& asset = assets_.emplace_back();
    asset.id = AssetId{static_cast<std::uint32_t>(a)};
    asset.kind = config.table.assets[a].kind;
    const KindConfig& kind = config.kinds[asset.kind];
    asset.index_in_kind = kinds_[asset.kind].assets++;
    if (kind.plan) asset.engine.emplace(kind.plan);
    asset.slots.assign(kind.slot_names.size(), nan);
    asset.newest.assign(kind.signal_count, Time::min());
    asset.models.resize(kind.models.size());
    asset.rules.resize(kind.rules.size());
    asset.past.decisions.assign(kind.models.size(), Time::min());
    asset.past.changes.assign(kind.models.size(), Time::min());
    asset.past.alerts.resize(kind.rules.size());
  }
}

Pipeline::~Pipeline() = default;

void Pipeline::restore_alert(AssetId asset, std::size_t rule, Time raised_at) {
  RuleState& state = assets_[asset.index()].rules[rule];
  state.raised = true;
  state.raised_at = raised_at;
}

void Pipeline::begin_after(AssetId id, PastOutput past, Duration judging) {
  AssetState& asset = assets_[id.index()];
  WAYSIDE_ASSERT(
      past.decisions.size() == asset.models.size() && past.alerts.size() == asset.rules.size(),
      "one entry for each model and rule");
  asset.past = std::move(past);
  if (asset.past.features) asset.judged_from = *asset.past.features - judging;
}

AssetState& Pipeline::asset_of(const telemetry::Sample& sample) {
  WAYSIDE_ASSERT(sample.asset.index() < assets_.size(), "a sample of an unknown asset");
  AssetState& asset = assets_[sample.asset.index()];
  WAYSIDE_ASSERT(sample.signal.index() < asset.newest.size(), "a sample of an unknown signal");
  return asset;
}

void Pipeline::push(const telemetry::Sample& sample) {
  AssetState& asset = asset_of(sample);
  telemetry::Sample judged = sample;
  if (asset.engine)
    judged.quality = asset.engine->push(sample.signal, sample.time, sample.value, sample.quality);
  metrics_->samples[static_cast<std::size_t>(judged.quality)]->add();
  sink_.sample(judged);
  // Late for a tick is not late for an interlock: what counts is that the signal has nothing newer.
  if (sample.quality == telemetry::Quality::good &&
      sample.time >= asset.newest[sample.signal.index()])
    take_value(asset, sample, false);
  if (asset.engine) run_ticks(asset);
}

void Pipeline::replay(const Stored& stored) {
  const telemetry::Sample& sample = stored.sample;
  AssetState& asset = asset_of(sample);
  if (asset.engine)
    static_cast<void>(asset.engine->push(sample.signal, sample.time, sample.value, sample.quality,
                                         stored.version));
  const bool current = config_.table.kind_of(asset.id)[sample.signal].version == stored.version;
  if (stored.newest && current) take_value(asset, sample, true);
  if (asset.engine) run_ticks(asset);
}

void Pipeline::resume(AssetId id) {
  AssetState& asset = assets_[id.index()];
  if (!asset.engine || !asset.past.features) return;
  asset.engine->resume(*asset.past.features);
  run_ticks(asset);
}

/// A good sample, the newest of its signal.
void Pipeline::take_value(AssetState& asset, const telemetry::Sample& sample, bool again) {
  const std::size_t signal = sample.signal.index();
  asset.newest[signal] = sample.time;
  asset.slots[signal] = sample.value;
  if (sample.time <= asset.judged_from) return;
  for (const std::size_t rule : kinds_[asset.kind].signal_rules[signal])
    rules_.evaluate(asset, rule, sample.time, again);
}

void Pipeline::finish() {
  for (AssetState& asset : assets_) {
    if (!asset.engine) continue;
    asset.engine->finish();
    run_ticks(asset);
  }
}

void Pipeline::run_ticks(AssetState& asset) {
  const KindConfig& config = *kinds_[asset.kind].config;
  const auto row = std::span(asset.slots).subspan(config.signal_count, config.feature_count);
  while (const auto time = asset.engine->next_tick(row)) tick(asset, *time);
}

void Pipeline::tick(AssetState& asset, Time time) {
  const KindTraits& kind = kinds_[asset.kind];
  const bool past = asset.is_past(time);
  if (!past) {
    metrics_->ticks->add();
    sink_.features(
        asset.id, time,
        std::span(asset.slots).subspan(kind.config->signal_count, kind.config->feature_count));
  }
  const bool judge = time > asset.judged_from;
  models_.run(asset, time, judge);
  if (!judge) return;
  // The alerts of the last tick given out may have been on their way behind its features.
  const bool again = past && time < *asset.past.features;
  for (const std::size_t rule : kind.tick_rules) rules_.evaluate(asset, rule, time, again);
  models_.emit(asset, time);
}

}  // namespace wayside::node
