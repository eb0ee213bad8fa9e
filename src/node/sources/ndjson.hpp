#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "node/sources/binding.hpp"
#include "node/sources/intake.hpp"
#include "node/sources/json_document.hpp"

namespace wayside::node::sources {

/// RFC 3339 text, an epoch number, or a number in quotes. Errors: `invalid`.
[[nodiscard]] Result<Time> json_time(const JsonValue& value, EpochUnit unit);

/// Puts a number or an array of numbers into the intake, in the channel's unit. False, and counted,
/// where it is neither.
bool take_json_value(const JsonValue& value, const Channel& channel, AssetId asset, Time time,
                     Intake& intake, std::vector<double>& scratch);

/// Samples as newline-delimited JSON, one a line:
///   {"asset": "loco-4501", "signal": "coolant_temp", "time": "2026-03-01T12:00:00Z",
///   "value": 81.5}
/// `time` is RFC 3339 or an epoch number; `value` a number, true or false, or for a waveform an
/// array that starts at `time`; `unit` (optional) is what `value` is in. Other members are ignored.
class NdjsonReader {
 public:
  static constexpr std::size_t line_bytes_max = JsonDocument::bytes_max;

  NdjsonReader(const SourceContext& context, Intake& intake);

  /// One line; mistakes are counted.
  void take(std::string_view line);

 private:
  /// How many different units are remembered; sources have a handful.
  static constexpr std::size_t conversions_max = 1024;
  /// A name copied out of the document, whose values live until the next look.
  std::optional<std::string> text_at(std::string_view pointer);
  std::optional<Channel> channel(std::size_t kind, const std::string& signal);

  const AssetTable& assets_;
  const telemetry::Units& units_;
  AssetIndex index_;
  Intake& intake_;
  JsonDocument document_;
  std::vector<double> scratch_;
  using UnitOf = std::tuple<std::size_t, SignalId, std::string>;
  std::map<UnitOf, std::optional<telemetry::UnitConversion>> conversions_;
};

}  // namespace wayside::node::sources
