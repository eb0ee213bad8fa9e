#include "node/local_api.hpp"

#include <algorithm>
#include <charconv>

#include "node/api_json.hpp"

namespace wayside::node {
namespace {

using http::Request;
using http::Response;

constexpr Duration publish_pause = milliseconds(250);

struct Range {
  Time from;
  Time to;
};

/// `from` and `to` of a request.
Result<Range> parse_range(const Request& request, Range fallback) {
  Range range = fallback;
  for (const auto& [name, out] : {std::pair{"from", &range.from}, std::pair{"to", &range.to}}) {
    const std::string text = request.param(name);
    if (text.empty()) continue;
    const auto time = parse_time(text, EpochUnit::ms);
    if (!time) return fail_in(std::string("parameter '") + name + "'", time.error());
    *out = *time;
  }
  return range;
}

Result<std::size_t> parse_count(const Request& request, const std::string& name,
                                std::size_t fallback, std::size_t max) {
  const std::string text = request.param(name);
  if (text.empty()) return fallback;
  std::size_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || value > max)
    return fail(Errc::invalid, "parameter '{}': expected a number from 0 to {}, found '{}'", name,
                max, text);
  return value;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::string_view to_string(RecentHistory::SeriesKind kind) {
  switch (kind) {
    case RecentHistory::SeriesKind::signal:
      return "signal";
    case RecentHistory::SeriesKind::feature:
      return "feature";
    case RecentHistory::SeriesKind::score:
      break;
  }
  return "score";
}

Json one_series(const RecentHistory::SeriesName& name, std::vector<Point> points,
                std::size_t points_max) {
  const bool reduced = reduce_points(points, points_max);
  Json times = Json::array();
  Json values = Json::array();
  for (const Point& point : points) {
    times.push_back(point.time.milliseconds());
    values.push_back(point.value);
  }
  return {{"name", name.name},  {"kind", to_string(name.kind)}, {"unit", name.unit},
          {"reduced", reduced}, {"times", std::move(times)},    {"values", std::move(values)}};
}

Response text(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace

LocalApi::LocalApi(AgentView agent, std::vector<http::Asset> console)
    : agent_(std::move(agent)), server_({.threads = threads, .body_bytes_max = 64u << 10}) {
  server_.get("/healthz", [](const Request&) { return text("ok\n"); });
  server_.get("/readyz", [this](const Request&) { return ready(); });
  server_.get("/metrics", [this](const Request&) {
    Response response = text(agent_.metrics.expose());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  });
  const auto json = [this](const std::string& path, auto make) {
    server_.get(path, [make](const Request&) { return http::json_response(dump(make())); });
  };
  json("/api/v1/status", [this] { return status_json(agent_); });
  json("/api/v1/nodes", [this] {
    return Json{{"time", json_time(agent_.clock.now())},
                {"nodes", Json::array({node_json(agent_)})}};
  });
  json("/api/v1/assets", [this] {
    Json assets = Json::array();
    for (std::size_t a = 0; a < agent_.config.table.assets.size(); ++a)
      assets.push_back(asset_json(agent_, AssetId{static_cast<std::uint32_t>(a)}));
    return Json{{"assets", std::move(assets)}};
  });
  json("/api/v1/ledger", [this] { return ledger_json(agent_); });
  server_.get("/api/v1/gaps", [this](const Request& r) { return gaps(r); });
  server_.get("/api/v1/series", [this](const Request& r) { return series(r); });
  server_.get("/api/v1/decisions", [this](const Request& r) { return decisions(r); });
  server_.get("/api/v1/events", [this](const Request& r) { return events(r); });
  server_.stream("/api/v1/stream", broadcast_);
  if (!console.empty()) server_.assets(std::move(console));
}

LocalApi::~LocalApi() {
  stop();
}

Result<int> LocalApi::start(const std::string& listen) {
  return server_.start(listen);
}

void LocalApi::stop() {
  broadcast_.close();
  server_.stop();
}

Response LocalApi::ready() const {
  const auto troubles = agent_.troubles();
  if (troubles.empty()) return text("ready\n");
  std::string body;
  for (const std::string& trouble : troubles) body += trouble + "\n";
  return text(std::move(body), 503);
}

Response LocalApi::series(const Request& request) const {
  const auto asset = agent_.config.table.find(request.param("asset"));
  if (!asset)
    return http::error_response(
        {Errc::not_found, "there is no asset '" + request.param("asset") + "' on this node"});
  const Time to = agent_.history.asset_state(*asset).newest.value_or(agent_.clock.now());
  auto range = parse_range(request, {Time::min(), to});
  if (!range) return http::error_response(range.error());
  if (range->from == Time::min()) range->from = range->to - minutes(10);
  const auto points = parse_count(request, "points", 600, points_max);
  if (!points) return http::error_response(points.error());
  const std::size_t limit = *points == 0 ? raw_points_max : std::max<std::size_t>(*points, 2);

  const std::vector<std::string> wanted = split(request.param("names"));
  Json out = Json::array();
  for (const RecentHistory::SeriesName& name : agent_.history.series_names(*asset)) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name.name) == wanted.end())
      continue;
    out.push_back(
        one_series(name, agent_.history.series(*asset, name.name, range->from, range->to), limit));
  }
  return http::json_response(dump({{"asset", request.param("asset")},
                                   {"from", json_time(range->from)},
                                   {"to", json_time(range->to)},
                                   {"series", std::move(out)}}));
}

Response LocalApi::gaps(const Request& request) const {
  const auto limit = parse_count(request, "limit", 1'000, rows_max);
  if (!limit) return http::error_response(limit.error());
  return http::json_response(dump(gaps_json(agent_, *limit)));
}

Response LocalApi::decisions(const Request& request) const {
  const auto range = parse_range(request, {Time::min(), Time::max()});
  if (!range) return http::error_response(range.error());
  const auto limit = parse_count(request, "limit", 100, rows_max);
  if (!limit) return http::error_response(limit.error());
  Json out = Json::array();
  for (const telemetry::Decision& decision : agent_.history.decisions(
           request.param("asset"), request.param("model"), range->from, range->to, *limit))
    out.push_back(decision_json(agent_, decision));
  return http::json_response(dump({{"decisions", std::move(out)}}));
}

Response LocalApi::events(const Request& request) const {
  const auto range = parse_range(request, {Time::min(), Time::max()});
  if (!range) return http::error_response(range.error());
  const auto limit = parse_count(request, "limit", 200, rows_max);
  if (!limit) return http::error_response(limit.error());
  Json out = Json::array();
  for (const RecentHistory::StoredEvent& event :
       agent_.history.events(request.param("asset"), request.param("kind"),
                             request.param("open") == "true", range->from, range->to, *limit))
    out.push_back(event_json(agent_, event));
  return http::json_response(dump({{"events", std::move(out)}}));
}

void LocalApi::publish(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) {
  if (broadcast_.clients() == 0) return;
  if (const auto* event = std::get_if<telemetry::Event>(&record)) {
    RecentHistory::StoredEvent stored{tier, seq, *event, std::nullopt, false};
    broadcast_.publish("event", dump(event_json(agent_, stored)));
  }
  const auto* block = std::get_if<telemetry::SampleBlock>(&record);
  if (block == nullptr || block->times.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, added] = changed_.emplace(block->asset, block->times.back());
    if (!added) entry->second = std::max(entry->second, block->times.back());
    if (agent_.clock.monotonic() - published_ < publish_pause) return;
  }
  publish_data();
}

void LocalApi::publish_data() {
  const std::lock_guard lock(mutex_);
  if (changed_.empty()) return;
  Json assets = Json::object();
  for (const auto& [asset, time] : changed_) assets[asset] = json_time(time);
  changed_.clear();
  published_ = agent_.clock.monotonic();
  broadcast_.publish("data", dump({{"assets", std::move(assets)}}));
}

void LocalApi::publish_node() {
  if (broadcast_.clients() == 0) return;
  broadcast_.publish("node", dump(node_json(agent_)));
  publish_data();
}

}  // namespace wayside::node
