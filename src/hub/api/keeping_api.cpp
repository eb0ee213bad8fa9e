#include "hub/api/keeping_api.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/digest.hpp"
#include "hub/api/json.hpp"
#include "hub/api/params.hpp"

namespace wayside::hub::api {
namespace {

namespace fs = std::filesystem;
using http::Request;
using http::Response;

constexpr std::size_t who_bytes_max = 256;
constexpr std::size_t names_max = 1'000;
constexpr std::size_t alerts_max = 1'000'000;  ///< of one asset, whose acknowledgements go too

Response reply(const Json& json) {
  return http::json_response(dump(json));
}

Result<Json> body_of(const Request& request) {
  Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return fail(Errc::invalid, "expected a JSON object as the body");
  return body;
}

/// Who asks, by his own word and by the connection.
Result<Requester> requester_of(const Json& body, const Request& request) {
  const auto who = body.find("who");
  if (who == body.end() || !who->is_string() || who->get<std::string>().empty() ||
      who->get<std::string>().size() > who_bytes_max)
    return fail(Errc::invalid, "'who' must say who asks: a text of at most {} bytes",
                who_bytes_max);
  return Requester{who->get<std::string>(), request.remote};
}

Result<std::vector<std::string>> names_in(const Json& body, const char* member) {
  std::vector<std::string> names;
  const auto list = body.find(member);
  if (list == body.end()) return names;
  const bool texts =
      list->is_array() && list->size() <= names_max &&
      std::all_of(list->begin(), list->end(), [](const Json& item) { return item.is_string(); });
  if (!texts)
    return fail(Errc::invalid, "'{}' must be a list of at most {} texts", member, names_max);
  for (const Json& item : *list) names.push_back(item.get<std::string>());
  return names;
}

Result<Time> time_in(const Json& body, const char* member, Time fallback) {
  const auto time = body.find(member);
  if (time == body.end()) return fallback;
  if (time->is_number()) return time_from_epoch(time->get<double>(), EpochUnit::ms);
  if (!time->is_string())
    return fail(Errc::invalid, "'{}' must be a time: RFC 3339, or milliseconds since 1970", member);
  auto parsed = parse_time(time->get<std::string>(), EpochUnit::ms);
  if (!parsed) return fail_in(std::string("'") + member + "'", parsed.error());
  return parsed;
}

Result<ExportRequest> export_request(const Json& body) {
  ExportRequest out;
  const std::string table = body.value("table", "");
  const auto kind = parse_record_kind(table);
  if (!kind)
    return fail(Errc::invalid,
                "'table': found '{}', expected samples, features, decisions, events, "
                "health or downsampled",
                table);
  out.kind = *kind;
  const std::string format = body.value("format", "parquet");
  if (format != "parquet" && format != "csv")
    return fail(Errc::invalid, "'format': found '{}', expected parquet or csv", format);
  out.format = format == "csv" ? ExportFormat::csv : ExportFormat::parquet;
  auto assets = names_in(body, "assets");
  if (!assets) return tl::make_unexpected(assets.error());
  auto names = names_in(body, "names");
  if (!names) return tl::make_unexpected(names.error());
  const auto from = time_in(body, "from", out.from), to = time_in(body, "to", out.to);
  if (!from) return tl::make_unexpected(from.error());
  if (!to) return tl::make_unexpected(to.error());
  if (*from > *to) return fail(Errc::invalid, "'from' is later than 'to'");
  out.assets = std::move(*assets);
  out.names = std::move(*names);
  out.from = *from;
  out.to = *to;
  return out;
}

/// What was asked for, for the log.
std::string describe(const ExportRequest& request) {
  Json what{{"table", to_string(request.kind)}, {"format", to_string(request.format)}};
  if (!request.assets.empty()) what["assets"] = request.assets;
  if (!request.names.empty()) what["names"] = request.names;
  if (request.from > Time::min()) what["from"] = format_time(request.from);
  if (request.to < Time::max()) what["to"] = format_time(request.to);
  return dump(what);
}

Json line_json(const ExportLine& line) {
  return {{"time", time_json(line.time)},
          {"who", line.by.who},
          {"remote", line.by.remote},
          {"what", Json::parse(line.what, nullptr, false)},
          {"rows", line.rows},
          {"bytes", line.bytes},
          {"digest", line.digest}};
}

Json deletion_json(const Deletion& deletion) {
  return {{"asset", deletion.asset},
          {"who", deletion.by.who},
          {"remote", deletion.by.remote},
          {"requested", time_json(deletion.requested)},
          {"finished", time_json(deletion.finished)},
          {"removed", deletion.removed},
          {"remaining", deletion.remaining}};
}

}  // namespace

KeepingApi::~KeepingApi() {
  std::error_code ignored;  // the store clears its folder when it opens
  for (const auto& [id, waiting] : waiting_) fs::remove(waiting.path, ignored);
}

void KeepingApi::mount(http::Server& server) {
  const auto handler = [this](Response (KeepingApi::*method)(const Request&)) {
    return [this, method](const Request& request) { return (this->*method)(request); };
  };
  server.get("/api/v1/usage", handler(&KeepingApi::usage));
  server.get("/api/v1/exports", handler(&KeepingApi::exports));
  server.get("/api/v1/deletions", handler(&KeepingApi::deletions));
  server.post("/api/v1/exports", handler(&KeepingApi::make_export));
  server.get("/api/v1/exports/([0-9a-f]{64})", handler(&KeepingApi::fetch_export));
  server.post("/api/v1/assets/([^/]+)/delete", handler(&KeepingApi::delete_asset));
}

Response KeepingApi::usage(const Request&) {
  const QuerySlot slot(slots_);
  if (!slot.taken()) return too_many_queries();
  const auto usage = store_.usage();
  if (!usage) return http::error_response(usage.error());
  Json lines = Json::array();
  for (const UsageLine& line : usage->lines)
    lines.push_back({{"kind", to_string(line.kind)},
                     {"tier", telemetry::to_string(line.tier)},
                     {"asset", line.asset},
                     {"rows", line.rows},
                     {"bytes", line.bytes},
                     {"archived_rows", line.archived_rows},
                     {"archived_bytes", line.archived_bytes}});
  return reply({{"time", time_json(clock_.now())},
                {"store_bytes", usage->store_bytes},
                {"free_bytes", usage->free_bytes},
                {"archive_bytes", usage->archive_bytes},
                {"archive_files", usage->archive_files},
                {"lines", std::move(lines)}});
}

Response KeepingApi::exports(const Request& request) {
  const auto limit = count_param(request, "limit", 100, lines_max);
  if (!limit) return http::error_response(limit.error());
  const auto lines = store_.exports(*limit);
  if (!lines) return http::error_response(lines.error());
  Json list = Json::array();
  for (const ExportLine& line : *lines) list.push_back(line_json(line));
  return reply({{"exports", std::move(list)}});
}

Response KeepingApi::deletions(const Request& request) {
  const auto limit = count_param(request, "limit", 100, lines_max);
  if (!limit) return http::error_response(limit.error());
  const auto lines = store_.deletions(*limit);
  if (!lines) return http::error_response(lines.error());
  Json list = Json::array();
  for (const Deletion& line : *lines) list.push_back(deletion_json(line));
  return reply({{"deletions", std::move(list)}});
}

Response KeepingApi::make_export(const Request& request) {
  const auto body = body_of(request);
  if (!body) return http::error_response(body.error());
  const auto wanted = export_request(*body);
  if (!wanted) return http::error_response(wanted.error());
  const auto by = requester_of(*body, request);
  if (!by) return http::error_response(by.error());
  drop_stale();
  const QuerySlot slot(slots_);
  if (!slot.taken()) return too_many_queries();
  const auto file = store_.export_rows(*wanted);
  if (!file) return http::error_response(file.error());
  const auto line = log_export(*wanted, *by, *file);
  Status kept;
  if (line)
    kept = keep(line->digest, {file->path, wanted->format, clock_.monotonic() + waiting_time});
  if (!line || !kept) {
    std::error_code ignored;  // what is said is the first error
    fs::remove(file->path, ignored);
    return http::error_response(line ? kept.error() : line.error());
  }
  return reply(line_json(*line));
}

Result<ExportLine> KeepingApi::log_export(const ExportRequest& request, const Requester& by,
                                          const ExportedFile& file) {
  auto digest = file_sha256(file.path);
  if (!digest) return tl::make_unexpected(digest.error());
  std::error_code error;
  const auto bytes = fs::file_size(file.path, error);
  if (error) return fail(Errc::io, "{}: {}", file.path, error.message());
  ExportLine line{clock_.now(), by, describe(request), file.rows, bytes, std::move(*digest)};
  if (const Status logged = store_.log_export(line); !logged)
    return tl::make_unexpected(logged.error());
  return line;
}

Status KeepingApi::keep(const std::string& id, Waiting waiting) {
  const std::scoped_lock lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end() && waiting_.size() >= waiting_max)
    return fail(Errc::unavailable, "{} exports were made and not fetched: fetch one, or wait {}",
                waiting_max, format_duration(waiting_time));
  if (found != waiting_.end()) {
    // The same bytes again: one file is enough.
    std::error_code ignored;
    fs::remove(found->second.path, ignored);
  }
  waiting_[id] = std::move(waiting);
  return {};
}

void KeepingApi::drop_stale() {
  const std::scoped_lock lock(mutex_);
  const Duration now = clock_.monotonic();
  std::erase_if(waiting_, [&](const auto& entry) {
    if (entry.second.until > now) return false;
    std::error_code ignored;  // it is as good as gone
    fs::remove(entry.second.path, ignored);
    return true;
  });
}

Response KeepingApi::fetch_export(const Request& request) {
  drop_stale();
  const std::scoped_lock lock(mutex_);
  const auto found = waiting_.find(request.captures.at(0));
  if (found == waiting_.end())
    return http::error_response(
        {Errc::not_found, "there is no such export to fetch: each is given once, for 10 minutes"});
  Response response;
  response.content_type = found->second.format == ExportFormat::csv
                              ? "text/csv; header=present"
                              : "application/vnd.apache.parquet";
  response.file = found->second.path;
  waiting_.erase(found);
  return response;
}

Response KeepingApi::delete_asset(const Request& request) {
  const auto body = body_of(request);
  if (!body) return http::error_response(body.error());
  const std::string& asset = request.captures.at(0);
  const auto confirm = body->find("confirm");
  if (confirm == body->end() || !confirm->is_string() || confirm->get<std::string>() != asset)
    return http::error_response(
        {Errc::invalid, "'confirm' must be the name of the asset, whose data cannot be had back"});
  const auto by = requester_of(*body, request);
  if (!by) return http::error_response(by.error());
  EventFilter alerts;
  alerts.asset = asset;
  alerts.kind = "alert_raised";
  alerts.limit = alerts_max;
  const auto raised = store_.events(alerts);
  if (!raised) return http::error_response(raised.error());
  std::set<std::string> ids;
  for (const EventRow& row : *raised) ids.insert(row.id);
  // Before the alerts, so that none is left whose alert nobody can name any more.
  if (const Status removed = catalog_.remove_acknowledgements(ids); !removed)
    return http::error_response(removed.error());
  const auto deleted =
      store_.delete_asset({asset, *by, clock_.now(), [this] { return clock_.now(); }});
  if (!deleted) return http::error_response(deleted.error());
  changed_(asset);
  return reply(deletion_json(*deleted));
}

}  // namespace wayside::hub::api
