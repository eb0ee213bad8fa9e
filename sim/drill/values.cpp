#include "sim/drill/values.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/config/reader.hpp"

namespace wayside::drill {
namespace {

using config::Diagnostics;
using config::Node;

constexpr Duration step_max = days(36'500);
constexpr Time time_end{4'102'444'800'000'000'000};  // 2100-01-01

void expected(const Node& node, std::string_view what, Diagnostics& diagnostics) {
  diagnostics.error(node.at, fmt::format("expected {}, found {}", what, node.describe()));
}

struct Quantity {
  double number;
  std::string_view unit;
};

/// A finite number with what follows it, blanks between them left out.
std::optional<Quantity> split(const Node& node) {
  if (node.type != Node::Type::scalar) return std::nullopt;
  std::string_view text = node.scalar;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  return Quantity{number, text};
}

struct Scale {
  std::string_view unit;
  double bytes_per_s;
};
constexpr std::array<Scale, 9> bandwidths{{{"bit/s", 1.0 / 8},
                                           {"kbit/s", 1e3 / 8},
                                           {"Mbit/s", 1e6 / 8},
                                           {"Gbit/s", 1e9 / 8},
                                           {"B/s", 1},
                                           {"kB/s", 1e3},
                                           {"KiB/s", 1024},
                                           {"MB/s", 1e6},
                                           {"MiB/s", 1024.0 * 1024}}};

}  // namespace

std::string hint(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = config::nearest(word, known);
  if (!near.empty()) return fmt::format(" (did you mean '{}'?)", near);
  return known.empty() ? std::string() : fmt::format(" (known: {})", fmt::join(known, ", "));
}

std::optional<Span> as_span(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar) {
    const std::string_view text = node.scalar;
    const std::size_t dots = text.find("..");
    const auto low = parse_duration(text.substr(0, dots));
    const auto high = dots == text.npos ? low : parse_duration(text.substr(dots + 2));
    if (low && high && *low <= *high && *high <= length_max) return Span{*low, *high};
  }
  expected(node,
           "a duration such as 90s or 2h, at most 366d, or a range such as 10s..2min, the shorter "
           "first",
           diagnostics);
  return std::nullopt;
}

std::optional<double> as_share(const Node& node, Diagnostics& diagnostics) {
  if (const auto quantity = split(node)) {
    const double share = quantity->unit == "%" ? quantity->number / 100 : quantity->number;
    if ((quantity->unit == "%" || quantity->unit.empty()) && share >= 0 && share <= 1) return share;
  }
  expected(node, "a share such as 2% or 0.02, from 0 to 1", diagnostics);
  return std::nullopt;
}

std::optional<double> as_bandwidth(const Node& node, Diagnostics& diagnostics) {
  if (const auto quantity = split(node); quantity && quantity->number > 0)
    for (const Scale& scale : bandwidths)
      if (scale.unit == quantity->unit) return quantity->number * scale.bytes_per_s;
  expected(node, "a bandwidth such as 64 kbit/s, 1 Mbit/s or 16KiB/s", diagnostics);
  return std::nullopt;
}

std::optional<Duration> as_signed_duration(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar && !node.scalar.empty()) {
    std::string_view text = node.scalar;
    const bool negative = text.front() == '-';
    if (negative || text.front() == '+') text.remove_prefix(1);
    if (const auto duration = parse_duration(text); duration && *duration <= step_max)
      return *duration * (negative ? -1 : 1);
  }
  expected(node, "a step such as +1h or -90s, at most 100 years", diagnostics);
  return std::nullopt;
}

std::optional<Time> as_time(const Node& node, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar)
    if (const auto time = parse_time(node.scalar); time && *time >= Time{0} && *time < time_end)
      return *time;
  expected(node, "a time such as 2026-03-01T12:00:00Z, from 1970 to 2100", diagnostics);
  return std::nullopt;
}

std::optional<double> as_ppm(const Node& node, Diagnostics& diagnostics) {
  constexpr double ppm_max = 100'000;
  if (const auto quantity = split(node))
    if (quantity->unit == "ppm" && std::abs(quantity->number) <= ppm_max) return quantity->number;
  expected(node, "a drift such as 40ppm or -20ppm, at most 100000ppm", diagnostics);
  return std::nullopt;
}

std::optional<std::size_t> as_word(const Node& node, const std::vector<std::string>& words,
                                   Diagnostics& diagnostics) {
  const auto word = std::find(words.begin(), words.end(), node.scalar);
  if (node.type == Node::Type::scalar && word != words.end())
    return static_cast<std::size_t>(word - words.begin());
  const std::string near = config::nearest(node.scalar, words);
  diagnostics.error(node.at, fmt::format("expected one of {}, found {}{}", fmt::join(words, ", "),
                                         node.describe(),
                                         near.empty() ? near : " (did you mean '" + near + "'?)"));
  return std::nullopt;
}

}  // namespace wayside::drill
