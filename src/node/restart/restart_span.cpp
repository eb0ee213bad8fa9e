#include "node/restart/restart_span.hpp"

#include <algorithm>

#include "features/reach.hpp"
#include "node/model_stage.hpp"

namespace wayside::node {

RestartSpan restart_span(const KindConfig& kind, std::size_t history) {
  RestartSpan span;
  for (const RuleConfig& rule : kind.rules) span.judging = std::max(span.judging, rule.hold_for);
  if (!kind.plan) return span;
  const Duration every = kind.plan->options().every;
  const Duration filling = every * static_cast<std::int64_t>(history - 1);
  if (!kind.models.empty()) {
    span.judging = std::max(span.judging, ModelStage::inputs_missing_max + filling);
    span.judging = std::max(span.judging, every * ModelStage::recovery_runs);
  }
  // One tick more on either side, for what lies between two.
  span.judging = span.judging + every;
  span.windows =
      features::reach_of(*kind.plan) + features::patience_of(*kind.plan) + filling + every * 2;
  return span;
}

std::vector<SignalId> remembered_signals(const KindConfig& kind) {
  std::vector<SignalId> signals;
  if (kind.plan) signals = features::lagged_signals(*kind.plan);
  for (const RuleConfig& rule : kind.rules)
    for (const std::size_t slot : rule.slots)
      if (slot < kind.signal_count) signals.push_back(SignalId{static_cast<std::uint32_t>(slot)});
  std::ranges::sort(signals, {}, &SignalId::value);
  signals.erase(std::unique(signals.begin(), signals.end()), signals.end());
  return signals;
}

}  // namespace wayside::node
