#include "hub/api/question_api.hpp"

#include <algorithm>

#include "hub/api/json.hpp"
#include "hub/api/params.hpp"
#include "hub/questions/questions.hpp"

namespace wayside::hub::api {
namespace {

using http::Request;
using http::Response;

constexpr std::size_t windows_max = 100'000;  ///< of one group

Response reply(const Json& json) {
  return http::json_response(dump(json));
}

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

/// What `f` answers in a place among the queries.
template <class F>
Response in_slot(QuerySlots& slots, F&& f) {
  const QuerySlot slot(slots);
  return slot.taken() ? f() : too_many_queries();
}

Result<questions::Scope> scope_of(const Request& request) {
  questions::Scope scope{
      request.param("asset"), request.param("kind"), request.param("site"), {}, {}};
  const std::string tag = request.param("tag");
  if (tag.empty()) return scope;
  const std::size_t colon = tag.find(':');
  if (colon == std::string::npos || !is_tag_key(tag.substr(0, colon)))
    return fail(Errc::invalid, "parameter 'tag': found '{}', expected KEY:VALUE", tag);
  scope.tag = tag.substr(0, colon);
  scope.tag_value = tag.substr(colon + 1);
  return scope;
}

struct Range {
  Time from, to;
};
Result<Range> range_of(const Request& request, Time newest, Duration length) {
  const auto to = time_param(request, "to", newest);
  if (!to) return tl::make_unexpected(to.error());
  const auto from = time_param(request, "from", *to - length);
  if (!from) return tl::make_unexpected(from.error());
  if (*from > *to) return fail(Errc::invalid, "'from' is later than 'to'");
  return Range{*from, *to};
}

/// Units of signals by asset and signal.
std::map<std::pair<std::string, std::string>, std::string> signal_units(const Fleet& fleet) {
  std::map<std::pair<std::string, std::string>, std::string> units;
  for (const AssetView& view : fleet.assets())
    if (view.kind)
      for (const auto& signal : view.kind->signals) units[{view.asset, signal.name}] = signal.unit;
  return units;
}

Result<questions::StatsRequest> stats_request(const Request& request, Time now) {
  questions::StatsRequest out;
  using By = questions::StatsRequest::By;
  out.signal = request.param("signal");
  if (out.signal.empty()) return fail(Errc::invalid, "the parameter 'signal' is missing");
  const auto scope = scope_of(request);
  if (!scope) return tl::make_unexpected(scope.error());
  out.scope = *scope;
  const std::string by = request.param("by", "asset");
  const std::string prefix = "tag.";
  if (by == "kind") out.by = By::kind;
  if (by == "site") out.by = By::site;
  if (by.starts_with(prefix)) {
    out.by = By::tag;
    out.by_tag = by.substr(prefix.size());
  }
  const bool known = by == "asset" || by == "kind" || by == "site" || is_tag_key(out.by_tag);
  if (!known)
    return fail(Errc::invalid, "parameter 'by': found '{}', expected asset, kind, site or tag.KEY",
                by);
  const auto range = range_of(request, now, days(1));
  if (!range) return tl::make_unexpected(range.error());
  out.from = range->from;
  out.to = range->to;
  if (request.param("every").empty()) return out;
  const auto every = duration_param(request, "every", Duration{0});
  if (!every) return tl::make_unexpected(every.error());
  if (static_cast<__int128>(out.to.ns) - out.from.ns >
      static_cast<__int128>(every->ns) * static_cast<__int128>(windows_max))
    return fail(Errc::invalid, "parameter 'every': {} gives more than {} windows in this range",
                format_duration(*every), windows_max);
  out.every = *every;
  return out;
}

Json stats_json(const questions::StatsRow& row) {
  return {{"group", row.group},
          {"time", time_json(row.start)},
          {"count", row.count},
          {"mean", number_or_null(row.mean)},
          {"std", number_or_null(row.std)},
          {"min", row.min},
          {"max", row.max},
          {"p05", row.p05},
          {"p50", row.p50},
          {"p95", row.p95}};
}

Result<questions::AsofRequest> asof_request(const Request& request, Time now) {
  questions::AsofRequest out;
  const auto scope = scope_of(request);
  if (!scope) return tl::make_unexpected(scope.error());
  out.scope = *scope;
  // What an event is called is its `event`; `kind` is the assets'.
  out.event_kind = request.param("event");
  out.signals = list_param(request, "signals");
  if (out.signals.empty()) return fail(Errc::invalid, "the parameter 'signals' is missing");
  if (out.signals.size() > out.signals_max)
    return fail(Errc::invalid, "parameter 'signals': found {} names, expected at most {}",
                out.signals.size(), out.signals_max);
  const auto range = range_of(request, now, days(1));
  if (!range) return tl::make_unexpected(range.error());
  out.from = range->from;
  out.to = range->to;
  const auto within = duration_param(request, "within", out.within);
  if (!within) return tl::make_unexpected(within.error());
  out.within = *within;
  const auto limit = count_param(request, "limit", out.limit, out.events_max);
  if (!limit) return tl::make_unexpected(limit.error());
  out.limit = *limit;
  return out;
}

Json asof_json(const questions::AsofRequest& request, const questions::AsofRow& row) {
  Json values = Json::object();
  for (std::size_t i = 0; i < request.signals.size(); ++i)
    values[request.signals[i]] = row.values[i] ? Json{{"time", time_json(row.values[i]->time)},
                                                      {"value", row.values[i]->value}}
                                               : Json(nullptr);
  return {{"node", row.node},           {"asset", row.asset},
          {"kind", row.kind},           {"time", time_json(row.time)},
          {"severity", row.severity},   {"text", row.text},
          {"values", std::move(values)}};
}

Json similar_json(const questions::SimilarAsset& other) {
  Json parts = Json::array();
  for (const auto& part : other.parts)
    parts.push_back({{"feature", part.feature},
                     {"here", part.here},
                     {"there", part.there},
                     {"share", part.share}});
  return {{"asset", other.asset},
          {"node", other.node},
          {"distance", other.distance},
          {"parts", std::move(parts)}};
}

Result<questions::AnomalyRequest> anomaly_request(const Request& request, Time now) {
  questions::AnomalyRequest out;
  const auto scope = scope_of(request);
  if (!scope) return tl::make_unexpected(scope.error());
  out.scope = *scope;
  out.model = request.param("model");
  const auto range = range_of(request, now, days(7));
  if (!range) return tl::make_unexpected(range.error());
  out.from = range->from;
  out.to = range->to;
  const auto above = number_param(request, "above");
  if (!above) return tl::make_unexpected(above.error());
  out.above = *above;
  const auto gap = duration_param(request, "gap", out.gap);
  if (!gap) return tl::make_unexpected(gap.error());
  out.gap = *gap;
  const auto limit = count_param(request, "limit", out.limit, out.limit_max);
  if (!limit) return tl::make_unexpected(limit.error());
  out.limit = *limit;
  return out;
}

}  // namespace

void QuestionApi::mount(http::Server& server) {
  const auto handler = [this](Response (QuestionApi::*method)(const Request&)) {
    return [this, method](const Request& request) {
      return in_slot(slots_, [&] { return (this->*method)(request); });
    };
  };
  server.get("/api/v1/last", handler(&QuestionApi::last));
  server.get("/api/v1/stats", handler(&QuestionApi::stats));
  server.get("/api/v1/asof", handler(&QuestionApi::as_of));
  server.get("/api/v1/similar", handler(&QuestionApi::similar));
  server.get("/api/v1/anomalies", handler(&QuestionApi::anomalies));
}

Response QuestionApi::last(const Request& request) {
  const auto scope = scope_of(request);
  if (!scope) return http::error_response(scope.error());
  LastRequest wanted{*scope, list_param(request, "names"), {}, {}};
  for (const auto& [name, bound] :
       {std::pair("above", &wanted.above), std::pair("below", &wanted.below)}) {
    const auto number = number_param(request, name);
    if (!number) return http::error_response(number.error());
    *bound = *number;
  }
  const auto values = store_.last_values(wanted);
  if (!values) return http::error_response(values.error());
  const auto units = signal_units(fleet_);
  Json list = Json::array();
  for (const LastValue& value : *values) {
    const auto unit = units.find({value.asset->asset, value.signal});
    list.push_back({{"node", value.asset->node},
                    {"asset", value.asset->asset},
                    {"kind", value.asset->kind},
                    {"site", value.asset->site},
                    {"signal", value.signal},
                    {"unit", unit != units.end() ? unit->second : ""},
                    {"time", time_json(value.time)},
                    {"value", value.value}});
  }
  return reply({{"time", time_json(clock_.now())}, {"values", std::move(list)}});
}

Response QuestionApi::stats(const Request& request) {
  const auto wanted = stats_request(request, clock_.now());
  if (!wanted) return http::error_response(wanted.error());
  const auto rows = questions::window_stats(store_, *wanted);
  if (!rows) return http::error_response(rows.error());
  Json list = Json::array();
  for (const questions::StatsRow& row : *rows) list.push_back(stats_json(row));
  return reply({{"signal", wanted->signal},
                {"by", request.param("by", "asset")},
                {"from", time_json(wanted->from)},
                {"to", time_json(wanted->to)},
                {"rows", std::move(list)}});
}

Response QuestionApi::as_of(const Request& request) {
  const auto wanted = asof_request(request, clock_.now());
  if (!wanted) return http::error_response(wanted.error());
  const auto rows = questions::as_of_events(store_, *wanted);
  if (!rows) return http::error_response(rows.error());
  Json list = Json::array();
  for (const questions::AsofRow& row : *rows) list.push_back(asof_json(*wanted, row));
  return reply({{"signals", wanted->signals}, {"events", std::move(list)}});
}

Response QuestionApi::similar(const Request& request) {
  questions::SimilarRequest wanted;
  wanted.asset = request.param("asset");
  if (wanted.asset.empty())
    return http::error_response({Errc::invalid, "the parameter 'asset' is missing"});
  bool known = false;
  for (const AssetView& view : fleet_.assets()) {
    if (view.asset != wanted.asset) continue;
    known = true;
    if (view.kind) wanted.kind = view.kind->name;
  }
  if (!known)
    return http::error_response({Errc::not_found, "there is no asset '" + wanted.asset + "'"});
  if (wanted.kind.empty())
    return http::error_response(
        {Errc::not_found, "no node has said of what kind '" + wanted.asset + "' is"});
  const Time newest = fleet_.data_time(wanted.asset).value_or(clock_.now());
  const auto to = time_param(request, "to", newest);
  if (!to) return http::error_response(to.error());
  const auto window = duration_param(request, "window", wanted.window);
  if (!window) return http::error_response(window.error());
  const auto limit = count_param(request, "limit", wanted.limit, 1'000);
  if (!limit) return http::error_response(limit.error());
  wanted.to = *to;
  wanted.window = *window;
  wanted.limit = *limit;
  const auto found = questions::similar_assets(store_, wanted);
  if (!found) return http::error_response(found.error());
  Json list = Json::array();
  for (const questions::SimilarAsset& other : *found) list.push_back(similar_json(other));
  return reply({{"asset", wanted.asset},
                {"kind", wanted.kind},
                {"to", time_json(wanted.to)},
                {"window_s", wanted.window.seconds()},
                {"assets", std::move(list)}});
}

Response QuestionApi::anomalies(const Request& request) {
  const auto wanted = anomaly_request(request, clock_.now());
  if (!wanted) return http::error_response(wanted.error());
  const auto episodes = questions::top_anomalies(store_, *wanted);
  if (!episodes) return http::error_response(episodes.error());
  Json list = Json::array();
  for (const questions::Episode& episode : *episodes)
    list.push_back({{"asset", episode.asset},
                    {"node", episode.node},
                    {"model", episode.model},
                    {"start", time_json(episode.start)},
                    {"end", time_json(episode.end)},
                    {"peak", episode.peak},
                    {"peak_time", time_json(episode.peak_time)},
                    {"decisions", episode.decisions}});
  return reply({{"episodes", std::move(list)}});
}

}  // namespace wayside::hub::api
