#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "hub/store/memory/memory_store.hpp"
#include "hub/store/reducer.hpp"

namespace wayside::hub {

using telemetry::Tier;

Result<MaintenanceStep> MemoryStore::maintain(const KeepingPolicy& policy, Time now) {
  const std::scoped_lock lock(mutex_);
  MaintenanceStep step;
  step.removed = remove_samples(policy, now) + remove_rows(policy, now);
  return step;
}

std::uint64_t MemoryStore::remove_samples(const KeepingPolicy& policy, Time now) {
  std::uint64_t removed = 0;
  const auto horizon = [&](RecordKind kind, Tier tier) {
    return removal_horizon(policy.of(kind, tier), now);
  };
  for (auto& [name, points] : points_) {
    if (name.kind != SeriesKind::signal) continue;
    for (const Point& point : points) {
      const auto before = horizon(RecordKind::samples, point.tier);
      if (!before || point.time >= *before) continue;
      if (policy.downsample_every && point.quality == telemetry::Quality::good)
        intervals_[{name.asset, name.name, point.tier}]
                  [floor_to(point.time, *policy.downsample_every)]
                      .add(point.time, point.value);
      auto& raw_from = raw_from_[static_cast<std::size_t>(point.tier)];
      raw_from = std::max(raw_from, before);
    }
    removed += std::erase_if(points, [&](const Point& point) {
      const auto before = horizon(RecordKind::samples, point.tier);
      return before && point.time < *before;
    });
  }
  for (auto& [series, intervals] : intervals_)
    if (const auto before = horizon(RecordKind::downsampled, std::get<Tier>(series)))
      removed += std::erase_if(intervals, [&](const auto& entry) { return entry.first < *before; });
  std::erase_if(intervals_, [](const auto& entry) { return entry.second.empty(); });
  return removed;
}

std::uint64_t MemoryStore::remove_rows(const KeepingPolicy& policy, Time now) {
  const auto too_old = [&](RecordKind kind, Tier tier, Time time) {
    const auto before = removal_horizon(policy.of(kind, tier), now);
    return before && time < *before;
  };
  std::uint64_t removed = 0;
  for (auto& [name, points] : points_) {
    if (name.kind == SeriesKind::signal) continue;
    const bool score = name.kind == SeriesKind::score;
    const std::uint64_t gone = std::erase_if(points, [&](const Point& point) {
      return too_old(score ? RecordKind::decisions : RecordKind::features, point.tier, point.time);
    });
    if (!score) removed += gone;  // scores are counted as decisions
  }
  removed += std::erase_if(decisions_, [&](const auto& row) {
    return too_old(RecordKind::decisions, row.tier, row.record.time);
  });
  removed += std::erase_if(events_, [&](const EventRow& row) {
    const bool standing = row.event.kind == "alert_raised" && !row.cleared;
    return !standing && too_old(RecordKind::events, row.tier, row.event.time);
  });
  removed += std::erase_if(health_, [&](const HealthRow& row) {
    return too_old(RecordKind::health, row.tier, row.time);
  });
  return removed;
}

void MemoryStore::add_intervals(const SeriesRequest& request, const std::string& signal,
                                SeriesData& data, Reducer& reducer) const {
  for (const Tier tier : telemetry::all_tiers) {
    const auto found = intervals_.find({request.asset, signal, tier});
    const auto& raw_from = raw_from_[static_cast<std::size_t>(tier)];
    if (found == intervals_.end() || !raw_from || *raw_from <= request.from) continue;
    data.downsampled_until = std::max(data.downsampled_until, raw_from);
    for (const auto& [start, interval] : found->second) {
      const auto add = [&](Time time, double value) {
        if (time >= request.from && time <= request.to) reducer.add(time, value);
      };
      add(interval.min_time, interval.min);
      if (interval.max_time != interval.min_time) add(interval.max_time, interval.max);
    }
  }
}

Result<Deletion> MemoryStore::delete_asset(const DeletionRequest& request) {
  const std::scoped_lock lock(mutex_);
  const auto of_asset = [&](const auto& entry) { return entry.first.asset == request.asset; };
  Deletion deletion{request.asset, request.by, request.time, {}, 0, 0};
  for (const auto& [name, points] : points_)
    if (name.asset == request.asset && name.kind != SeriesKind::score)
      deletion.removed += points.size();
  const bool known = std::erase_if(points_, of_asset) > 0;
  last_.forget(request.asset);
  std::erase_if(newest_, [&](const auto& entry) { return entry.first.second == request.asset; });
  std::erase_if(assets_, [&](const auto& entry) { return entry.first.second == request.asset; });
  deletion.removed +=
      std::erase_if(decisions_, [&](const auto& row) { return row.record.asset == request.asset; });
  deletion.removed +=
      std::erase_if(events_, [&](const EventRow& row) { return row.event.asset == request.asset; });
  for (auto entry = intervals_.begin(); entry != intervals_.end();) {
    const bool ours = std::get<0>(entry->first) == request.asset;
    if (ours) deletion.removed += entry->second.size();
    entry = ours ? intervals_.erase(entry) : std::next(entry);
  }
  if (!known && deletion.removed == 0)
    return fail(Errc::not_found, "nothing is stored of an asset '{}'", request.asset);
  deletion.finished = request.end();
  deletions_.push_back(deletion);
  return deletion;
}

Result<std::vector<Deletion>> MemoryStore::deletions(std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<Deletion> result(deletions_.rbegin(), deletions_.rend());
  if (result.size() > limit) result.resize(limit);
  return result;
}

Result<Usage> MemoryStore::usage() {
  const std::scoped_lock lock(mutex_);
  std::map<std::tuple<RecordKind, Tier, std::string>, std::uint64_t> rows;
  for (const auto& [name, points] : points_) {
    if (name.kind == SeriesKind::score) continue;
    const bool signal = name.kind == SeriesKind::signal;
    for (const Point& point : points)
      ++rows[{signal ? RecordKind::samples : RecordKind::features, point.tier, name.asset}];
  }
  for (const auto& row : decisions_) ++rows[{RecordKind::decisions, row.tier, row.record.asset}];
  for (const EventRow& row : events_) ++rows[{RecordKind::events, row.tier, row.event.asset}];
  for (const HealthRow& row : health_) ++rows[{RecordKind::health, row.tier, ""}];
  for (const auto& [series, intervals] : intervals_)
    rows[{RecordKind::downsampled, std::get<Tier>(series), std::get<0>(series)}] +=
        intervals.size();
  Usage usage;
  for (const auto& [key, count] : rows)
    usage.lines.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count, 0, 0, 0});
  return usage;
}

Result<ExportedFile> MemoryStore::export_rows(const ExportRequest& request) {
  if (request.format != ExportFormat::csv || request.kind != RecordKind::samples)
    return fail(Errc::unavailable, "the memory store exports samples as CSV and nothing else");
  static std::atomic<int> number = 0;
  ExportedFile file;
  file.path = std::filesystem::temp_directory_path() /
              fmt::format("wayside-export-{}-{}.csv", ::getpid(), ++number);
  std::ofstream out(file.path);
  out << "node,asset,signal,version,time,value,quality\n";
  const std::scoped_lock lock(mutex_);
  const auto wanted = [](const std::vector<std::string>& list, const std::string& text) {
    return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
  };
  for (const auto& [name, points] : points_) {
    if (name.kind != SeriesKind::signal || !wanted(request.assets, name.asset) ||
        !wanted(request.names, name.name))
      continue;
    for (const Point& point : points) {
      if (point.time < request.from || point.time > request.to) continue;
      out << fmt::format("{},{},{},1,{},{},{}\n", point.node, name.asset, name.name,
                         format_time(point.time), point.value, telemetry::to_string(point.quality));
      ++file.rows;
    }
  }
  if (!out.flush()) return fail(Errc::io, "cannot write {}", file.path);
  return file;
}

Status MemoryStore::log_export(const ExportLine& line) {
  const std::scoped_lock lock(mutex_);
  exports_.push_back(line);
  return {};
}

Result<std::vector<ExportLine>> MemoryStore::exports(std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<ExportLine> result(exports_.rbegin(), exports_.rend());
  if (result.size() > limit) result.resize(limit);
  return result;
}

}  // namespace wayside::hub
