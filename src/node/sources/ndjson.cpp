#include "node/sources/ndjson.hpp"

namespace wayside::node::sources {

Result<Time> json_time(const JsonValue& value, EpochUnit unit) {
  switch (value.type) {
    case JsonValue::Type::integer:
      return time_from_epoch(value.integer, unit);
    case JsonValue::Type::number:
      return time_from_epoch(value.number, unit);
    case JsonValue::Type::text:
      return parse_time(value.text, unit);
    default:
      return fail(Errc::invalid, "a time is a text or a number");
  }
}

bool take_json_value(const JsonValue& value, const Channel& channel, AssetId asset, Time time,
                     Intake& intake, std::vector<double>& scratch) {
  if (value.type == JsonValue::Type::numbers) {
    scratch.assign(value.numbers.begin(), value.numbers.end());
    for (double& number : scratch) number = channel.to_signal(number);
    intake.add_waveform(asset, channel.signal, time, scratch);
    return true;
  }
  const auto number = value.as_number();
  if (number)
    intake.add(asset, channel.signal, time, channel.to_signal(*number));
  else
    intake.reject(Reject::value_unparsable);
  return number.has_value();
}

NdjsonReader::NdjsonReader(const SourceContext& context, Intake& intake)
    : assets_(context.assets), units_(context.units), index_(context.assets), intake_(intake) {}

std::optional<std::string> NdjsonReader::text_at(std::string_view pointer) {
  const auto value = document_.at(pointer);
  if (!value || value->type != JsonValue::Type::text) return std::nullopt;
  return std::string(value->text);
}

/// Nullopt, and counted, where the signal or the unit is wrong.
std::optional<Channel> NdjsonReader::channel(std::size_t kind, const std::string& signal) {
  const auto id = assets_.kinds[kind].find(signal);
  if (!id) {
    intake_.reject(Reject::signal_unknown);
    return std::nullopt;
  }
  const auto unit = document_.at("/unit");
  if (!unit || unit->type == JsonValue::Type::null) return Channel{*id, {}};
  std::optional<telemetry::UnitConversion> to_signal;
  if (unit->type == JsonValue::Type::text) {
    UnitOf key{kind, *id, std::string(unit->text)};
    auto known = conversions_.find(key);
    if (known == conversions_.end()) {
      if (conversions_.size() >= conversions_max) conversions_.clear();
      std::optional<telemetry::UnitConversion> found;
      if (const auto c = units_.conversion(std::get<2>(key), assets_.kinds[kind][*id].unit))
        found = *c;
      known = conversions_.emplace(std::move(key), found).first;
    }
    to_signal = known->second;
  }
  if (to_signal) return Channel{*id, *to_signal};
  intake_.reject(Reject::unit_unknown);
  return std::nullopt;
}

void NdjsonReader::take(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  if (!document_.parse(line) || !document_.is_object())
    return intake_.reject(Reject::row_unparsable);
  const auto asset_name = text_at("/asset");
  const auto signal_name = text_at("/signal");
  const auto when = document_.at("/time");
  if (!asset_name || !signal_name || !when || !document_.at("/value"))
    return intake_.reject(Reject::row_unparsable);
  const auto time = json_time(*when, EpochUnit::autodetect);
  if (!time) return intake_.reject(Reject::time_unparsable);
  const auto asset = index_.find(*asset_name);
  if (!asset) return intake_.reject(Reject::asset_unknown);
  const auto to = channel(assets_.assets[asset->index()].kind, *signal_name);
  if (!to) return;
  take_json_value(*document_.at("/value"), *to, *asset, *time, intake_, scratch_);
}

}  // namespace wayside::node::sources
