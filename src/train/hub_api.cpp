#include "train/hub_api.hpp"

#include <fmt/format.h>

#include "base/http/client.hpp"

namespace wayside::train {
namespace {

using Json = nlohmann::json;

constexpr Duration timeout = minutes(2);

/// The body of a reply that is a success.
Result<std::string> body_of(Result<http::Reply> reply, const std::string& url) {
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status == 200) return std::move(reply->body);
  const Json json = Json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  const bool explained = json.is_object() && json.contains("error") && json["error"].is_string();
  const Errc code = reply->status == 413   ? Errc::full
                    : reply->status == 404 ? Errc::not_found
                                           : Errc::io;
  return fail(code, "{}: status {}{}", url, reply->status,
              explained ? ": " + json["error"].get<std::string>() : "");
}

Result<Json> json_of(Result<http::Reply> reply, const std::string& url) {
  const Result<std::string> body = body_of(std::move(reply), url);
  if (!body) return tl::make_unexpected(body.error());
  Json json = Json::parse(*body, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  return fail(Errc::corrupt, "{}: the reply is not a JSON object; is this a Wayside hub?", url);
}

std::string text_member(const Json& object, const char* member) {
  if (!object.is_object()) return {};
  const auto at = object.find(member);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

tl::unexpected<Error> odd_reply(const std::string& what) {
  return fail(Errc::corrupt, "the hub's reply is not as its API promises: {}", what);
}

HubApi::HubApi(std::string url) : url_(std::move(url)) {
  if (url_.find("://") == std::string::npos) url_ = "http://" + url_;
  while (url_.ends_with('/')) url_.pop_back();
}

Result<Json> HubApi::get(const std::string& path) const {
  return json_of(http::get(url_ + path, timeout), url_ + path);
}

Result<Json> HubApi::post(const std::string& path, const Json& body) const {
  return json_of(http::post(url_ + path, body.dump(), "application/json", timeout), url_ + path);
}

Result<std::string> HubApi::get_text(const std::string& path) const {
  return body_of(http::get(url_ + path, timeout), url_ + path);
}

Result<HubApi::Rows> HubApi::query(const std::string& sql, std::size_t columns,
                                   std::size_t rows_max) const {
  const Result<Json> reply = post("/api/v1/query", {{"sql", sql}, {"rows_max", rows_max}});
  if (!reply) return tl::make_unexpected(reply.error());
  const auto rows = reply->find("rows");
  if (rows == reply->end() || !rows->is_array()) return odd_reply("no list `rows`");
  Rows out;
  for (const Json& row : *rows) {
    if (!row.is_array() || row.size() != columns)
      return odd_reply(fmt::format("a row that has not {} values", columns));
    out.rows.push_back(row);
  }
  const auto cut = reply->find("truncated");
  out.truncated = cut != reply->end() && cut->is_boolean() && cut->get<bool>();
  return out;
}

std::string sql_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string sql_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + sql_text(text);
  return "(" + out + ")";
}

Result<std::vector<HubAsset>> hub_assets(const HubApi& hub) {
  const Result<Json> reply = hub.get("/api/v1/assets");
  if (!reply) return tl::make_unexpected(reply.error());
  const auto list = reply->find("assets");
  if (list == reply->end() || !list->is_array()) return odd_reply("no list `assets`");
  std::vector<HubAsset> assets;
  for (const Json& line : *list) {
    HubAsset asset{text_member(line, "asset"),
                   text_member(line, "node"),
                   text_member(line, "kind"),
                   text_member(line, "features_digest"),
                   {}};
    if (asset.name.empty() || !line.contains("kind"))
      return odd_reply("an asset without name or kind");
    for (const Json& feature : line.value("features", Json::array()))
      asset.features.push_back({text_member(feature, "name"), text_member(feature, "expression"),
                                text_member(feature, "digest")});
    assets.push_back(std::move(asset));
  }
  return assets;
}

}  // namespace wayside::train
