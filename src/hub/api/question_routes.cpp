#include "hub/api/openapi.hpp"

namespace wayside::hub::api {
namespace {

constexpr const char* time_text = "milliseconds since the epoch, or RFC 3339";
constexpr const char* list_text = "separated by commas";

constexpr const char* last_schema = R"({"type":"object","required":["time","values"],"properties":{
  "values":{"type":"array","items":{"type":"object","required":["node","asset","kind","site",
  "signal","unit","time","value"]}}}})";
constexpr const char* stats_schema = R"({"type":"object","required":["signal","by","from","to",
  "rows"],"properties":{"rows":{"type":"array","items":{"type":"object","required":["group","time",
  "count","mean","std","min","max","p05","p50","p95"]}}}})";
constexpr const char* asof_schema = R"({"type":"object","required":["signals","events"],
  "properties":{"events":{"type":"array","items":{"type":"object","required":["node","asset",
  "kind","time","severity","text","values"]}}}})";
constexpr const char* similar_schema = R"({"type":"object","required":["asset","kind","to",
  "window_s","assets"],"properties":{"assets":{"type":"array","items":{"type":"object",
  "required":["asset","node","distance","parts"]}}}})";
constexpr const char* anomaly_schema = R"({"type":"object","required":["episodes"],"properties":{
  "episodes":{"type":"array","items":{"type":"object","required":["asset","node","model","start",
  "end","peak","peak_time","decisions"]}}}})";

/// The parameters that say which assets, and then `more`.
std::vector<Parameter> scoped(std::vector<Parameter> more) {
  std::vector<Parameter> all{{"asset", "string", "name of an asset"},
                             {"kind", "string", "kind of the assets"},
                             {"site", "string", "site of the assets"},
                             {"tag", "string", "KEY:VALUE, a tag of the assets"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Route question(const char* path, const char* summary, std::vector<Parameter> parameters,
               const char* response) {
  return {"get", path, summary, "application/json", std::move(parameters), nullptr, response};
}

}  // namespace

std::vector<Route> question_routes() {
  return {
      question("/api/v1/last", "the newest value of every signal",
               scoped({{"names", "string", "signals, separated by commas; default all"},
                       {"above", "number", "values above it alone"},
                       {"below", "number", "values below it alone"}}),
               last_schema),
      question("/api/v1/stats", "statistics of a signal over windows, by group",
               scoped({{"signal", "string", "name of a signal", true},
                       {"by", "string", "asset (default), kind, site or tag.KEY"},
                       {"from", "string", time_text},
                       {"to", "string", time_text},
                       {"every", "string", "length of a window, as 10min; default one window"}}),
               stats_schema),
      question("/api/v1/asof", "events with the last values at or before them",
               scoped({{"event", "string", "kind of event: alert_raised, …"},
                       {"signals", "string", list_text, true},
                       {"from", "string", time_text},
                       {"to", "string", time_text},
                       {"within", "string", "age of a value, at most; default 1h"},
                       {"limit", "integer", "at most so many events"}}),
               asof_schema),
      question("/api/v1/similar", "the assets of a kind whose recent features are nearest to one's",
               {{"asset", "string", "name of an asset", true},
                {"to", "string", time_text},
                {"window", "string", "means over so long before; default 10min"},
                {"limit", "integer", "at most so many assets"}},
               similar_schema),
      question(
          "/api/v1/anomalies", "episodes of high scores, highest first",
          scoped({{"model", "string", "name of a model"},
                  {"from", "string", time_text},
                  {"to", "string", time_text},
                  {"above", "number", "scores from here on; default decisions of class anomaly"},
                  {"gap", "string", "between two decisions of one episode; default 1min"},
                  {"limit", "integer", "at most so many episodes"}}),
          anomaly_schema),
  };
}

}  // namespace wayside::hub::api
