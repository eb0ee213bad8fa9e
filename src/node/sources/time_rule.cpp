#include "node/sources/time_rule.hpp"

#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <cmath>

namespace wayside::node::sources {

using config::Node;

EpochUnit read_epoch(config::MapReader& reader) {
  constexpr std::size_t none = 4;
  switch (reader.choice("epoch", {"s", "ms", "us", "ns"}, none)) {
    case 0:
      return EpochUnit::s;
    case 1:
      return EpochUnit::ms;
    case 2:
      return EpochUnit::us;
    case 3:
      return EpochUnit::ns;
    default:
      return EpochUnit::autodetect;
  }
}

std::optional<TimeRule> TimeRule::read(const Node& node, config::Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.errors().size();
  TimeRule rule;
  rule.at_ = node.at;
  if (node.type == Node::Type::scalar) {
    rule.column_ = node.scalar;
    return rule;
  }
  config::MapReader reader(node, "a time", diagnostics);
  rule.column_ = reader.string("column");
  rule.epoch_ = read_epoch(reader);
  rule.format_ = reader.string("format");
  const Node* unit = reader.optional("unit");
  const Node* every = reader.optional("every");
  const Node* start = reader.optional("start");
  reader.finish();
  const Node* step = unit != nullptr ? unit : every;
  if (step != nullptr) rule.unit_ = config::as_duration(*step, diagnostics);
  if (rule.unit_ && rule.unit_->ns <= 0)
    diagnostics.error(step->at, "a step in time must be longer than 0");
  if (start != nullptr) {
    const auto time = parse_time(config::as_string(*start, diagnostics).value_or(""));
    if (time)
      rule.start_ = *time;
    else
      diagnostics.error(start->at, time.error().message);
  }
  const int ways = (rule.epoch_ != EpochUnit::autodetect) + !rule.format_.empty() +
                   (unit != nullptr) + (every != nullptr);
  if (ways > 1)
    diagnostics.error(node.at, "a time takes one of 'epoch', 'format', 'unit' and 'every'");
  if (rule.column_.empty() == (every == nullptr) && node.type == Node::Type::map)
    diagnostics.error(
        node.at, "a time needs 'column', or 'every' and 'start' where rows are equally far apart");
  if ((step != nullptr) != (start != nullptr))
    diagnostics.error(node.at, "'start' goes with 'unit' or 'every', and they with it");
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return rule;
}

Result<Time> TimeRule::formatted(std::string_view field) const {
  const std::string text(field);
  tm parts{};
  parts.tm_mday = 1;
  const char* rest = ::strptime(text.c_str(), format_.c_str(), &parts);
  double fraction_s = 0;
  if (rest != nullptr && *rest == '.') {
    const char* end = text.c_str() + text.size();
    const auto [stop, error] = std::from_chars(rest, end, fraction_s, std::chars_format::fixed);
    rest = error == std::errc{} ? stop : rest;
  }
  if (rest == nullptr || *rest != '\0' || fraction_s < 0 || fraction_s >= 1)
    return fail(Errc::invalid, "'{}' is no time in the format {}", field.substr(0, 64), format_);
  const long zone_s = parts.tm_gmtoff;  // timegm overwrites it
  const auto whole =
      time_from_epoch(static_cast<std::int64_t>(::timegm(&parts)) - zone_s, EpochUnit::s);
  if (!whole) return whole;
  return *whole + Duration{std::llround(fraction_s * 1e9)};
}

Result<Time> TimeRule::counted(double count) const {
  constexpr double ns_max = 9.2e18;
  const double ns = count * static_cast<double>(unit_->ns);
  if (!(std::abs(ns) < ns_max && std::abs(ns + static_cast<double>(start_.ns)) < ns_max))
    return fail(Errc::invalid, "step {} is outside the years 1678 to 2261", count);
  return start_ + Duration{std::llround(ns)};
}

Result<Time> TimeRule::time(std::string_view field, std::uint64_t row) const {
  if (column_.empty()) return counted(static_cast<double>(row));
  if (!format_.empty()) return formatted(field);
  if (!unit_) return parse_time(field, epoch_);
  double count = 0;
  const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), count);
  if (error != std::errc{} || stop != field.data() + field.size())
    return fail(Errc::invalid, "'{}' is no number of steps", field.substr(0, 64));
  return counted(count);
}

}  // namespace wayside::node::sources
