#pragma once

#include <cstddef>
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
/// Comma-separated; empty where it is absent.
[[nodiscard]] std::vector<std::string> list_param(const http::Request& request,
                                                  const std::string& name);

}  // namespace wayside::hub::api
