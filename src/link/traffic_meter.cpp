#include "link/traffic_meter.hpp"

#include "telemetry/record_head.hpp"

namespace wayside::link {
namespace {

std::size_t varint_size(std::size_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

}  // namespace

std::size_t wire_bytes(std::string_view topic, std::size_t payload_bytes) {
  constexpr std::size_t packet_id = 2, no_properties = 1, topic_length = 2;
  const std::size_t rest = topic_length + topic.size() + packet_id + no_properties + payload_bytes;
  return 1 + varint_size(rest) + rest;
}

TrafficMeter::TrafficMeter(Metrics& metrics, std::string name, std::string help)
    : metrics_(metrics), name_(std::move(name)), help_(std::move(help)) {}

void TrafficMeter::frame(const std::string& node, telemetry::Tier tier,
                         const std::vector<std::string>& records, std::size_t bytes) {
  std::uint64_t total = 0;
  for (const std::string& record : records) total += record.size();
  std::uint64_t before = 0;
  std::uint64_t counted = 0;
  for (const std::string& record : records) {
    before += record.size();
    const std::uint64_t upto = total == 0 ? bytes : bytes * before / total;
    const auto head = telemetry::peek(record);
    Counter& to = head ? counter(node, to_string(tier), head->asset, to_string(head->kind))
                       : counter(node, to_string(tier), "", "unreadable");
    to.add(upto - counted);
    counted = upto;
  }
}

void TrafficMeter::other(const std::string& kind, std::size_t bytes) {
  counter("", "", "", kind).add(bytes);
}

Counter& TrafficMeter::counter(const std::string& node, std::string_view tier,
                               std::string_view asset, std::string_view kind) {
  const Key key{node, std::string(tier), std::string(asset), std::string(kind)};
  if (const auto found = counters_.find(key); found != counters_.end()) return *found->second;
  if (counters_.size() < series_max) return registered(key);
  return registered({node.empty() ? "" : "other", std::string(tier), "other", std::string(kind)});
}

Counter& TrafficMeter::registered(const Key& key) {
  const auto& [node, tier, asset, kind] = key;
  Labels labels{{"tier", tier}, {"asset", asset}, {"kind", kind}};
  if (!node.empty()) labels["node"] = node;
  Counter& made = metrics_.counter(name_, help_, labels);
  counters_[key] = &made;
  return made;
}

}  // namespace wayside::link
