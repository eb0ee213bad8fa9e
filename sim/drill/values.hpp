#pragma once

#include <optional>

#include "base/config/node.hpp"
#include "sim/drill/script.hpp"

namespace wayside::drill {

/// Readers of what a script's values look like; each reports a mistake and returns nullopt where
/// the text does not fit.

/// `10s`, or a range to draw from: `10s..2min`.
std::optional<Span> as_span(const config::Node& node, config::Diagnostics& diagnostics);
/// `2%` or `0.02`: from 0 to 1.
std::optional<double> as_share(const config::Node& node, config::Diagnostics& diagnostics);
/// Bytes a second from `64 kbit/s`, `1 Mbit/s`, `16KiB/s`; more than 0.
std::optional<double> as_bandwidth(const config::Node& node, config::Diagnostics& diagnostics);
/// `+1h`, `-90s`, `5s`.
std::optional<Duration> as_signed_duration(const config::Node& node,
                                           config::Diagnostics& diagnostics);
/// `2026-03-01T12:00:00Z`.
std::optional<Time> as_time(const config::Node& node, config::Diagnostics& diagnostics);
/// `40ppm`, `-20ppm`: parts in a million.
std::optional<double> as_ppm(const config::Node& node, config::Diagnostics& diagnostics);

/// One of `words`, or an error with the nearest; the index.
std::optional<std::size_t> as_word(const config::Node& node, const std::vector<std::string>& words,
                                   config::Diagnostics& diagnostics);

/// " (did you mean 'x'?)", or the known ones, or nothing.
[[nodiscard]] std::string hint(std::string_view word, const std::vector<std::string>& known);

}  // namespace wayside::drill
