#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/time.hpp"

namespace wayside::config {

/// Scalar readers: each reports to `diagnostics` and returns nullopt where the node does not fit.
std::optional<std::string> as_string(const Node& node, Diagnostics& diagnostics);
std::optional<bool> as_bool(const Node& node, Diagnostics& diagnostics);
std::optional<double> as_number(const Node& node, Diagnostics& diagnostics);
std::optional<std::int64_t> as_integer(const Node& node, Diagnostics& diagnostics, std::int64_t min,
                                       std::int64_t max);
/// `5s`, `10min`: see parse_duration.
std::optional<Duration> as_duration(const Node& node, Diagnostics& diagnostics);
/// Bytes from `512`, `64KiB`, `2GiB`, `10MB`.
std::optional<std::uint64_t> as_size(const Node& node, Diagnostics& diagnostics);
/// Hertz from `50 Hz`, `2 kHz`, `1.5 MHz`.
std::optional<double> as_frequency(const Node& node, Diagnostics& diagnostics);

/// Reads one map: keys are asked for by name, with or without a default; `finish` (or the
/// destructor) reports every key nobody asked for, with the nearest known one. Each key that is
/// read is also what `docs/config.md` is checked against.
class MapReader {
 public:
  /// `what` names the map in messages: "a signal", "the agent's configuration".
  MapReader(const Node& node, std::string what, Diagnostics& diagnostics);
  ~MapReader();
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  /// The value, or nullptr (nothing reported) where the key is absent or null.
  const Node* optional(std::string_view key);
  /// The value, or nullptr after an error "needs `key`".
  const Node* required(std::string_view key);

  std::string string(std::string_view key, std::string fallback = {});
  std::string required_string(std::string_view key);
  bool boolean(std::string_view key, bool fallback);
  double number(std::string_view key, double fallback);
  std::int64_t integer(std::string_view key, std::int64_t fallback,
                       std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t max = std::numeric_limits<std::int64_t>::max());
  Duration duration(std::string_view key, Duration fallback);
  std::uint64_t size(std::string_view key, std::uint64_t fallback);
  /// Index into `words`, or `fallback` (after an error if the word is none of them).
  std::size_t choice(std::string_view key, const std::vector<std::string>& words,
                     std::size_t fallback);

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] Diagnostics& diagnostics() { return diagnostics_; }
  void finish();

 private:
  const Node& node_;
  std::string what_;
  Diagnostics& diagnostics_;
  std::vector<std::string> known_;
  bool finished_ = false;
};

}  // namespace wayside::config
