#include "hub/api/api.hpp"

#include <algorithm>
#include <set>

#include "hub/api/json.hpp"
#include "hub/api/openapi.hpp"
#include "hub/api/params.hpp"
#include "hub/api/replay.hpp"

namespace wayside::hub {

using api::Json;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t decisions_max = 10'000;
constexpr std::size_t events_max = 10'000;
constexpr std::size_t ack_by_bytes_max = 256;
constexpr std::size_t ack_note_bytes_max = 4'096;

Response reply(const Json& json, int status = 200) {
  return http::json_response(api::dump(json), status);
}

Result<Json> body_object(const Request& request) {
  Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return fail(Errc::invalid, "expected a JSON object as the body");
  return body;
}

/// A text member, or empty. Errors: `invalid` for another type or a text that is too long.
Result<std::string> text_member(const Json& body, const char* name, std::size_t bytes_max) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return fail(Errc::invalid, "'{}' must be text", name);
  auto text = found->get<std::string>();
  if (text.size() > bytes_max)
    return fail(Errc::invalid, "'{}' is longer than {} bytes", name, bytes_max);
  return text;
}

}  // namespace

Api::Api(ApiParts parts)
    : parts_(std::move(parts)),
      started_(parts_.clock.now()),
      series_(parts_.store, parts_.fleet, parts_.clock, queries_, parts_.parquet),
      ledger_(parts_.store, parts_.fleet),
      questions_(parts_.store, parts_.fleet, parts_.clock, queries_),
      keeping_(parts_.store, parts_.catalog, parts_.clock, queries_, parts_.asset_deleted),
      open_alerts_(parts_.metrics.gauge("wayside_hub_open_alerts",
                                        "Alerts neither cleared nor acknowledged")) {}

void Api::mount(http::Server& server) {
  const auto handler = [this](Response (Api::*method)(const Request&)) {
    return [this, method](const Request& request) { return (this->*method)(request); };
  };
  server.get("/healthz", [](const Request&) { return Response{200, "text/plain", "ok\n", {}}; });
  server.get("/readyz", handler(&Api::ready));
  server.get("/metrics", [this](const Request&) {
    // As it is now: it changes with commits, with acknowledgements and when the hub starts.
    open_alerts_.set(static_cast<double>(parts_.fleet.open_alerts()));
    return Response{200, "text/plain; version=0.0.4", parts_.metrics.expose(), {}};
  });
  server.get("/api/openapi\\.json", [document = api::openapi(parts_.version)](const Request&) {
    return http::json_response(document);
  });
  server.get("/api/v1/status", handler(&Api::status));
  server.get("/api/v1/nodes", handler(&Api::nodes));
  server.get("/api/v1/assets", handler(&Api::assets));
  server.get("/api/v1/decisions", handler(&Api::decisions));
  server.get("/api/v1/events", handler(&Api::events));
  server.post("/api/v1/events/([^/]+)/ack", handler(&Api::acknowledge));
  server.post("/api/v1/query", handler(&Api::query));
  server.get("/api/v1/samples", handler(&Api::samples));
  server.post("/api/v1/features", handler(&Api::replace_features));
  series_.mount(server);
  ledger_.mount(server);
  questions_.mount(server);
  keeping_.mount(server);
  server.stream("/api/v1/stream", parts_.broadcast);
}

Response Api::ready(const Request&) {
  const std::vector<std::string> problems = parts_.problems();
  return reply({{"ready", problems.empty()}, {"reasons", problems}}, problems.empty() ? 200 : 503);
}

Response Api::status(const Request&) {
  const RowCounts rows = parts_.fleet.rows();
  return reply({{"program", "hub"},
                {"version", parts_.version},
                {"started", api::time_json(started_)},
                {"time", api::time_json(parts_.clock.now())},
                {"store", parts_.store.name()},
                {"broker", {{"url", parts_.broker}, {"connected", parts_.broker_connected()}}},
                {"problems", parts_.problems()},
                {"rows",
                 {{"samples", rows.samples},
                  {"features", rows.features},
                  {"decisions", rows.decisions},
                  {"events", rows.events},
                  {"health", rows.health}}}});
}

Response Api::nodes(const Request&) {
  const Time now = parts_.clock.now();
  Json list = Json::array();
  for (const NodeView& view : parts_.fleet.nodes()) list.push_back(api::node_json(view, now));
  return reply({{"time", api::time_json(now)}, {"nodes", std::move(list)}});
}

std::string Api::node_line(const std::string& node) const {
  const auto view = parts_.fleet.node(node);
  if (!view) return {};
  return api::dump(api::node_json(*view, parts_.clock.now()));
}

std::string Api::event_line(const EventRow& row) const {
  if (row.event.kind != "alert_raised") return api::dump(api::event_json(row, nullptr));
  const auto acks = parts_.catalog.acknowledgements({row.id});
  const bool known = acks && acks->contains(row.id);
  return api::dump(api::event_json(row, known ? &acks->at(row.id) : nullptr));
}

Response Api::assets(const Request&) {
  Json list = Json::array();
  for (const AssetView& view : parts_.fleet.assets()) list.push_back(api::asset_json(view));
  return reply({{"assets", std::move(list)}});
}

Response Api::decisions(const Request& request) {
  DecisionFilter filter;
  filter.asset = request.param("asset");
  filter.model = request.param("model");
  const auto from = api::time_param(request, "from", filter.from);
  if (!from) return http::error_response(from.error());
  const auto to = api::time_param(request, "to", filter.to);
  if (!to) return http::error_response(to.error());
  const auto limit = api::count_param(request, "limit", filter.limit, decisions_max);
  if (!limit) return http::error_response(limit.error());
  filter.from = *from;
  filter.to = *to;
  filter.limit = *limit;
  const auto rows = parts_.store.decisions(filter);
  if (!rows) return http::error_response(rows.error());
  Json list = Json::array();
  for (const auto& row : *rows) list.push_back(api::decision_json(row));
  return reply({{"decisions", std::move(list)}});
}

/// Whether an alert is acknowledged is known to the catalog alone, so the limit is applied after.
Result<std::vector<EventRow>> Api::open_events(EventFilter filter) {
  const std::size_t limit = filter.limit;
  filter.uncleared = true;
  filter.limit = Fleet::alerts_max;
  auto rows = parts_.store.events(filter);
  if (!rows) return rows;
  std::set<std::string> ids;
  for (const EventRow& row : *rows) ids.insert(row.id);
  const auto acks = parts_.catalog.acknowledgements(ids);
  if (!acks) return tl::make_unexpected(acks.error());
  std::erase_if(*rows, [&](const EventRow& row) { return acks->contains(row.id); });
  if (rows->size() > limit) rows->resize(limit);
  return rows;
}

Response Api::events(const Request& request) {
  EventFilter filter;
  filter.asset = request.param("asset");
  filter.kind = request.param("kind");
  const auto from = api::time_param(request, "from", filter.from);
  if (!from) return http::error_response(from.error());
  const auto to = api::time_param(request, "to", filter.to);
  if (!to) return http::error_response(to.error());
  const auto limit = api::count_param(request, "limit", filter.limit, events_max);
  if (!limit) return http::error_response(limit.error());
  filter.from = *from;
  filter.to = *to;
  filter.limit = *limit;
  const auto rows =
      request.param("open") == "true" ? open_events(filter) : parts_.store.events(filter);
  if (!rows) return http::error_response(rows.error());
  std::set<std::string> ids;
  for (const EventRow& row : *rows)
    if (row.event.kind == "alert_raised") ids.insert(row.id);
  const auto acks = parts_.catalog.acknowledgements(ids);
  if (!acks) return http::error_response(acks.error());
  Json list = Json::array();
  for (const EventRow& row : *rows) {
    const auto ack = acks->find(row.id);
    list.push_back(api::event_json(row, ack != acks->end() ? &ack->second : nullptr));
  }
  return reply({{"events", std::move(list)}});
}

Response Api::acknowledge(const Request& request) {
  const auto body = body_object(request);
  if (!body) return http::error_response(body.error());
  const auto by = text_member(*body, "by", ack_by_bytes_max);
  if (!by) return http::error_response(by.error());
  if (by->empty()) return http::error_response({Errc::invalid, "'by' must say who acknowledges"});
  const auto note = text_member(*body, "note", ack_note_bytes_max);
  if (!note) return http::error_response(note.error());
  EventFilter filter;
  filter.id = request.captures.at(0);
  const auto rows = parts_.store.events(filter);
  if (!rows) return http::error_response(rows.error());
  if (rows->empty())
    return http::error_response({Errc::not_found, "there is no event '" + filter.id + "'"});
  const EventRow& row = rows->front();
  if (row.event.kind != "alert_raised")
    return http::error_response({Errc::invalid, "only an alert_raised can be acknowledged"});
  const Acknowledgement ack{*by, parts_.clock.now(), *note};
  if (const Status put = parts_.catalog.acknowledge(row.id, ack); !put)
    return http::error_response(put.error());
  parts_.fleet.acknowledged(row.id);
  const std::string line = api::dump(api::event_json(row, &ack));
  parts_.broadcast.publish("event", line);
  if (const std::string node = node_line(row.node); !node.empty())
    parts_.broadcast.publish("node", node);
  return http::json_response(line);
}

Response Api::query(const Request& request) {
  const auto body = body_object(request);
  if (!body) return http::error_response(body.error());
  const auto sql = body->find("sql");
  if (sql == body->end() || !sql->is_string())
    return http::error_response({Errc::invalid, "'sql' must be the text of a SELECT"});
  QueryLimits limits = parts_.query;
  limits.rows_max = std::min(limits.rows_max, rows_default);
  if (const auto rows = body->find("rows_max"); rows != body->end()) {
    if (!rows->is_number_unsigned() || rows->get<std::uint64_t>() == 0)
      return http::error_response({Errc::invalid, "'rows_max' must be a whole number from 1"});
    limits.rows_max = std::min<std::size_t>(rows->get<std::uint64_t>(), parts_.query.rows_max);
  }
  const api::QuerySlot slot(queries_);
  if (!slot.taken()) return api::too_many_queries();
  limits.abandoned = request.client_gone;
  const auto result = parts_.store.query(sql->get<std::string>(), limits);
  if (!result) return http::error_response(result.error());
  return http::json_response(api::query_json(*result));
}

Response Api::samples(const Request& request) {
  const auto wanted = api::sample_request(request);
  if (!wanted) return http::error_response(wanted.error());
  const api::QuerySlot slot(queries_);
  if (!slot.taken()) return api::too_many_queries();
  const auto samples = parts_.store.stored_samples(*wanted);
  if (!samples) return http::error_response(samples.error());
  return {200, "text/csv; header=present", api::samples_csv(wanted->asset, *samples), {}};
}

Response Api::replace_features(const Request& request) {
  auto replacement = api::feature_replacement(request.body);
  if (!replacement) return http::error_response(replacement.error());
  const auto assets = parts_.fleet.assets();
  const auto is_meant = [&](const AssetView& view) {
    return view.asset == replacement->block.asset && view.node == replacement->node;
  };
  if (std::none_of(assets.begin(), assets.end(), is_meant))
    return http::error_response({Errc::not_found, "there is no asset '" + replacement->block.asset +
                                                      "' at a node '" + replacement->node + "'"});
  const auto replaced = parts_.replace_features(std::move(*replacement));
  if (!replaced) return http::error_response(replaced.error());
  return reply({{"removed", replaced->removed}, {"written", replaced->written}});
}

}  // namespace wayside::hub
