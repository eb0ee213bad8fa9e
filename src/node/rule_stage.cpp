#include "node/rule_stage.hpp"

#include <algorithm>
#include <cmath>

#include "node/model_stage.hpp"
#include "node/pipeline_metrics.hpp"

namespace wayside::node {
namespace {

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

/// Brings a rule to where an earlier run had it.
void apply_last(std::vector<PastAlert>& past, RuleState& state) {
  state = {.raised = past.back().raised, .waiting = false, .since = {}, .raised_at = {}};
  if (state.raised) state.raised_at = past.back().time;
  past.pop_back();
}

}  // namespace

void RuleStage::evaluate(AssetState& asset, std::size_t rule, Time time, bool again) {
  std::vector<PastAlert>& past = asset.past.alerts[rule];
  RuleState& state = asset.rules[rule];
  while (!past.empty() && past.back().time < time) apply_last(past, state);
  const RuleState before = state;
  const Verdict verdict = step(asset, rule, time);
  if (!past.empty() && past.back().time == time) return apply_last(past, state);
  if (verdict.transition == Transition::none) return;
  // An earlier run that saw the same came to nothing: a model was slow, say, or another one.
  if (again)
    state = before;
  else
    emit(asset, rule, time, verdict, before.raised_at);
}

RuleStage::Verdict RuleStage::step(AssetState& asset, std::size_t index, Time time) {
  const KindConfig& config = config_.kinds[asset.kind];
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
  if (hold && !alarm) return {};
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
  const Duration hold_for = alarm ? Duration{0} : rule.hold_for;
  return {step_rule(asset.rules[index], met, clear, time, hold_for), alarm};
}

void RuleStage::emit(AssetState& asset, std::size_t index, Time time, const Verdict& verdict,
                     Time raised_at) {
  const RuleConfig& rule = config_.kinds[asset.kind].rules[index];
  AlertRow row;
  row.asset = asset.id;
  row.rule = static_cast<std::uint32_t>(index);
  row.raised = verdict.transition == Transition::raised;
  row.by_failure = row.raised && verdict.by_failure;
  row.time = time;
  row.raised_at = row.raised ? time : raised_at;
  (row.raised ? metrics_.raised : metrics_.cleared)->add();
  for (std::size_t i = 0; i < rule.slots.size(); ++i) row.values[i] = asset.slots[rule.slots[i]];
  for (const std::size_t m : rule.models) {
    LoadedModel* model = models_.running(asset.kind, m);
    if (model == nullptr) continue;
    const auto shares = model->contributions_of(asset.index_in_kind);
    for (std::size_t i = 0; i < shares.size(); ++i)
      keep_top({model->info, static_cast<std::uint32_t>(i), shares[i]}, row);
  }
  sink_.alert(row);
}

}  // namespace wayside::node
