#include "hub/watchers.hpp"

#include <algorithm>

#include "hub/json_text.hpp"

namespace wayside::hub {

Watchers::Watchers(http::Broadcast& broadcast, const Api& api, const Clock& clock)
    : broadcast_(broadcast), api_(api), clock_(clock) {}

void Watchers::committed(const Committed& committed, const std::vector<EventRow>& ended) {
  // Whoever comes later asks for the present first.
  if (broadcast_.clients() == 0) return;
  for (const EventRow& row : ended) broadcast_.publish("event", api_.event_line(row));
  for (const EventRow& row : committed.events) broadcast_.publish("event", api_.event_line(row));
  for (const NewestTime& newest : committed.newest) {
    const auto [entry, added] = data_.try_emplace(newest.asset, newest.time);
    entry->second = std::max(entry->second, newest.time);
  }
  for (const auto& [key, totals] : committed.streams) nodes_.insert(key.node);
}

void Watchers::node_changed(const std::string& node) {
  nodes_.erase(node);
  if (broadcast_.clients() > 0) broadcast_.publish("node", api_.node_line(node));
}

Duration Watchers::step() {
  const Duration now = clock_.monotonic();
  if (!data_.empty() && now >= data_due_) {
    std::string line = "{\"assets\":{";
    for (const auto& [asset, time] : data_) {
      if (line.back() != '{') line += ',';
      append_json_string(line, asset);
      line += ':';
      append_json_number(line, time.milliseconds());
    }
    broadcast_.publish("data", line + "}}");
    data_.clear();
    data_due_ = now + data_every;
  }
  if (!nodes_.empty() && now >= nodes_due_) {
    for (const std::string& node : nodes_) broadcast_.publish("node", api_.node_line(node));
    nodes_.clear();
    nodes_due_ = now + nodes_every;
  }
  Duration pause = nodes_every;
  if (!data_.empty()) pause = std::min(pause, data_due_ - now);
  if (!nodes_.empty()) pause = std::min(pause, nodes_due_ - now);
  return pause;
}

}  // namespace wayside::hub
