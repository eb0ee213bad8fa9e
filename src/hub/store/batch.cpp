#include "hub/store/batch.hpp"

#include <fmt/format.h>
#include <charconv>

#include <nlohmann/json.hpp>

#include "hub/json_text.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

std::string ranges_text(const telemetry::SeqRanges& ranges) {
  std::string out;
  for (const telemetry::SeqRange& range : ranges)
    out += fmt::format("{}{}-{}", out.empty() ? "" : ",", range.first, range.last);
  return out;
}

telemetry::SeqRanges parse_ranges(std::string_view text) {
  telemetry::SeqRanges ranges;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (at != end) {
    telemetry::SeqRange range;
    const auto first = std::from_chars(at, end, range.first);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return {};
    const auto last = std::from_chars(first.ptr + 1, end, range.last);
    if (last.ec != std::errc{} || (last.ptr != end && *last.ptr != ',')) return {};
    ranges.push_back(range);
    at = last.ptr == end ? end : last.ptr + 1;
  }
  return telemetry::well_formed(0, ranges) ? ranges : telemetry::SeqRanges{};
}

std::string tags_json(const std::map<std::string, std::string>& tags) {
  std::string out = "{";
  for (const auto& [key, value] : tags) {
    if (out.size() > 1) out += ',';
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
  }
  return out + '}';
}

std::map<std::string, std::string> tags_from_json(const std::string& json) {
  std::map<std::string, std::string> tags;
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) return tags;
  for (const auto& [key, value] : parsed.items())
    if (value.is_string()) tags[key] = value.get<std::string>();
  return tags;
}

bool ends_alert(const EventRow& raised, const EventRow& later) {
  if (raised.event.kind != "alert_raised" || raised.id == later.id) return false;
  if (raised.node != later.node || raised.event.asset != later.event.asset ||
      raised.rule != later.rule)
    return false;
  if (later.event.kind == "alert_raised") return raised.event.time <= later.event.time;
  if (later.event.kind != "alert_cleared") return false;
  return later.raised ? raised.event.time <= *later.raised : raised.event.time <= later.event.time;
}

std::string_view to_string(SeriesKind kind) {
  switch (kind) {
    case SeriesKind::signal:
      return "signal";
    case SeriesKind::feature:
      return "feature";
    case SeriesKind::score:
      return "score";
  }
  return "";
}

}  // namespace wayside::hub
