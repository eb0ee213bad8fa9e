#include "base/config/reader.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace wayside::config {
namespace {

void expected(const Node& node, std::string_view what, Diagnostics& diagnostics) {
  diagnostics.error(node.at, fmt::format("expected {}, found {}", what, node.describe()));
}

/// A number followed by a unit word, with or without a space: "2 kHz", "64KiB".
struct Quantity {
  double number;
  std::string_view unit;
};
std::optional<Quantity> split_quantity(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  return Quantity{number, unit};
}

struct Scale {
  std::string_view unit;
  double factor;
};

std::optional<double> scaled(const Node& node, std::span<const Scale> scales) {
  if (node.type != Node::Type::scalar) return std::nullopt;
  const auto quantity = split_quantity(node.scalar);
  if (!quantity || quantity->number < 0) return std::nullopt;
  for (const Scale& scale : scales)
    if (scale.unit == quantity->unit) return quantity->number * scale.factor;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> as_string(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar) return node.scalar;
  expected(node, "text", diagnostics);
  return std::nullopt;
}

std::optional<bool> as_bool(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar) {
    if (node.scalar == "true" || node.scalar == "yes" || node.scalar == "on") return true;
    if (node.scalar == "false" || node.scalar == "no" || node.scalar == "off") return false;
  }
  expected(node, "true or false", diagnostics);
  return std::nullopt;
}

std::optional<double> as_number(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar && !node.quoted) {
    const auto quantity = split_quantity(node.scalar);
    if (quantity && quantity->unit.empty()) return quantity->number;
  }
  expected(node, "a number", diagnostics);
  return std::nullopt;
}

std::optional<std::int64_t> as_integer(const Node& node, Diagnostics& diagnostics, std::int64_t min,
                                       std::int64_t max) {
  std::int64_t value = 0;
  const char* begin = node.scalar.data();
  const char* end = begin + node.scalar.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (node.type != Node::Type::scalar || node.quoted || error != std::errc{} || stop != end) {
    expected(node, "a whole number", diagnostics);
    return std::nullopt;
  }
  if (value < min || value > max) {
    expected(node, fmt::format("a whole number from {} to {}", min, max), diagnostics);
    return std::nullopt;
  }
  return value;
}

std::optional<Duration> as_duration(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar)
    if (const auto duration = parse_duration(node.scalar)) return *duration;
  expected(node, "a duration such as 500ms, 10s, 5min, 2h or 7d", diagnostics);
  return std::nullopt;
}

std::optional<std::uint64_t> as_size(const Node& node, Diagnostics& diagnostics) {
  static constexpr std::array<Scale, 10> scales{{{"", 1},
                                                 {"B", 1},
                                                 {"KiB", 1024.0},
                                                 {"MiB", 1048576.0},
                                                 {"GiB", 1073741824.0},
                                                 {"TiB", 1099511627776.0},
                                                 {"kB", 1e3},
                                                 {"MB", 1e6},
                                                 {"GB", 1e9},
                                                 {"TB", 1e12}}};
  const auto bytes = scaled(node, scales);
  if (bytes && *bytes < 9e18) return static_cast<std::uint64_t>(*bytes);
  expected(node, "a size such as 512KiB, 64MiB or 2GiB", diagnostics);
  return std::nullopt;
}

std::optional<double> as_frequency(const Node& node, Diagnostics& diagnostics) {
  static constexpr std::array<Scale, 3> scales{{{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}}};
  const auto hz = scaled(node, scales);
  if (hz && *hz > 0) return hz;
  expected(node, "a frequency such as 50 Hz or 2 kHz", diagnostics);
  return std::nullopt;
}

MapReader::MapReader(const Node& node, std::string what, Diagnostics& diagnostics)
    : node_(node), what_(std::move(what)), diagnostics_(diagnostics) {
  if (node.type == Node::Type::map) return;
  if (node.type != Node::Type::null)
    diagnostics.error(node.at,
                      fmt::format("expected {} as a map, found {}", what_, node.describe()));
}

MapReader::~MapReader() {
  finish();
}

const Node* MapReader::optional(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const Node* found = node_.find(key);
  return found != nullptr && found->type != Node::Type::null ? found : nullptr;
}

const Node* MapReader::required(std::string_view key) {
  const Node* found = optional(key);
  const bool complained = node_.type != Node::Type::map && node_.type != Node::Type::null;
  if (found == nullptr && !complained)
    diagnostics_.error(node_.at, fmt::format("{} needs '{}'", what_, key));
  return found;
}

std::string MapReader::string(std::string_view key, std::string fallback) {
  const Node* found = optional(key);
  return found != nullptr ? as_string(*found, diagnostics_).value_or(fallback) : fallback;
}

std::string MapReader::required_string(std::string_view key) {
  const Node* found = required(key);
  return found != nullptr ? as_string(*found, diagnostics_).value_or("") : "";
}

bool MapReader::boolean(std::string_view key, bool fallback) {
  const Node* found = optional(key);
  return found != nullptr ? as_bool(*found, diagnostics_).value_or(fallback) : fallback;
}

double MapReader::number(std::string_view key, double fallback) {
  const Node* found = optional(key);
  return found != nullptr ? as_number(*found, diagnostics_).value_or(fallback) : fallback;
}

std::int64_t MapReader::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                std::int64_t max) {
  const Node* found = optional(key);
  return found != nullptr ? as_integer(*found, diagnostics_, min, max).value_or(fallback)
                          : fallback;
}

Duration MapReader::duration(std::string_view key, Duration fallback) {
  const Node* found = optional(key);
  return found != nullptr ? as_duration(*found, diagnostics_).value_or(fallback) : fallback;
}

std::uint64_t MapReader::size(std::string_view key, std::uint64_t fallback) {
  const Node* found = optional(key);
  return found != nullptr ? as_size(*found, diagnostics_).value_or(fallback) : fallback;
}

std::size_t MapReader::choice(std::string_view key, const std::vector<std::string>& words,
                              std::size_t fallback) {
  const Node* found = optional(key);
  if (found == nullptr) return fallback;
  const auto word = std::find(words.begin(), words.end(), found->scalar);
  if (found->type == Node::Type::scalar && word != words.end())
    return static_cast<std::size_t>(word - words.begin());
  expected(*found, fmt::format("one of {}", fmt::join(words, ", ")), diagnostics_);
  return fallback;
}

void MapReader::finish() {
  if (finished_) return;
  finished_ = true;
  for (const Node::Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const std::string near = nearest(entry.key, known_);
    const std::string hint = !near.empty() ? fmt::format(" (did you mean '{}'?)", near)
                             : known_.empty()
                                 ? std::string()
                                 : fmt::format(" (known: {})", fmt::join(known_, ", "));
    diagnostics_.error(entry.key_at, fmt::format("{} has no '{}'{}", what_, entry.key, hint));
  }
}

}  // namespace wayside::config
