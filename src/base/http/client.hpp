#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::http {

struct Reply {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// One request over libcurl. A reply of any status is a success here; errors are `unavailable`
/// (nobody answers), `timeout` and `invalid` (the address).
[[nodiscard]] Result<Reply> get(const std::string& url, Duration timeout = seconds(30));
[[nodiscard]] Result<Reply> post(const std::string& url, std::string_view body,
                                 const std::string& content_type = "application/json",
                                 Duration timeout = seconds(60));
/// Percent-encodes one query value or path part.
[[nodiscard]] std::string escape(std::string_view text);

}  // namespace wayside::http
