#include "hub/api/openapi.hpp"

#include <nlohmann/json.hpp>

#include "hub/api/ledger_api.hpp"

namespace wayside::hub::api {
namespace {

using Json = nlohmann::json;

constexpr const char* time_text = "milliseconds since the epoch, or RFC 3339";

constexpr const char* node_schema = R"({"type":"object","required":["time","nodes"],"properties":{
  "time":{"type":"number"},"nodes":{"type":"array","items":{"type":"object","required":["node",
  "site","version","epoch","online","since","last_seen","data_time","data_age_s","backlog","assets",
  "open_alerts"]}}}})";
constexpr const char* asset_schema = R"({"type":"object","required":["assets"],"properties":{
  "assets":{"type":"array","items":{"type":"object","required":["asset","node","site","kind",
  "state","open_alerts","data_time","signals","features","models","rules"],"properties":{
  "state":{"enum":["ok","warning","alarm","silent"]}}}}}})";
constexpr const char* series_schema = R"({"type":"object","required":["asset","from","to","series"],
  "properties":{"series":{"type":"array","items":{"type":"object","required":["name","kind","unit",
  "reduced","times","values"],"properties":{"kind":{"enum":["signal","feature","score"]},
  "times":{"type":"array","items":{"type":"number"}},
  "values":{"type":"array","items":{"type":["number","null"]}}}}}}})";
constexpr const char* decision_schema = R"({"type":"object","required":["decisions"],"properties":{
  "decisions":{"type":"array","items":{"type":"object","required":["asset","node","model","release",
  "time","score","class","confidence","latency_us","action","inputs"]}}}})";
constexpr const char* event_schema = R"({"type":"object","required":["id","node","asset","kind",
  "time","severity","text","data"],"properties":{"severity":{"enum":["info","warning","alarm"]}}})";
constexpr const char* events_schema = R"({"type":"object","required":["events"],"properties":{
  "events":{"type":"array","items":{"type":"object"}}}})";
constexpr const char* query_schema = R"({"type":"object","required":["columns","rows","truncated"],
  "properties":{"columns":{"type":"array","items":{"type":"object","required":["name","type"]}},
  "rows":{"type":"array","items":{"type":"array"}},"truncated":{"type":"boolean"}}})";
constexpr const char* query_body = R"({"type":"object","required":["sql"],"properties":{
  "sql":{"type":"string"},"rows_max":{"type":"integer","minimum":1}}})";
constexpr const char* ack_body = R"({"type":"object","required":["by"],"properties":{
  "by":{"type":"string"},"note":{"type":"string"}}})";
constexpr const char* status_schema = R"({"type":"object","required":["program","version","started",
  "time","rows"]})";
constexpr const char* rewrite_body = R"({"type":"object","required":["node","asset","from","to",
  "names","times","values"],"properties":{"node":{"type":"string"},"asset":{"type":"string"},
  "from":{"type":"string"},"to":{"type":"string"},"names":{"type":"array",
  "items":{"type":"string"}},"times":{"type":"array","items":{"type":"string"}},
  "values":{"type":"array","items":{"type":"array","items":{"type":["number","null"]}}}}})";
constexpr const char* rewrite_schema = R"({"type":"object","required":["removed","written"]})";
constexpr const char* ready_schema = R"({"type":"object","required":["ready","reasons"]})";

const Parameter asset_parameter{"asset", "string", "name of an asset"};
const Parameter from_parameter{"from", "string", time_text};
const Parameter to_parameter{"to", "string", time_text};

std::vector<Route> make_routes() {
  return {
      {"get", "/healthz", "200 while the program runs", "text/plain", {}},
      {"get",
       "/readyz",
       "200 when the hub can do its work, else 503 with the reasons",
       "application/json",
       {},
       nullptr,
       ready_schema},
      {"get", "/metrics", "Prometheus text", "text/plain", {}},
      {"get", "/api/openapi.json", "this document", "application/json", {}},
      {"get",
       "/api/v1/status",
       "the program itself",
       "application/json",
       {},
       nullptr,
       status_schema},
      {"get", "/api/v1/nodes", "the nodes", "application/json", {}, nullptr, node_schema},
      {"get",
       "/api/v1/assets",
       "the assets with their schema and state",
       "application/json",
       {},
       nullptr,
       asset_schema},
      {"get",
       "/api/v1/series",
       "values over time",
       "application/json",
       {{"asset", "string", "name of an asset", true},
        {"names", "string", "signals, features, model.score; separated by commas"},
        from_parameter,
        to_parameter,
        {"points", "integer", "at most so many values a series, from 2; 0: all of them"},
        {"quality", "string", "all: samples of any quality"},
        {"align", "boolean", "true: all series over the same times"},
        {"format", "string", "json (default), csv or parquet; or by the Accept header"}},
       nullptr,
       series_schema},
      {"get",
       "/api/v1/decisions",
       "what models concluded, newest first",
       "application/json",
       {asset_parameter,
        {"model", "string", "name of a model"},
        from_parameter,
        to_parameter,
        {"limit", "integer", "at most so many"}},
       nullptr,
       decision_schema},
      {"get",
       "/api/v1/events",
       "alerts and other events, newest first",
       "application/json",
       {asset_parameter,
        {"kind", "string", "alert_raised, link_lost, …"},
        {"open", "boolean", "alerts neither cleared nor acknowledged"},
        from_parameter,
        to_parameter,
        {"limit", "integer", "at most so many"}},
       nullptr,
       events_schema},
      {"post",
       "/api/v1/events/{id}/ack",
       "acknowledge an alert",
       "application/json",
       {{"id", "string", "id of the event", true}},
       ack_body,
       event_schema},
      {"post",
       "/api/v1/query",
       "one read-only SELECT",
       "application/json",
       {},
       query_body,
       query_schema},
      {"get",
       "/api/v1/samples",
       "samples of one asset at one node, by time, for a replay of its features",
       "text/csv",
       {{"asset", "string", "name of an asset", true},
        {"node", "string", "name of its node", true},
        {"signals", "string", "separated by commas; default all"},
        {"from", "string", time_text, true},
        {"to", "string", time_text, true},
        {"limit", "integer", "where there are more the answer is 413"}}},
      {"post",
       "/api/v1/features",
       "replace feature rows of an asset by those of a replay",
       "application/json",
       {},
       rewrite_body,
       rewrite_schema},
      {"get", "/api/v1/stream", "live: node, event, data and lost", "text/event-stream", {}},
  };
}

Json parameter_json(const Route& route, const Parameter& parameter) {
  const bool in_path =
      std::string(route.path).find("{" + std::string(parameter.name) + "}") != std::string::npos;
  return {{"name", parameter.name},
          {"in", in_path ? "path" : "query"},
          {"required", parameter.required},
          {"description", parameter.description},
          {"schema", {{"type", parameter.type}}}};
}

Json operation_json(const Route& route) {
  Json content;
  content[route.content_type] = Json::object();
  if (route.response) content[route.content_type]["schema"] = Json::parse(route.response);
  Json operation{{"summary", route.summary},
                 {"parameters", Json::array()},
                 {"responses",
                  {{"200", {{"description", route.summary}, {"content", content}}},
                   {"default", {{"$ref", "#/components/responses/error"}}}}}};
  for (const Parameter& parameter : route.parameters)
    operation["parameters"].push_back(parameter_json(route, parameter));
  if (route.body)
    operation["requestBody"] = {
        {"required", true},
        {"content", {{"application/json", {{"schema", Json::parse(route.body)}}}}}};
  return operation;
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> list = make_routes();
    for (Route& route : ledger_routes()) list.push_back(std::move(route));
    for (Route& route : question_routes()) list.push_back(std::move(route));
    for (Route& route : keeping_routes()) list.push_back(std::move(route));
    return list;
  }();
  return all;
}

std::string openapi(const std::string& version) {
  Json document{{"openapi", "3.1.0"},
                {"info", {{"title", "Wayside hub"}, {"version", version}}},
                {"paths", Json::object()}};
  document["components"]["responses"]["error"] = {
      {"description", "what went wrong, as a sentence"},
      {"content",
       {{"application/json",
         {{"schema",
           {{"type", "object"},
            {"required", {"error"}},
            {"properties", {{"error", {{"type", "string"}}}}}}}}}}}};
  for (const Route& route : routes())
    document["paths"][route.path][route.method] = operation_json(route);
  return document.dump(2);
}

}  // namespace wayside::hub::api
