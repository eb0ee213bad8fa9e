#include "node/restart/horizon.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace wayside::node {
namespace {

/// Marks a span: as much more than needed is kept as lies between two.
constexpr std::int64_t marks_per_span = 16;

}  // namespace

Horizon::Horizon(const AgentConfig& config, const Clock& clock) : config_(config), clock_(clock) {
  for (std::size_t k = 0; k < config.kinds.size(); ++k) {
    Kind& kind = kinds_.emplace_back();
    kind.span = restart_span(config.kinds[k], 1);
    for (const SignalId signal : remembered_signals(config.kinds[k]))
      kind.remembered.emplace(config.table.kinds[k][signal].name, kind.remembered.size());
  }
  assets_.resize(config.table.assets.size());
  for (std::size_t a = 0; a < assets_.size(); ++a) {
    index_.emplace(config.table.assets[a].name, a);
    assets_[a].values.resize(kind_of(a).remembered.size());
  }
}

void Horizon::set_history(std::size_t kind, std::size_t ticks) {
  const std::lock_guard lock(mutex_);
  kinds_[kind].span = restart_span(config_.kinds[kind], ticks);
}

RestartSpan Horizon::span_of(std::size_t kind) const {
  const std::lock_guard lock(mutex_);
  return kinds_[kind].span;
}

void Horizon::begin(const spool::Retention& before,
                    const std::vector<RememberedValue>& remembered) {
  const std::lock_guard lock(mutex_);
  for (const RememberedValue& value : remembered) {
    const auto asset = index_.find(value.asset);
    if (asset == index_.end()) continue;
    const auto& places = kind_of(asset->second).remembered;
    if (const auto place = places.find(value.signal); place != places.end())
      assets_[asset->second].values[place->second] = {value.time, value.value, value.version};
  }
  const Duration now = clock_.monotonic();
  for (Asset& asset : assets_) {
    asset.heard = now;
    asset.marks.push_back({Time::min(), before.from, asset.values});
  }
  next_ = told_ = before.from;
}

void Horizon::note(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
  const std::lock_guard lock(mutex_);
  std::uint64_t& next = next_[static_cast<std::size_t>(tier)];
  // After the spool was begun anew numbers start again.
  next = ready_ ? seq + 1 : std::max(next, seq + 1);
  const auto* block = std::get_if<telemetry::SampleBlock>(&record);
  if (block == nullptr || block->times.empty()) return;
  const auto found = index_.find(block->asset);
  if (found == index_.end()) return;
  Asset& asset = assets_[found->second];
  asset.newest = std::max(asset.newest, std::ranges::max(block->times));
  asset.heard = clock_.monotonic();
  if (!std::exchange(asset.touched, true)) touched_.push_back(found->second);
  if (!asset.values.empty()) take_values(found->second, *block);
}

void Horizon::take_values(std::size_t index, const telemetry::SampleBlock& block) {
  const auto& places = kind_of(index).remembered;
  const auto place = places.find(block.signal);
  if (place == places.end()) return;
  Value& value = assets_[index].values[place->second];
  for (std::size_t i = 0; i < block.times.size(); ++i)
    if (block.qualities[i] == telemetry::Quality::good && block.times[i] >= value.time)
      value = {block.times[i], block.values[i], block.version};
}

void Horizon::ready() {
  const std::lock_guard lock(mutex_);
  ready_ = true;
}

void Horizon::advance_asset(std::size_t index) {
  Asset& asset = assets_[index];
  asset.touched = false;
  const Duration span = kind_of(index).span.total();
  const Time last = asset.marks.back().time;
  if (last == Time::min() || asset.newest - last >= Duration{span.ns / marks_per_span})
    asset.marks.push_back({asset.newest, next_, asset.values});
  while (asset.marks.size() > 1 && asset.marks[1].time <= asset.newest - span)
    asset.marks.pop_front();
}

Horizon::Position Horizon::first_needed(Duration now) {
  Position first = next_;
  for (std::size_t a = 0; a < assets_.size(); ++a) {
    Asset& asset = assets_[a];
    const Duration span = kind_of(a).span.total();
    const bool heard =
        asset.newest != Time::min() && now - asset.heard <= std::max(span, silent_after);
    if (!heard || span.ns == 0) {
      // Whatever comes of it comes from here on.
      asset.marks.resize(1);
      asset.marks.front() = {asset.newest, next_, asset.values};
      continue;
    }
    const Position& needed = asset.marks.front().position;
    for (std::size_t t = 0; t < first.size(); ++t) first[t] = std::min(first[t], needed[t]);
  }
  return first;
}

std::vector<RememberedValue> Horizon::remembered() {
  std::vector<RememberedValue> out;
  for (std::size_t a = 0; a < assets_.size(); ++a)
    for (const auto& [signal, place] : kind_of(a).remembered) {
      const Value& value = assets_[a].marks.front().values[place];
      if (value.time != Time::min() && out.size() < remembered_max)
        out.push_back(
            {config_.table.assets[a].name, signal, value.version, value.time, value.value});
    }
  return out;
}

std::optional<spool::Retention> Horizon::advance() {
  const std::lock_guard lock(mutex_);
  if (!ready_) return std::nullopt;
  for (const std::size_t index : std::exchange(touched_, {})) advance_asset(index);
  const Position first = first_needed(clock_.monotonic());
  if (first == told_) return std::nullopt;
  told_ = first;
  return spool::Retention{first, encode_remembered(remembered())};
}

}  // namespace wayside::node
