#include "hub/store/keeping.hpp"

namespace wayside::hub {

std::string_view to_string(RecordKind kind) {
  constexpr std::array<std::string_view, record_kind_count> names{
      "samples", "features", "decisions", "events", "health", "downsampled"};
  return names[static_cast<std::size_t>(kind)];
}

std::optional<RecordKind> parse_record_kind(std::string_view text) {
  for (const RecordKind kind : all_record_kinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

std::optional<Time> removal_horizon(const std::optional<Duration>& keep, Time now) {
  // A time of the years that records may have, less a duration, cannot overflow but for keeping
  // times of centuries.
  if (!keep || now.ns < Time::min().ns + keep->ns + removal_grain.ns) return std::nullopt;
  return floor_to(now - *keep, removal_grain);
}

std::string_view to_string(ExportFormat format) {
  return format == ExportFormat::parquet ? "parquet" : "csv";
}

}  // namespace wayside::hub
