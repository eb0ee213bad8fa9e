#include "hub/fleet.hpp"

#include <algorithm>
#include <utility>

namespace wayside::hub {
namespace {

void later(std::optional<Time>& time, Time candidate) {
  if (!time || candidate > *time) time = candidate;
}

template <class Key>
void later(std::map<Key, Time>& times, const Key& key, Time candidate) {
  const auto [entry, added] = times.try_emplace(key, candidate);
  entry->second = std::max(entry->second, candidate);
}

}  // namespace

Status Fleet::load(TelemetryStore& store, Catalog& catalog) {
  auto nodes = catalog.nodes();
  if (!nodes) return tl::make_unexpected(nodes.error());
  auto streams = store.streams();
  if (!streams) return tl::make_unexpected(streams.error());
  const auto newest = store.newest_samples();
  if (!newest) return tl::make_unexpected(newest.error());
  const auto rows = store.row_counts();
  if (!rows) return tl::make_unexpected(rows.error());
  EventFilter uncleared;
  uncleared.uncleared = true;
  uncleared.limit = alerts_max;
  const auto alerts = store.events(uncleared);
  if (!alerts) return tl::make_unexpected(alerts.error());
  std::set<std::string> ids;
  for (const EventRow& row : *alerts) ids.insert(row.id);
  const auto acks = catalog.acknowledgements(ids);
  if (!acks) return tl::make_unexpected(acks.error());

  const std::scoped_lock lock(mutex_);
  for (CatalogNode& node : *nodes) nodes_[node.state.node] = std::move(node);
  streams_ = std::move(*streams);
  for (const auto& [key, totals] : streams_) later(last_seen_, key.node, totals.updated);
  for (const NewestTime& n : *newest) newest_[{n.node, n.asset}] = n.time;
  rows_ = *rows;
  alerts_.clear();
  by_rule_.clear();
  by_time_.clear();
  for (const EventRow& row : *alerts) add_alert(row, acks->contains(row.id));
  return {};
}

CatalogNode Fleet::take_state(link::NodeState state, Time received) {
  const std::scoped_lock lock(mutex_);
  const std::string name = state.node;
  const auto found = nodes_.find(name);
  CatalogNode node{std::move(state), received};
  if (found != nodes_.end()) {
    const link::NodeState& before = found->second.state;
    if (node.state.kinds.empty() && node.state.assets.empty()) {
      node.state.kinds = before.kinds;
      node.state.assets = before.assets;
      if (node.state.site.empty()) node.state.site = before.site;
      if (node.state.version.empty()) node.state.version = before.version;
    }
    if (before.online == node.state.online) node.since = found->second.since;
  }
  // Being told by a will or by the broker's memory is no sign of life.
  if (node.state.online) later(last_seen_, name, node.state.time);
  return nodes_[name] = std::move(node);
}

void Fleet::add_alert(const EventRow& row, bool acknowledged) {
  erase_alert(row.id);
  if (alerts_.size() >= alerts_max) erase_alert(std::string(by_time_.begin()->second));
  alerts_[row.id] = {row, acknowledged};
  by_rule_[{row.node, row.event.asset, row.rule}].insert(row.id);
  by_time_.emplace(row.event.time, row.id);
}

void Fleet::erase_alert(const std::string& id) {
  const auto found = alerts_.find(id);
  if (found == alerts_.end()) return;
  const EventRow& row = found->second.row;
  const auto rule = by_rule_.find({row.node, row.event.asset, row.rule});
  rule->second.erase(id);
  if (rule->second.empty()) by_rule_.erase(rule);
  by_time_.erase({row.event.time, id});
  alerts_.erase(found);
}

/// Removes the alerts that `row` ends and adds them to `ended`, as they are now.
void Fleet::end_alerts(const EventRow& row, std::vector<EventRow>& ended) {
  const auto rule = by_rule_.find({row.node, row.event.asset, row.rule});
  if (rule == by_rule_.end()) return;
  const std::set<std::string> ids = rule->second;
  for (const std::string& id : ids) {
    const EventRow& raised = alerts_.at(id).row;
    if (!ends_alert(raised, row)) continue;
    ended.push_back(raised);
    ended.back().cleared = row.event.time;
    erase_alert(id);
  }
}

std::vector<EventRow> Fleet::take(const Committed& committed) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, totals] : committed.streams) {
    streams_[key] = totals;
    later(last_seen_, key.node, totals.updated);
  }
  for (const NewestTime& n : committed.newest) later(newest_, {n.node, n.asset}, n.time);
  rows_.samples += committed.rows.samples;
  rows_.features += committed.rows.features;
  rows_.decisions += committed.rows.decisions;
  rows_.events += committed.rows.events;
  rows_.health += committed.rows.health;
  std::vector<EventRow> ended;
  for (const EventRow& row : committed.events) {
    if (row.event.kind != "alert_raised" && row.event.kind != "alert_cleared") continue;
    end_alerts(row, ended);
    if (row.event.kind == "alert_raised" && !row.cleared) add_alert(row, false);
  }
  return ended;
}

void Fleet::acknowledged(const std::string& event_id) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = alerts_.find(event_id); found != alerts_.end())
    found->second.acknowledged = true;
}

void Fleet::replaced(const Replaced& features) {
  const std::scoped_lock lock(mutex_);
  rows_.features += features.written;
  rows_.features -= std::min(rows_.features, features.removed);
}

NodeView Fleet::view(const std::string& name) const {
  NodeView view;
  std::set<std::string> assets;
  if (const auto found = nodes_.find(name); found != nodes_.end()) {
    const link::NodeState& state = found->second.state;
    view.state.site = state.site;
    view.state.online = state.online;
    view.state.version = state.version;
    view.state.epoch = state.epoch;
    view.state.time = state.time;
    for (const auto& asset : state.assets) assets.insert(asset.name);
    view.since = found->second.since;
  }
  view.state.node = name;
  if (const auto seen = last_seen_.find(name); seen != last_seen_.end())
    view.last_seen = seen->second;
  for (auto n = newest_.lower_bound({name, ""}); n != newest_.end() && n->first.first == name;
       ++n) {
    later(view.data_time, n->second);
    assets.insert(n->first.second);
  }
  // Streams of the node's present epoch, or of the one heard of last where it did not say.
  std::optional<std::pair<Time, std::uint64_t>> newest_epoch;
  for (auto s = streams_.lower_bound({name, 0, telemetry::Tier::critical});
       s != streams_.end() && s->first.node == name; ++s)
    newest_epoch =
        std::max(newest_epoch, std::optional(std::pair(s->second.updated, s->first.epoch)));
  if (view.state.epoch == 0 && newest_epoch) view.state.epoch = newest_epoch->second;
  for (const telemetry::Tier tier : telemetry::all_tiers)
    if (const auto s = streams_.find({name, view.state.epoch, tier}); s != streams_.end())
      view.backlog[static_cast<std::size_t>(tier)] = s->second.queued();
  for (auto r = by_rule_.lower_bound({name, "", ""});
       r != by_rule_.end() && std::get<0>(r->first) == name; ++r) {
    if (!std::get<1>(r->first).empty()) assets.insert(std::get<1>(r->first));
    for (const std::string& id : r->second)
      if (!alerts_.at(id).acknowledged) ++view.open_alerts;
  }
  view.assets.assign(assets.begin(), assets.end());
  return view;
}

std::vector<NodeView> Fleet::nodes() const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> names;
  for (const auto& [name, node] : nodes_) names.insert(name);
  for (const auto& [name, time] : last_seen_) names.insert(name);
  std::vector<NodeView> result;
  result.reserve(names.size());
  for (const std::string& name : names) result.push_back(view(name));
  return result;
}

std::optional<NodeView> Fleet::node(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  if (!nodes_.contains(name) && !last_seen_.contains(name)) return std::nullopt;
  return view(name);
}

std::vector<AssetView> Fleet::assets() const {
  const std::scoped_lock lock(mutex_);
  std::map<Place, AssetView> views;
  for (const auto& [name, node] : nodes_) {
    for (const link::NodeState::Asset& asset : node.state.assets) {
      AssetView& view = views[{name, asset.name}];
      for (const link::NodeState::Kind& kind : node.state.kinds)
        if (kind.name == asset.kind) view.kind = kind;
      view.tags = asset.tags;
    }
  }
  for (const auto& [place, time] : newest_) later(views[place].data_time, time);
  for (const auto& [id, alert] : alerts_) {
    if (alert.row.event.asset.empty()) continue;
    AssetView& view = views[{alert.row.node, alert.row.event.asset}];
    if (!alert.acknowledged) ++view.open_alerts;
    view.worst = std::max(view.worst, std::optional(alert.row.event.severity));
  }
  std::vector<AssetView> result;
  for (auto& [place, view] : views) {
    view.node = place.first;
    view.asset = place.second;
    if (const auto node = nodes_.find(place.first); node != nodes_.end())
      view.site = node->second.state.site;
    result.push_back(std::move(view));
  }
  return result;
}

std::vector<AssetRow> Fleet::asset_rows(const std::string& node) const {
  const std::scoped_lock lock(mutex_);
  std::vector<AssetRow> rows;
  for (const auto& [name, known] : nodes_)
    if (node.empty() || name == node)
      for (const link::NodeState::Asset& asset : known.state.assets)
        rows.push_back({name, asset.name, known.state.site, asset.kind, asset.tags});
  return rows;
}

RowCounts Fleet::rows() const {
  const std::scoped_lock lock(mutex_);
  return rows_;
}

std::map<StreamKey, StreamTotals> Fleet::streams() const {
  const std::scoped_lock lock(mutex_);
  return streams_;
}

std::optional<Time> Fleet::data_time(const std::string& asset) const {
  const std::scoped_lock lock(mutex_);
  std::optional<Time> time;
  for (const auto& [place, newest] : newest_)
    if (place.second == asset) later(time, newest);
  return time;
}

std::size_t Fleet::open_alerts() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      alerts_.begin(), alerts_.end(), [](const auto& a) { return !a.second.acknowledged; }));
}

}  // namespace wayside::hub
