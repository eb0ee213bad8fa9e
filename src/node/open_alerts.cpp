#include "node/open_alerts.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace wayside::node {
namespace {

using Json = nlohmann::json;

constexpr int format_known = 1;

Json to_json(const OpenAlert& alert) {
  return {{"tier", telemetry::to_string(alert.tier)},
          {"seq", alert.seq},
          {"asset", alert.event.asset},
          {"time", alert.event.time.ns},
          {"severity", static_cast<int>(alert.event.severity)},
          {"text", alert.event.text},
          {"data", alert.event.data_json}};
}

template <class T>
bool read(const Json& json, const char* key, T& out) {
  const auto found = json.find(key);
  if (found == json.end()) return false;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) return false;
  } else if (!found->is_number_integer()) {
    return false;
  }
  out = found->template get<T>();
  return true;
}

std::optional<OpenAlert> from_json(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  OpenAlert alert;
  std::string tier;
  int severity = 0;
  const bool whole = read(json, "tier", tier) && read(json, "seq", alert.seq) &&
                     read(json, "asset", alert.event.asset) &&
                     read(json, "time", alert.event.time.ns) && read(json, "severity", severity) &&
                     read(json, "text", alert.event.text) &&
                     read(json, "data", alert.event.data_json);
  const auto known_tier = telemetry::parse_tier(tier);
  if (!whole || !known_tier || severity < 0 ||
      severity > static_cast<int>(telemetry::Severity::alarm) || rule_of(alert.event).empty())
    return std::nullopt;
  alert.tier = *known_tier;
  alert.event.severity = static_cast<telemetry::Severity>(severity);
  alert.event.kind = "alert_raised";
  return alert;
}

}  // namespace

std::string rule_of(const telemetry::Event& event) {
  const auto data = Json::parse(event.data_json, nullptr, false);
  if (!data.is_object() || !data.contains("rule") || !data["rule"].is_string()) return {};
  return data["rule"].get<std::string>();
}

Status OpenAlerts::load() {
  open_.clear();
  if (kept_ == nullptr) return {};
  const auto text = kept_->read();
  if (!text) return tl::make_unexpected(text.error());
  if (!*text) return {};
  const auto json = Json::parse(**text, nullptr, false);
  int format = 0;
  if (!json.is_object() || !read(json, "format", format) || format != format_known ||
      !json.contains("open") || !json["open"].is_array() || json["open"].size() > alerts_max)
    return fail(Errc::corrupt, "{} holds no list of open alerts", kept_->name());
  std::map<Key, OpenAlert> open;
  for (const Json& item : json["open"]) {
    auto alert = from_json(item);
    if (!alert) return fail(Errc::corrupt, "{} holds something that is no alert", kept_->name());
    Key key{alert->event.asset, rule_of(alert->event)};
    open.emplace(std::move(key), std::move(*alert));
  }
  open_ = std::move(open);
  return {};
}

void OpenAlerts::note(telemetry::Tier tier, std::uint64_t seq, const telemetry::Event& event) {
  const bool raised = event.kind == "alert_raised";
  if (!raised && event.kind != "alert_cleared") return;
  const Key key{event.asset, rule_of(event)};
  if (!raised) {
    changed_ = open_.erase(key) > 0 || changed_;
  } else if (open_.size() < alerts_max || open_.contains(key)) {
    open_.insert_or_assign(key, OpenAlert{tier, seq, event});
    changed_ = true;
  }
}

Status OpenAlerts::save() {
  Json list = Json::array();
  for (const auto& [key, alert] : open_) list.push_back(to_json(alert));
  const Json json{{"format", format_known}, {"open", std::move(list)}};
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (auto replaced = kept_->replace(text); !replaced) return replaced;
  changed_ = false;
  return {};
}

}  // namespace wayside::node
