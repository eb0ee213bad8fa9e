#include "node/recent_history.hpp"

#include <algorithm>

#include "node/open_alerts.hpp"

namespace wayside::node {
namespace {

constexpr Duration bucket = seconds(1);

std::size_t count_series(const AgentConfig& config) {
  std::size_t n = 0;
  for (const AssetTable::Asset& asset : config.table.assets) {
    const KindConfig& kind = config.kinds[asset.kind];
    n += kind.signal_count + kind.feature_count + kind.models.size();
  }
  return n;
}

template <class T>
void push_bounded(std::deque<T>& out, T value, std::size_t max) {
  out.push_back(std::move(value));
  if (out.size() > max) out.pop_front();
}

}  // namespace

RecentHistory::RecentHistory(const AgentConfig& config) : config_(config) {
  const std::size_t share = series_bytes_max / RecentSeries::bucket_bytes /
                            std::max<std::size_t>(count_series(config), 1);
  const RecentSeries empty(std::clamp(share, buckets_min, buckets_max), bucket);
  for (std::size_t a = 0; a < config.table.assets.size(); ++a) {
    Asset& asset = assets_.emplace_back();
    asset_index_.emplace(config.table.assets[a].name, a);
    for (const SeriesName& name : series_names(AssetId{static_cast<std::uint32_t>(a)}))
      asset.series.emplace(name.name, empty);
  }
}

std::vector<RecentHistory::SeriesName> RecentHistory::series_names(AssetId asset) const {
  std::vector<SeriesName> names;
  const KindConfig& kind = config_.kind_of(asset);
  for (const telemetry::Signal& signal : config_.table.kind_of(asset).signals)
    names.push_back({signal.name, SeriesKind::signal, signal.unit});
  for (std::size_t f = 0; f < kind.feature_count; ++f)
    names.push_back({kind.plan->names()[f], SeriesKind::feature, kind.plan->units()[f]});
  for (const ModelConfig& model : kind.models)
    names.push_back({model.name + ".score", SeriesKind::score, "1"});
  return names;
}

RecentHistory::Asset* RecentHistory::find(std::string_view asset) {
  const auto found = asset_index_.find(asset);
  return found != asset_index_.end() ? &assets_[found->second] : nullptr;
}

void RecentHistory::add(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
  const std::lock_guard lock(mutex_);
  if (const auto* samples = std::get_if<telemetry::SampleBlock>(&record)) add_samples(*samples);
  if (const auto* features = std::get_if<telemetry::FeatureBlock>(&record)) add_features(*features);
  if (const auto* decision = std::get_if<telemetry::Decision>(&record)) add_decision(*decision);
  if (const auto* event = std::get_if<telemetry::Event>(&record)) add_event(tier, seq, *event);
}

void RecentHistory::add_samples(const telemetry::SampleBlock& block) {
  rows_[0] += block.times.size();
  Asset* asset = find(block.asset);
  if (asset == nullptr || block.times.empty()) return;
  const Time newest = *std::max_element(block.times.begin(), block.times.end());
  asset->newest = std::max(asset->newest.value_or(newest), newest);
  const auto series = asset->series.find(block.signal);
  if (series == asset->series.end()) return;
  for (std::size_t i = 0; i < block.times.size(); ++i)
    if (block.qualities[i] == telemetry::Quality::good)
      series->second.add(block.times[i], block.values[i]);
}

void RecentHistory::add_features(const telemetry::FeatureBlock& block) {
  rows_[1] += block.values.size();
  Asset* asset = find(block.asset);
  if (asset == nullptr) return;
  for (std::size_t n = 0; n < block.names.size(); ++n) {
    const auto series = asset->series.find(block.names[n]);
    if (series == asset->series.end()) continue;
    for (std::size_t t = 0; t < block.times.size(); ++t)
      series->second.add(block.times[t], block.values[t * block.names.size() + n]);
  }
}

void RecentHistory::add_decision(const telemetry::Decision& decision) {
  ++rows_[2];
  push_bounded(decisions_, decision, decisions_max);
  Asset* asset = find(decision.asset);
  if (asset == nullptr) return;
  const auto series = asset->series.find(decision.model + ".score");
  if (series != asset->series.end()) series->second.add(decision.time, decision.score);
}

void RecentHistory::restore(const OpenAlert& alert) {
  const std::lock_guard lock(mutex_);
  keep_event(alert.tier, alert.seq, alert.event);
}

void RecentHistory::add_event(telemetry::Tier tier, std::uint64_t seq,
                              const telemetry::Event& event) {
  ++rows_[3];
  keep_event(tier, seq, event);
}

void RecentHistory::keep_event(telemetry::Tier tier, std::uint64_t seq,
                               const telemetry::Event& event) {
  StoredEvent stored{tier, seq, event, std::nullopt, false};
  track_alert(stored, find(event.asset));
  push_bounded(events_, std::move(stored), events_max);
}

void RecentHistory::track_alert(StoredEvent& stored, Asset* asset) {
  const telemetry::Event& event = stored.event;
  const bool raised = event.kind == "alert_raised";
  if (asset == nullptr || (!raised && event.kind != "alert_cleared")) return;
  const std::string rule = rule_of(event);
  if (raised) {
    stored.open = true;
    asset->open[rule] = event.severity;
    return;
  }
  asset->open.erase(rule);
  for (StoredEvent& other : events_) {
    if (!other.open || other.event.asset != event.asset || rule_of(other.event) != rule) continue;
    other.open = false;
    other.cleared = event.time;
  }
}

std::vector<Point> RecentHistory::series(AssetId asset, std::string_view name, Time from,
                                         Time to) const {
  const std::lock_guard lock(mutex_);
  std::vector<Point> points;
  const auto& series = assets_[asset.index()].series;
  if (const auto found = series.find(name); found != series.end())
    found->second.collect(from, to, points);
  return points;
}

RecentHistory::AssetState RecentHistory::asset_state(AssetId asset) const {
  const std::lock_guard lock(mutex_);
  const Asset& from = assets_[asset.index()];
  AssetState state{from.newest, from.open.size(), telemetry::Severity::info};
  for (const auto& [rule, severity] : from.open) state.worst = std::max(state.worst, severity);
  return state;
}

std::vector<telemetry::Decision> RecentHistory::decisions(const std::string& asset,
                                                          const std::string& model, Time from,
                                                          Time to, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<telemetry::Decision> out;
  for (auto it = decisions_.rbegin(); it != decisions_.rend() && out.size() < limit; ++it)
    if ((asset.empty() || it->asset == asset) && (model.empty() || it->model == model) &&
        it->time >= from && it->time <= to)
      out.push_back(*it);
  return out;
}

std::vector<RecentHistory::StoredEvent> RecentHistory::events(const std::string& asset,
                                                              const std::string& kind,
                                                              bool open_only, Time from, Time to,
                                                              std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredEvent> out;
  for (auto it = events_.rbegin(); it != events_.rend() && out.size() < limit; ++it)
    if ((asset.empty() || it->event.asset == asset) && (kind.empty() || it->event.kind == kind) &&
        (!open_only || it->open) && it->event.time >= from && it->event.time <= to)
      out.push_back(*it);
  return out;
}

std::array<std::uint64_t, 4> RecentHistory::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

}  // namespace wayside::node
