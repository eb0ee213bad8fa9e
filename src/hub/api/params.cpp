#include "hub/api/params.hpp"

#include <charconv>

namespace wayside::hub::api {

Result<Time> time_param(const http::Request& request, const std::string& name, Time fallback) {
  const std::string text = request.param(name);
  if (text.empty()) return fallback;
  auto time = parse_time(text, EpochUnit::ms);
  if (!time) return fail_in("parameter '" + name + "'", time.error());
  return time;
}

Result<std::size_t> count_param(const http::Request& request, const std::string& name,
                                std::size_t fallback, std::size_t max) {
  const std::string text = request.param(name);
  if (text.empty()) return fallback;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count > max)
    return fail(Errc::invalid, "parameter '{}': found '{}', expected a whole number up to {}", name,
                text, max);
  return count;
}

std::vector<std::string> list_param(const http::Request& request, const std::string& name) {
  const std::string text = request.param(name);
  std::vector<std::string> items;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at) items.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return items;
}

}  // namespace wayside::hub::api
