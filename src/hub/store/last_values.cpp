#include "hub/store/last_values.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace wayside::hub {

bool AssetScope::admits(const AssetRow& row) const {
  if (!asset.empty() && row.asset != asset) return false;
  if (!kind.empty() && row.kind != kind) return false;
  if (!site.empty() && row.site != site) return false;
  if (tag.empty()) return true;
  const auto found = row.tags.find(tag);
  return found != row.tags.end() && found->second == tag_value;
}

void LastValues::become(LastValues&& other) {
  const std::scoped_lock lock(mutex_, other.mutex_);
  assets_ = std::move(other.assets_);
  numbers_ = std::move(other.numbers_);
  names_ = std::move(other.names_);
}

void LastValues::take(const Batch& batch) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [node, block, tier] : batch.samples) {
    std::optional<std::size_t> newest;
    for (std::size_t i = 0; i < block.times.size(); ++i)
      if (block.qualities[i] == telemetry::Quality::good && std::isfinite(block.values[i]) &&
          (!newest || block.times[i] >= block.times[*newest]))
        newest = i;
    if (newest)
      put(asset_of(node, block.asset), number_of(block.signal), block.times[*newest],
          block.values[*newest]);
  }
  for (const AssetRow& row : batch.assets)
    asset_of(row.node, row.asset).row = std::make_shared<const AssetRow>(row);
}

void LastValues::describe(const AssetRow& row) {
  const std::scoped_lock lock(mutex_);
  asset_of(row.node, row.asset).row = std::make_shared<const AssetRow>(row);
}

void LastValues::take(const std::string& node, const std::string& asset, const std::string& signal,
                      Time time, double value) {
  const std::scoped_lock lock(mutex_);
  put(asset_of(node, asset), number_of(signal), time, value);
}

void LastValues::forget(const std::string& asset) {
  const std::scoped_lock lock(mutex_);
  const auto first = assets_.lower_bound({asset, ""});
  assets_.erase(first, std::find_if(first, assets_.end(),
                                    [&](const auto& entry) { return entry.first.first != asset; }));
}

Result<std::vector<LastValue>> LastValues::find(const LastRequest& request) const {
  const std::scoped_lock lock(mutex_);
  std::vector<bool> wanted(names_.size(), request.signals.empty());
  for (const std::string& signal : request.signals)
    if (const auto found = numbers_.find(signal); found != numbers_.end())
      wanted[found->second] = true;
  std::vector<LastValue> values;
  const std::string& one = request.scope.asset;
  for (auto entry = assets_.lower_bound({one, ""}); entry != assets_.end(); ++entry) {
    const auto& [row, points] = entry->second;
    if (!one.empty() && row->asset != one) break;
    if (!request.scope.admits(*row)) continue;
    for (const Point& p : points)
      if (wanted[p.signal] && (!request.above || p.value > *request.above) &&
          (!request.below || p.value < *request.below))
        values.push_back({row, names_[p.signal], p.time, p.value});
    if (values.size() > LastRequest::rows_max)
      return fail(Errc::full, "there are more than {} last values: ask for fewer assets or signals",
                  LastRequest::rows_max);
  }
  std::sort(values.begin(), values.end(), [](const LastValue& a, const LastValue& b) {
    return std::tie(a.asset->asset, a.signal, a.asset->node) <
           std::tie(b.asset->asset, b.signal, b.asset->node);
  });
  return values;
}

LastValues::Asset& LastValues::asset_of(const std::string& node, const std::string& asset) {
  Asset& entry = assets_[{asset, node}];
  if (!entry.row) entry.row = std::make_shared<const AssetRow>(AssetRow{node, asset, "", "", {}});
  return entry;
}

std::uint32_t LastValues::number_of(const std::string& signal) {
  const auto [entry, added] =
      numbers_.try_emplace(signal, static_cast<std::uint32_t>(names_.size()));
  if (added) names_.push_back(signal);
  return entry->second;
}

void LastValues::put(Asset& asset, std::uint32_t signal, Time time, double value) {
  const auto found = std::find_if(asset.points.begin(), asset.points.end(),
                                  [&](const Point& point) { return point.signal == signal; });
  if (found == asset.points.end())
    asset.points.push_back({signal, time, value});
  else if (time >= found->time)
    *found = {signal, time, value};
}

}  // namespace wayside::hub
