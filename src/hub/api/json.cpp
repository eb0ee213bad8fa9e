#include "hub/api/json.hpp"

#include <fmt/format.h>
#include <cmath>

#include "hub/json_text.hpp"

namespace wayside::hub::api {
namespace {

Json number_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

/// What a node sent as JSON, or the text itself where it is none.
Json embedded(const std::string& text) {
  if (text.empty()) return Json::object();
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? Json{{"text", text}} : parsed;
}

std::string_view state_of(const AssetView& view) {
  if (view.worst == telemetry::Severity::alarm) return "alarm";
  if (view.worst == telemetry::Severity::warning) return "warning";
  return view.data_time ? "ok" : "silent";
}

Json signals_json(const link::NodeState::Kind& kind) {
  Json list = Json::array();
  for (const auto& signal : kind.signals)
    list.push_back({{"name", signal.name},
                    {"unit", signal.unit},
                    {"version", signal.version},
                    {"min", number_json(signal.min)},
                    {"max", number_json(signal.max)}});
  return list;
}

Json features_json(const link::NodeState::Kind& kind) {
  Json list = Json::array();
  for (const auto& feature : kind.features)
    list.push_back({{"name", feature.name},
                    {"unit", feature.unit},
                    {"expression", feature.expression},
                    {"digest", feature.digest}});
  return list;
}

Json models_json(const link::NodeState::Kind& kind) {
  Json list = Json::array();
  for (const auto& model : kind.models)
    list.push_back({{"name", model.name}, {"inputs", model.inputs}, {"outputs", model.outputs}});
  return list;
}

Json rules_json(const link::NodeState::Kind& kind) {
  Json list = Json::array();
  for (const auto& rule : kind.rules)
    list.push_back(
        {{"name", rule.name}, {"when", rule.when}, {"tier", telemetry::to_string(rule.tier)}});
  return list;
}

template <class Values, class Append>
void append_array(std::string& out, const Values& values, Append&& append) {
  out += '[';
  bool first = true;
  for (const auto& value : values) {
    if (!first) out += ',';
    first = false;
    append(out, value);
  }
  out += ']';
}

}  // namespace

Json time_json(Time time) {
  return time.milliseconds();
}

Json time_json(std::optional<Time> time) {
  return time ? time_json(*time) : Json(nullptr);
}

Json node_json(const NodeView& view, Time now) {
  Json backlog;
  for (const telemetry::Tier tier : telemetry::all_tiers)
    backlog[std::string(telemetry::to_string(tier))] = view.backlog[static_cast<std::size_t>(tier)];
  return {{"node", view.state.node},
          {"site", view.state.site},
          {"version", view.state.version},
          {"epoch", fmt::format("{:016x}", view.state.epoch)},
          {"online", view.state.online},
          {"since", time_json(view.since)},
          {"last_seen", time_json(view.last_seen)},
          {"data_time", time_json(view.data_time)},
          {"data_age_s", view.data_time ? Json((now - *view.data_time).seconds()) : Json(nullptr)},
          {"backlog", std::move(backlog)},
          {"assets", view.assets},
          {"open_alerts", view.open_alerts}};
}

Json asset_json(const AssetView& view) {
  static const link::NodeState::Kind unknown;
  const link::NodeState::Kind& kind = view.kind ? *view.kind : unknown;
  return {{"asset", view.asset},
          {"node", view.node},
          {"site", view.site},
          {"kind", kind.name},
          {"tags", view.tags},
          {"state", state_of(view)},
          {"open_alerts", view.open_alerts},
          {"data_time", time_json(view.data_time)},
          {"signals", signals_json(kind)},
          {"features", features_json(kind)},
          {"features_digest", kind.features_digest},
          {"models", models_json(kind)},
          {"rules", rules_json(kind)}};
}

Json event_json(const EventRow& row, const Acknowledgement* ack) {
  Json json{{"id", row.id},
            {"node", row.node},
            {"asset", row.event.asset},
            {"kind", row.event.kind},
            {"time", time_json(row.event.time)},
            {"severity", telemetry::to_string(row.event.severity)},
            {"text", row.event.text},
            {"data", embedded(row.event.data_json)}};
  if (row.event.kind != "alert_raised") return json;
  json["cleared"] = time_json(row.cleared);
  json["acknowledged"] =
      ack ? Json{{"by", ack->by}, {"time", time_json(ack->time)}, {"note", ack->note}}
          : Json(nullptr);
  return json;
}

Json decision_json(const FromNode<telemetry::Decision>& row) {
  const telemetry::Decision& d = row.record;
  return {{"asset", d.asset},
          {"node", row.node},
          {"model", d.model},
          {"release", d.release},
          {"time", time_json(d.time)},
          {"score", number_json(d.score)},
          {"class", d.label},
          {"confidence", number_json(d.confidence)},
          {"latency_us", number_json(d.latency_us)},
          {"action", d.action},
          {"inputs", embedded(d.inputs_json)}};
}

std::string series_json(const SeriesRequest& request, const std::vector<SeriesData>& series,
                        const std::map<std::string, std::string>& units) {
  std::string out = "{\"asset\":";
  append_json_string(out, request.asset);
  out += ",\"from\":";
  append_json_number(out, request.from.milliseconds());
  out += ",\"to\":";
  append_json_number(out, request.to.milliseconds());
  out += ",\"series\":";
  append_array(out, series, [&](std::string& text, const SeriesData& s) {
    text += "{\"name\":";
    append_json_string(text, s.name);
    text += fmt::format(",\"kind\":\"{}\",\"unit\":", to_string(s.kind));
    const auto unit = units.find(s.name);
    append_json_string(text, unit != units.end() ? unit->second : "");
    text += s.reduced ? ",\"reduced\":true" : ",\"reduced\":false";
    if (s.downsampled_until) {
      text += ",\"downsampled_until\":";
      append_json_number(text, s.downsampled_until->milliseconds());
    }
    text += ",\"times\":";
    append_array(text, s.times,
                 [](std::string& to, Time time) { append_json_number(to, time.milliseconds()); });
    text += ",\"values\":";
    append_array(text, s.values, append_json_number);
    text += '}';
  });
  out += '}';
  return out;
}

std::string query_json(const QueryResult& result) {
  std::string out = "{\"columns\":";
  append_array(out, result.columns, [](std::string& text, const QueryResult::Column& column) {
    text += "{\"name\":";
    append_json_string(text, column.name);
    text += ",\"type\":";
    append_json_string(text, column.type);
    text += '}';
  });
  out += ",\"rows\":" + result.rows_json;
  out += result.truncated ? ",\"truncated\":true}" : ",\"truncated\":false}";
  return out;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace wayside::hub::api
