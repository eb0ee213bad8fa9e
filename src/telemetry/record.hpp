#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/codec/level.hpp"
#include "telemetry/sample.hpp"
#include "telemetry/tier.hpp"

namespace wayside::telemetry {

/// A run of samples of one signal of one asset, in arrival order; the three columns are equally
/// long and at most `samples_max`.
struct SampleBlock {
  static constexpr std::size_t samples_max = 65'536;
  std::string asset;
  std::string signal;
  std::uint32_t version = 1;
  std::vector<Time> times;
  std::vector<double> values;
  std::vector<Quality> qualities;
};

/// Feature values of one asset on its tick grid. `values` is row-major, [times × names]; NaN where
/// a feature had no value.
struct FeatureBlock {
  std::string asset;
  std::vector<std::string> names;
  std::vector<Time> times;
  std::vector<double> values;
};

/// What a model concluded at one tick.
struct Decision {
  std::string asset;
  std::string model;
  std::string release;  ///< digest of the model file until releases exist
  Time time;
  double score = 0;
  std::string label;  ///< the class; column `class`
  double confidence = 0;
  double latency_us = 0;
  std::string action;
  std::string inputs_json;  ///< {"inputs": {...}, "outputs": {...}, "contributions": {...}}
};

enum class Severity : std::uint8_t { info = 0, warning = 1, alarm = 2 };
[[nodiscard]] std::string_view to_string(Severity severity);

/// A state change people care about. Kinds: alert_raised, alert_cleared, model_loaded,
/// model_failed, model_recovered, link_lost, link_restored, agent_started, windows_incomplete,
/// asset_silent.
struct Event {
  std::string asset;  ///< empty where it concerns the node
  std::string kind;
  Time time;
  Severity severity = Severity::info;
  std::string text;
  std::string
      data_json;  ///< an object; an alert's has "rule", and on clearing "raised" (its time in ns)
};

/// The node's own measurements (CPU, memory, backlog, counters).
struct Health {
  Time time;
  std::vector<std::string> metrics;
  std::vector<double> values;
};

/// Stands in the stream for `records` dropped ones.
struct Gap {
  std::uint64_t records = 0;
  std::uint64_t samples = 0;
  std::string reason;  ///< spool_full, expired, corrupt, overrun
  Time first_time;
  Time last_time;
};

using Record = std::variant<SampleBlock, FeatureBlock, Decision, Event, Health, Gap>;

/// A sealed record is never larger; a full block of 65,536 incompressible samples takes 1.4 MiB.
inline constexpr std::size_t record_bytes_max = 2u << 20;

/// The sealed wire form (wayside.v1.Record). Samples go through the block codec at `level`. What is
/// not well-formed UTF-8 in a text is replaced by U+FFFD. A feature block must have a name.
[[nodiscard]] std::string encode(const Record& record, codec::Level level = codec::Level::small);
/// Errors: `corrupt`, with what is wrong; never reads past `bytes`, and allocates at most 1.2 MB (a
/// full block's columns) plus some 40 times `bytes` (protobuf's cost for a list of empty texts).
[[nodiscard]] Result<Record> decode(std::string_view bytes);

/// Samples in a block, values in a feature block, else 1: what "rows" means in counters.
[[nodiscard]] std::uint64_t row_count(const Record& record);

}  // namespace wayside::telemetry
