#include "hub/api/params.hpp"

#include <charconv>
#include <cmath>

#include "link/topics.hpp"

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

Result<Duration> duration_param(const http::Request& request, const std::string& name,
                                Duration fallback) {
  const std::string text = request.param(name);
  if (text.empty()) return fallback;
  auto duration = parse_duration(text);
  if (!duration) return fail_in("parameter '" + name + "'", duration.error());
  if (duration->ns <= 0)
    return fail(Errc::invalid, "parameter '{}': found '{}', expected more than 0", name, text);
  return duration;
}

Result<std::optional<double>> number_param(const http::Request& request, const std::string& name) {
  const std::string text = request.param(name);
  if (text.empty()) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return fail(Errc::invalid, "parameter '{}': found '{}', expected a number", name, text);
  return number;
}

Result<bool> flag_param(const http::Request& request, const std::string& name) {
  const std::string text = request.param(name, "false");
  if (text != "true" && text != "false")
    return fail(Errc::invalid, "parameter '{}': found '{}', expected true or false", name, text);
  return text == "true";
}

bool is_tag_key(std::string_view text) {
  return link::valid_node_name(text);
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
