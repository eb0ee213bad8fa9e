#include "train/replay.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::train {

std::optional<std::size_t> ReplaySchema::find_kind(std::string_view name) const {
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (kinds[i].kind.name == name) return i;
  return std::nullopt;
}

Replay::Replay(const ReplaySchema& schema, Take take)
    : schema_(schema), take_(std::move(take)), engines_(schema.assets.size()) {
  std::size_t widest = 0;
  for (const ReplaySchema::Kind& kind : schema.kinds)
    if (kind.plan) widest = std::max(widest, kind.plan->names().size());
  row_.resize(widest);
}

Status Replay::push(std::size_t asset, SignalId signal, Time time, double value,
                    telemetry::Quality quality, std::uint32_t version) {
  auto& engine = engines_[asset];
  if (!engine) {
    WAYSIDE_ASSERT(schema_.kind_of(asset).plan != nullptr, "a sample of a kind without features");
    engine.emplace(schema_.kind_of(asset).plan);
  }
  ++samples_;
  if (version == 0)
    engine->push(signal, time, value, quality);
  else
    engine->push(signal, time, value, quality, version);
  return take_ticks(asset);
}

Status Replay::take_ticks(std::size_t asset) {
  features::AssetEngine& engine = *engines_[asset];
  const auto row = std::span(row_).first(engine.plan().names().size());
  while (const auto tick = engine.next_tick(row)) {
    ++ticks_;
    if (const Status taken = take_(asset, *tick, row); !taken) return taken;
  }
  return {};
}

Status Replay::finish() {
  for (std::size_t asset = 0; asset < engines_.size(); ++asset) {
    if (!engines_[asset]) continue;
    engines_[asset]->finish();
    if (const Status taken = take_ticks(asset); !taken) return taken;
  }
  return {};
}

Replay::Counters Replay::counters() const {
  Counters sum{samples_, ticks_, {}};
  for (const auto& engine : engines_) {
    if (!engine) continue;
    const features::AssetEngine::Counters one = engine->counters();
    sum.engine.late += one.late;
    sum.engine.left_out += one.left_out;
    sum.engine.unordered += one.unordered;
    sum.engine.skipped_ticks += one.skipped_ticks;
    sum.engine.version_changes += one.version_changes;
    sum.engine.coarsened += one.coarsened;
    sum.engine.crowded_out += one.crowded_out;
    sum.engine.lost_pairs += one.lost_pairs;
  }
  return sum;
}

}  // namespace wayside::train
