#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "base/rng.hpp"
#include "hub/questions/questions.hpp"

/// For tests: a small fleet's rows as plain lists, and the questions answered from them plainly.
namespace wayside::hub::questions {

struct SmallFleet {
  static constexpr Time start{1'767'225'600'000'000'000};
  static constexpr std::int64_t seconds_long = 7'200;

  struct Sample {
    std::string node, asset, signal;
    Time time;
    double value;
    telemetry::Quality quality;
  };
  std::vector<AssetRow> assets;
  std::vector<Sample> samples;
  std::vector<EventRow> events;
  std::vector<FromNode<telemetry::Decision>> decisions;

  explicit SmallFleet(std::uint64_t seed) : rng_(seed) {
    assets = {{"n1", "a0", "north", "pump", {{"line", "x"}}},
              {"n1", "a1", "north", "pump", {{"line", "y'\\"}}},
              {"n2", "a2", "south", "fan", {}},
              {"n2", "a3", "south", "fan", {{"line", "x"}}},
              {"n2", "a1", "south", "pump", {}}};
    // a4 has data and was never described; a1 is seen by two nodes.
    for (const auto& [node, asset] : std::vector<std::pair<std::string, std::string>>{
             {"n1", "a0"}, {"n1", "a1"}, {"n2", "a1"}, {"n2", "a2"}, {"n2", "a3"}, {"n1", "a4"}})
      add_asset(node, asset);
  }

  [[nodiscard]] Batch batch() const {
    Batch batch;
    batch.assets = assets;
    for (const Sample& sample : samples) {
      telemetry::SampleBlock block;
      block.asset = sample.asset;
      block.signal = sample.signal;
      block.times = {sample.time};
      block.values = {sample.value};
      block.qualities = {sample.quality};
      batch.samples.push_back({sample.node, std::move(block)});
    }
    batch.events = events;
    batch.decisions = decisions;
    return batch;
  }
  [[nodiscard]] const AssetRow* find(const std::string& node, const std::string& asset) const {
    for (const AssetRow& row : assets)
      if (row.node == node && row.asset == asset) return &row;
    return nullptr;
  }
  [[nodiscard]] bool within(const Scope& scope, const std::string& node,
                            const std::string& asset) const {
    const AssetRow* row = find(node, asset);
    if (!scope.asset.empty() && scope.asset != asset) return false;
    if (!scope.kind.empty() && (row == nullptr || row->kind != scope.kind)) return false;
    if (!scope.site.empty() && (row == nullptr || row->site != scope.site)) return false;
    return scope.tag.empty() || (row != nullptr && row->tags.contains(scope.tag) &&
                                 row->tags.at(scope.tag) == scope.tag_value);
  }

 private:
  /// A moment that nothing else of the same asset has.
  Time moment(const std::string& asset) {
    for (;;) {
      const auto second = static_cast<std::int64_t>(rng_.below(seconds_long));
      if (used_[asset].insert(second).second) return start + seconds(second);
    }
  }
  double value() { return std::round(rng_.normal(0, 10)) / 4 + 0.0; }  // no -0, which JSON loses

  void add_asset(const std::string& node, const std::string& asset) {
    for (const char* signal : {"s0", "s1", "s2"}) {
      const std::size_t count = rng_.below(60);
      for (std::size_t i = 0; i < count; ++i) {
        auto quality = rng_.below(8) == 0 ? telemetry::Quality::late : telemetry::Quality::good;
        double v = value();
        if (rng_.below(20) == 0) {
          quality = telemetry::Quality::not_finite;
          v = std::numeric_limits<double>::quiet_NaN();
        }
        samples.push_back({node, asset, signal, moment(asset), v, quality});
      }
    }
    for (std::size_t i = 0; i < 6; ++i) {
      EventRow row;
      row.id = node + asset + std::to_string(i);
      row.node = node;
      row.event = {asset,
                   rng_.below(2) == 0 ? "alert_raised" : "stalled",
                   moment(asset),
                   telemetry::Severity::warning,
                   "it's \"" + std::to_string(i),
                   "{}"};
      events.push_back(std::move(row));
    }
    for (std::size_t i = 0; i < 40; ++i) {
      const double score = static_cast<double>(rng_.below(100)) / 100;
      decisions.push_back({node,
                           {asset, rng_.below(3) == 0 ? "m1" : "m0", "r", moment(asset), score,
                            score > 0.5 ? "anomaly" : "normal", 1, 1, "", "{}"}});
    }
  }

  Rng rng_;
  std::map<std::string, std::set<std::int64_t>> used_;
};

inline std::vector<LastValue> plain_last(const SmallFleet& fleet, const LastRequest& request) {
  std::map<std::tuple<std::string, std::string, std::string>, LastValue> newest;
  for (const auto& s : fleet.samples) {
    const bool named = request.signals.empty() ||
                       std::count(request.signals.begin(), request.signals.end(), s.signal) > 0;
    if (s.quality != telemetry::Quality::good || !named ||
        !fleet.within(request.scope, s.node, s.asset))
      continue;
    const AssetRow* row = fleet.find(s.node, s.asset);
    LastValue& last = newest[{s.asset, s.signal, s.node}];
    if (last.signal.empty() || s.time > last.time)
      last = {std::make_shared<const AssetRow>(row ? *row : AssetRow{s.node, s.asset, "", "", {}}),
              s.signal, s.time, s.value};
  }
  std::vector<LastValue> values;
  for (auto& [key, value] : newest)
    if ((!request.above || value.value > *request.above) &&
        (!request.below || value.value < *request.below))
      values.push_back(std::move(value));
  return values;
}

inline std::vector<StatsRow> plain_stats(const SmallFleet& fleet, const StatsRequest& request) {
  std::map<std::pair<std::string, Time>, std::vector<double>> groups;
  for (const auto& s : fleet.samples) {
    if (s.signal != request.signal || s.quality != telemetry::Quality::good) continue;
    if (s.time < request.from || s.time >= request.to) continue;
    if (!fleet.within(request.scope, s.node, s.asset)) continue;
    const AssetRow* row = fleet.find(s.node, s.asset);
    std::string group = s.asset;
    if (request.by == StatsRequest::By::kind) group = row ? row->kind : "";
    if (request.by == StatsRequest::By::site) group = row ? row->site : "";
    if (request.by == StatsRequest::By::tag)
      group = row && row->tags.contains(request.by_tag) ? row->tags.at(request.by_tag) : "";
    const Time window = request.every ? floor_to(s.time, *request.every) : request.from;
    groups[{group, window}].push_back(s.value);
  }
  std::vector<StatsRow> rows;
  for (auto& [key, values] : groups) {
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    StatsRow row{key.first, key.second, values.size(), 0, 0, values.front(), values.back(), 0,
                 0,         0};
    for (const double v : values) row.mean += v / n;
    for (const double v : values) row.std += (v - row.mean) * (v - row.mean) / n;
    row.std = std::sqrt(row.std);
    const auto at = [&](double q) {
      return values[static_cast<std::size_t>(std::max(1.0, n - std::floor(n - q * n))) - 1];
    };
    row.p05 = at(0.05);
    row.p50 = at(0.5);
    row.p95 = at(0.95);
    rows.push_back(row);
  }
  return rows;
}

inline std::vector<AsofRow> plain_asof(const SmallFleet& fleet, const AsofRequest& request) {
  std::vector<AsofRow> rows;
  for (const EventRow& e : fleet.events) {
    if (!request.event_kind.empty() && e.event.kind != request.event_kind) continue;
    if (e.event.time < request.from || e.event.time > request.to) continue;
    if (!fleet.within(request.scope, e.node, e.event.asset)) continue;
    AsofRow row{e.node, e.event.asset, e.event.kind, "warning", e.event.text, e.event.time, {}};
    for (const std::string& signal : request.signals) {
      std::optional<AsofRow::Value> found;
      for (const auto& s : fleet.samples)
        if (s.asset == row.asset && s.signal == signal && s.quality == telemetry::Quality::good &&
            s.time <= row.time && s.time >= row.time - request.within &&
            (!found || s.time > found->time))
          found = {s.time, s.value};
      row.values.push_back(found);
    }
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const AsofRow& a, const AsofRow& b) {
    return std::tie(b.time, a.asset, a.kind, a.text) < std::tie(a.time, b.asset, b.kind, b.text);
  });
  if (rows.size() > request.limit) rows.resize(request.limit);
  return rows;
}

inline std::vector<Episode> plain_anomalies(const SmallFleet& fleet,
                                            const AnomalyRequest& request) {
  std::map<std::tuple<std::string, std::string, std::string>, std::map<Time, double>> series;
  for (const auto& [node, d, tier] : fleet.decisions) {
    if (d.time < request.from || d.time > request.to) continue;
    if (!request.model.empty() && d.model != request.model) continue;
    if (request.above ? d.score < *request.above : d.label != "anomaly") continue;
    if (fleet.within(request.scope, node, d.asset))
      series[{node, d.asset, d.model}][d.time] = d.score;
  }
  std::vector<Episode> episodes;
  for (const auto& [key, scores] : series) {
    std::optional<Time> last;
    for (const auto& [time, score] : scores) {
      if (!last || time - *last > request.gap)
        episodes.push_back(
            {std::get<0>(key), std::get<1>(key), std::get<2>(key), time, time, time, score, 0});
      Episode& episode = episodes.back();
      episode.end = time;
      ++episode.decisions;
      if (score > episode.peak) {
        episode.peak = score;
        episode.peak_time = time;
      }
      last = time;
    }
  }
  std::sort(episodes.begin(), episodes.end(), [](const Episode& a, const Episode& b) {
    return std::tie(b.peak, a.start, a.asset, a.model, a.node) <
           std::tie(a.peak, b.start, b.asset, b.model, b.node);
  });
  if (episodes.size() > request.limit) episodes.resize(request.limit);
  return episodes;
}

}  // namespace wayside::hub::questions
