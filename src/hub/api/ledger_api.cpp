#include "hub/api/ledger_api.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "hub/api/json.hpp"
#include "hub/api/params.hpp"

namespace wayside::hub::api {

using http::Request;
using http::Response;

namespace {

std::string epoch_text(std::uint64_t epoch) {
  return fmt::format("{:016x}", epoch);
}

Json line_json(const StreamKey& key, const StreamTotals& totals, bool ended,
               std::map<std::string, std::uint64_t> reasons) {
  if (totals.abandoned() > 0) reasons["epoch_ended"] += totals.abandoned();
  return {{"node", key.node},
          {"epoch", epoch_text(key.epoch)},
          {"ended", ended},
          {"tier", telemetry::to_string(key.tier)},
          {"produced", totals.produced},
          {"delivered", totals.delivered},
          {"dropped", totals.dropped + totals.abandoned()},
          {"queued", totals.queued()},
          {"duplicates", totals.duplicates},
          {"updated", time_json(totals.updated)},
          {"balanced", totals.balanced()},
          {"reasons", std::move(reasons)}};
}

Json gap_json(const GapRow& gap) {
  return {{"node", gap.stream.node},
          {"epoch", epoch_text(gap.stream.epoch)},
          {"tier", telemetry::to_string(gap.stream.tier)},
          {"first_seq", gap.first_seq},
          {"last_seq", gap.last_seq},
          {"records", gap.last_seq - gap.first_seq + 1},
          {"samples", gap.samples},
          {"reason", gap.reason},
          {"first_time", time_json(gap.first_time)},
          {"last_time", time_json(gap.last_time)}};
}

/// What of a closed stream never came. Nobody knows of when it is, or how many samples it holds.
void append_abandoned(Json& list, const StreamKey& key, const StreamTotals& totals) {
  if (totals.abandoned() == 0) return;
  for (const telemetry::SeqRange& range : telemetry::uncovered(
           totals.watermark, totals.ahead, totals.watermark + 1, totals.produced)) {
    Json gap = gap_json({key, range.first, range.last, 0, "epoch_ended", {}, {}});
    for (const char* unknown : {"samples", "first_time", "last_time"}) gap[unknown] = nullptr;
    list.push_back(std::move(gap));
  }
}

}  // namespace

void LedgerApi::mount(http::Server& server) {
  server.get("/api/v1/ledger", [this](const Request& request) { return ledger(request); });
  server.get("/api/v1/gaps", [this](const Request& request) { return gaps(request); });
}

Response LedgerApi::ledger(const Request& request) {
  const std::string node = request.param("node");
  const auto reasons = store_.drop_reasons();
  if (!reasons) return http::error_response(reasons.error());
  std::map<std::string, std::uint64_t> present;
  for (const NodeView& view : fleet_.nodes()) present[view.state.node] = view.state.epoch;
  Json lines = Json::array();
  for (const auto& [key, totals] : fleet_.streams()) {
    if (!node.empty() && key.node != node) continue;
    const auto why = reasons->find(key);
    const std::uint64_t epoch = present[key.node];
    const bool ended = totals.closed || (epoch != 0 && epoch != key.epoch);
    lines.push_back(
        line_json(key, totals, ended,
                  why != reasons->end() ? why->second : std::map<std::string, std::uint64_t>{}));
  }
  return http::json_response(dump({{"lines", std::move(lines)}}));
}

Response LedgerApi::gaps(const Request& request) {
  const auto limit = count_param(request, "limit", gaps_default, gaps_max);
  if (!limit) return http::error_response(limit.error());
  GapFilter filter;
  filter.node = request.param("node");
  filter.limit = *limit + 1;  // to know of more
  Json list = Json::array();
  for (const auto& [key, totals] : fleet_.streams())
    if (filter.node.empty() || key.node == filter.node) append_abandoned(list, key, totals);
  const auto rows = store_.gaps(filter);
  if (!rows) return http::error_response(rows.error());
  for (const GapRow& row : *rows) list.push_back(gap_json(row));
  const bool truncated = list.size() > *limit;
  if (truncated) list.erase(list.begin() + static_cast<std::ptrdiff_t>(*limit), list.end());
  return http::json_response(dump({{"gaps", std::move(list)}, {"truncated", truncated}}));
}

std::vector<Route> ledger_routes() {
  static constexpr const char* ledger_schema =
      R"({"type":"object","required":["lines"],"properties":{
  "lines":{"type":"array","items":{"type":"object","required":["node","epoch","ended","tier",
  "produced","delivered","dropped","queued","duplicates","updated","balanced","reasons"]}}}})";
  static constexpr const char* gaps_schema =
      R"({"type":"object","required":["gaps","truncated"],"properties":{
  "gaps":{"type":"array","items":{"type":"object","required":["node","epoch","tier","first_seq",
  "last_seq","records","samples","reason","first_time","last_time"]}}}})";
  const Parameter node{"node", "string", "name of a node"};
  return {{"get",
           "/api/v1/ledger",
           "the account of every stream",
           "application/json",
           {node},
           nullptr,
           ledger_schema},
          {"get",
           "/api/v1/gaps",
           "which records were dropped, of when and why, newest first",
           "application/json",
           {node, {"limit", "integer", "at most so many"}},
           nullptr,
           gaps_schema}};
}

}  // namespace wayside::hub::api
