#include "sim/world/hub_store.hpp"

#include <algorithm>

namespace wayside::sim {

Result<std::map<hub::StreamKey, hub::StreamTotals>> HubStore::streams() {
  if (failure_) return tl::make_unexpected(*failure_);
  return contents_.streams;
}

Status HubStore::commit(const hub::Batch& batch) {
  if (!failure_ || stored_) apply(batch);
  if (failure_) return tl::make_unexpected(*failure_);
  return {};
}

Status HubStore::recover() {
  if (failure_) return tl::make_unexpected(*failure_);
  return {};
}

void HubStore::fail(std::optional<Error> error, bool stored) {
  failure_ = std::move(error);
  stored_ = stored;
}

std::uint64_t HubStore::copy() {
  copies_.push_back(contents_);
  return copies_.size() - 1;
}

void HubStore::apply(const hub::Batch& batch) {
  observer_(batch);
  for (const auto& [key, totals] : batch.streams) contents_.streams[key] = totals;
  for (const auto& [node, block, tier] : batch.samples) {
    contents_.rows.samples += block.times.size();
    if (block.times.empty()) continue;
    const Time last = *std::max_element(block.times.begin(), block.times.end());
    const auto [newest, added] = contents_.newest.try_emplace({node, block.asset}, last);
    newest->second = std::max(newest->second, last);
  }
  for (const auto& row : batch.features) contents_.rows.features += row.record.values.size();
  for (const auto& row : batch.health) contents_.rows.health += row.record.values.size();
  contents_.rows.decisions += batch.decisions.size();
  contents_.rows.events += batch.events.size();
  for (const hub::EventRow& row : batch.events) apply_event(row);
}

void HubStore::apply_event(const hub::EventRow& row) {
  if (row.event.kind != "alert_raised" && row.event.kind != "alert_cleared") return;
  std::erase_if(contents_.alerts,
                [&](const hub::EventRow& raised) { return hub::ends_alert(raised, row); });
  if (row.event.kind == "alert_raised") contents_.alerts.push_back(row);
}

Result<hub::RowCounts> HubStore::row_counts() {
  return contents_.rows;
}

Result<std::vector<hub::NewestTime>> HubStore::newest_samples() {
  std::vector<hub::NewestTime> out;
  for (const auto& [place, time] : contents_.newest)
    out.push_back({place.first, place.second, time});
  return out;
}

Result<std::vector<hub::EventRow>> HubStore::events(const hub::EventFilter& filter) {
  std::vector<hub::EventRow> out(contents_.alerts.rbegin(), contents_.alerts.rend());
  if (out.size() > filter.limit) out.resize(filter.limit);
  return out;
}

}  // namespace wayside::sim
