#pragma once

#include <cstdint>
#include <string>

#include "base/http/client.hpp"
#include "base/result.hpp"

namespace wayside::bench {

/// A reply's body, or what the server said instead.
[[nodiscard]] inline Result<std::string> body_of(Result<http::Reply> reply) {
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status / 100 != 2) return fail(Errc::io, "{}: {}", reply->status, reply->body);
  return std::move(reply->body);
}

/// ClickHouse's answer to a question for one number.
[[nodiscard]] inline Result<std::uint64_t> number_from(const std::string& url,
                                                       const std::string& sql) {
  const auto body = body_of(http::post(url + "/", sql, "text/plain", minutes(2)));
  if (!body) return tl::make_unexpected(body.error());
  return std::stoull(*body);
}

}  // namespace wayside::bench
