#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/http/server.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::hub::api {

/// Parameters of a request. Errors: `invalid`, naming the parameter.
[[nodiscard]] Result<Time> time_param(const http::Request& request, const std::string& name,
                                      Time fallback);
[[nodiscard]] Result<std::size_t> count_param(const http::Request& request, const std::string& name,
                                              std::size_t fallback, std::size_t max);
/// More than 0.
[[nodiscard]] Result<Duration> duration_param(const http::Request& request, const std::string& name,
                                              Duration fallback);
/// Nullopt where it is absent.
[[nodiscard]] Result<std::optional<double>> number_param(const http::Request& request,
                                                         const std::string& name);
/// `true` or `false`; absent: false.
[[nodiscard]] Result<bool> flag_param(const http::Request& request, const std::string& name);
/// Whether a text can be the key of an asset's tag.
[[nodiscard]] bool is_tag_key(std::string_view text);
/// Comma-separated; empty where it is absent.
[[nodiscard]] std::vector<std::string> list_param(const http::Request& request,
                                                  const std::string& name);

}  // namespace wayside::hub::api
