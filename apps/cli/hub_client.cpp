#include "hub_client.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <iostream>

#include "base/http/client.hpp"

namespace wayside::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration query_timeout = minutes(10);

Json accept(const Result<http::Reply>& reply, const std::string& url) {
  if (!reply && reply.error().code == Errc::unavailable)
    give_up(fmt::format("no hub answers at {} ({})", url, reply.error().message));
  if (!reply) give_up(reply.error().message);
  Json body = Json::parse(reply->body, nullptr, false);
  if (reply->status == 200 && !body.is_discarded()) return body;
  const bool says_why = body.is_object() && body.contains("error") && body["error"].is_string();
  give_up(says_why ? body["error"].get<std::string>()
                   : fmt::format("{} is no hub: it answers with status {}", url, reply->status));
}

}  // namespace

void give_up(const std::string& sentence) {
  std::cout.flush();
  std::cerr << "wayside: " << sentence << '\n';
  throw CLI::RuntimeError(1);
}

HubClient::HubClient(std::string url) : url_(std::move(url)) {
  if (url_.find("://") == std::string::npos) url_ = "http://" + url_;
  while (url_.ends_with('/')) url_.pop_back();
}

Json HubClient::get(const std::string& path) const {
  return accept(http::get(url_ + path), url_);
}

Json HubClient::post(const std::string& path, const Json& body) const {
  return accept(http::post(url_ + path, body.dump(), "application/json", query_timeout), url_);
}

std::optional<Json> HubClient::try_get(const std::string& path) const {
  const auto reply = http::get(url_ + path, seconds(5));
  if (!reply || reply->status != 200) return std::nullopt;
  Json body = Json::parse(reply->body, nullptr, false);
  if (body.is_discarded()) return std::nullopt;
  return body;
}

}  // namespace wayside::cli
