#include "hub/store/memory/memory_store.hpp"

#include <algorithm>
#include <limits>

#include "hub/store/reducer.hpp"

namespace wayside::hub {

Result<std::map<StreamKey, StreamTotals>> MemoryStore::streams() {
  const std::scoped_lock lock(mutex_);
  return streams_;
}

Status MemoryStore::commit(const Batch& batch) {
  const std::scoped_lock lock(mutex_);
  if (failures_ > 0) {
    --failures_;
    if (failures_stored_) apply(batch);
    return tl::make_unexpected(failure_);
  }
  apply(batch);
  return {};
}

Status MemoryStore::recover() {
  const std::scoped_lock lock(mutex_);
  if (failures_ > 0) return tl::make_unexpected(failure_);
  return {};
}

void MemoryStore::fail_commits(int n, Error error, bool stored) {
  const std::scoped_lock lock(mutex_);
  failures_ = n;
  failure_ = std::move(error);
  failures_stored_ = stored;
}

void MemoryStore::apply(const Batch& batch) {
  last_.take(batch);
  for (const auto& [key, totals] : batch.streams) streams_[key] = totals;
  for (const auto& [node, block, tier] : batch.samples) {
    auto& points = points_[{block.asset, SeriesKind::signal, block.signal}];
    for (std::size_t i = 0; i < block.times.size(); ++i) {
      points.push_back({block.times[i], block.values[i], block.qualities[i], node, tier});
      if (block.qualities[i] != telemetry::Quality::good) continue;
      auto [newest, added] = newest_.try_emplace({node, block.asset}, block.times[i]);
      newest->second = std::max(newest->second, block.times[i]);
    }
  }
  for (const auto& [node, block, tier] : batch.features) {
    for (std::size_t t = 0; t < block.times.size(); ++t)
      for (std::size_t n = 0; n < block.names.size(); ++n)
        points_[{block.asset, SeriesKind::feature, block.names[n]}].push_back(
            {block.times[t], block.values[t * block.names.size() + n], telemetry::Quality::good,
             node, tier});
  }
  for (const auto& row : batch.decisions) {
    points_[{row.record.asset, SeriesKind::score, row.record.model + ".score"}].push_back(
        {row.record.time, row.record.score, telemetry::Quality::good, row.node, row.tier});
    decisions_.push_back(row);
  }
  for (const EventRow& row : batch.events) apply_event(row);
  gaps_.insert(gaps_.end(), batch.gaps.begin(), batch.gaps.end());
  quarantine_.insert(quarantine_.end(), batch.quarantine.begin(), batch.quarantine.end());
  for (const AssetRow& row : batch.assets) assets_[{row.node, row.asset}] = row;
  for (const auto& [node, health, tier] : batch.health)
    health_.insert(health_.end(), health.values.size(), {health.time, tier});
}

void MemoryStore::apply_event(const EventRow& row) {
  for (EventRow& earlier : events_)
    if (!earlier.cleared && ends_alert(earlier, row)) earlier.cleared = row.event.time;
  events_.push_back(row);
}

Result<RowCounts> MemoryStore::row_counts() {
  const std::scoped_lock lock(mutex_);
  RowCounts counts;
  for (const auto& [name, points] : points_) {
    if (name.kind == SeriesKind::signal) counts.samples += points.size();
    if (name.kind == SeriesKind::feature) counts.features += points.size();
  }
  counts.decisions = decisions_.size();
  counts.events = events_.size();
  counts.health = health_.size();
  return counts;
}

Result<std::vector<NewestTime>> MemoryStore::newest_samples() {
  const std::scoped_lock lock(mutex_);
  std::vector<NewestTime> result;
  for (const auto& [place, time] : newest_) result.push_back({place.first, place.second, time});
  return result;
}

Result<std::vector<LastValue>> MemoryStore::last_values(const LastRequest& request) {
  return last_.find(request);
}

Result<DropReasons> MemoryStore::drop_reasons() {
  const std::scoped_lock lock(mutex_);
  DropReasons reasons;
  for (const GapRow& gap : gaps_)
    reasons[gap.stream][gap.reason] += gap.last_seq - gap.first_seq + 1;
  return reasons;
}

Result<std::vector<GapRow>> MemoryStore::gaps(const GapFilter& filter) {
  const std::scoped_lock lock(mutex_);
  std::vector<GapRow> result;
  for (const GapRow& gap : gaps_)
    if (filter.node.empty() || gap.stream.node == filter.node) result.push_back(gap);
  std::sort(result.begin(), result.end(), [](const GapRow& a, const GapRow& b) {
    return std::tie(a.last_time, a.stream, a.first_seq) >
           std::tie(b.last_time, b.stream, b.first_seq);
  });
  if (result.size() > filter.limit) result.resize(filter.limit);
  return result;
}

Result<std::vector<SeriesData>> MemoryStore::series(const SeriesRequest& request) {
  const std::scoped_lock lock(mutex_);
  std::vector<SeriesData> result;
  SeriesTotal total(SeriesRequest::values_max);
  const auto wanted = [&](const std::string& name) {
    return request.names.empty() ||
           std::find(request.names.begin(), request.names.end(), name) != request.names.end();
  };
  for (const auto& [name, points] : points_) {
    if (name.asset != request.asset || !wanted(name.name)) continue;
    Reducer reducer(request.from, request.to, request.points);
    for (const Point& point : points)
      if (point.time >= request.from && point.time <= request.to &&
          (point.quality == telemetry::Quality::good || request.all_qualities))
        reducer.add(point.time, point.value);
    SeriesData data{name.name, name.kind, false, {}, {}};
    if (name.kind == SeriesKind::signal) add_intervals(request, name.name, data, reducer);
    if (request.points == 0 && reducer.size() > SeriesRequest::raw_max)
      return fail(Errc::full, "{} has more than {} values in this range", name.name,
                  SeriesRequest::raw_max);
    total.add(reducer);
    if (const Status bounded = total.status(); !bounded)
      return tl::make_unexpected(bounded.error());
    auto output = std::move(reducer).finish();
    data.reduced = output.reduced;
    data.times = std::move(output.times);
    data.values = std::move(output.values);
    result.push_back(std::move(data));
  }
  return result;
}

Result<std::vector<FromNode<telemetry::Decision>>> MemoryStore::decisions(
    const DecisionFilter& filter) {
  const std::scoped_lock lock(mutex_);
  std::vector<FromNode<telemetry::Decision>> result;
  for (auto row = decisions_.rbegin(); row != decisions_.rend(); ++row) {
    const telemetry::Decision& d = row->record;
    if (!filter.asset.empty() && d.asset != filter.asset) continue;
    if (!filter.model.empty() && d.model != filter.model) continue;
    if (d.time >= filter.from && d.time <= filter.to) result.push_back(*row);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.record.time > b.record.time; });
  if (result.size() > filter.limit) result.resize(filter.limit);
  return result;
}

Result<std::vector<EventRow>> MemoryStore::events(const EventFilter& filter) {
  const std::scoped_lock lock(mutex_);
  std::vector<EventRow> result;
  for (auto row = events_.rbegin(); row != events_.rend(); ++row) {
    if (!filter.id.empty() && row->id != filter.id) continue;
    if (!filter.asset.empty() && row->event.asset != filter.asset) continue;
    if (!filter.kind.empty() && row->event.kind != filter.kind) continue;
    if (filter.uncleared && (row->event.kind != "alert_raised" || row->cleared)) continue;
    if (row->event.time >= filter.from && row->event.time <= filter.to) result.push_back(*row);
  }
  std::stable_sort(result.begin(), result.end(), [](const EventRow& a, const EventRow& b) {
    return a.event.time > b.event.time;
  });
  if (result.size() > filter.limit) result.resize(filter.limit);
  return result;
}

Result<QueryResult> MemoryStore::query(const std::string&, const QueryLimits&) {
  return fail(Errc::unavailable, "the memory store answers no SQL");
}

std::vector<std::pair<Time, double>> MemoryStore::samples(const std::string& asset,
                                                          const std::string& signal) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<Time, double>> result;
  const auto found = points_.find({asset, SeriesKind::signal, signal});
  if (found == points_.end()) return result;
  for (const Point& point : found->second) result.emplace_back(point.time, point.value);
  return result;
}

std::vector<AssetRow> MemoryStore::assets() const {
  const std::scoped_lock lock(mutex_);
  std::vector<AssetRow> rows;
  for (const auto& [place, row] : assets_) rows.push_back(row);
  return rows;
}

std::vector<QuarantinedRow> MemoryStore::quarantine() const {
  const std::scoped_lock lock(mutex_);
  return quarantine_;
}

}  // namespace wayside::hub
