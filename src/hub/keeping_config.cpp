#include "hub/keeping_config.hpp"

#include <fmt/format.h>

namespace wayside::hub {
namespace {

using config::Diagnostics;
using config::Node;

constexpr Duration keep_min = removal_grain;
constexpr Duration year = days(365);
constexpr Duration keep_max = year * 200;

/// `90d`, `10y` or `forever`.
void read_time(const Node& node, std::optional<Duration>& keep, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar && node.scalar == "forever") {
    keep.reset();
    return;
  }
  const auto expected = [&](const std::string& found) {
    diagnostics.error(node.at, fmt::format("found {}, expected 'forever', or a time from {} to "
                                           "200y, as in 90d or 10y",
                                           found, format_duration(keep_min)));
  };
  if (node.type != Node::Type::scalar) return expected(node.describe());
  std::string text = node.scalar;
  const bool years = text.ends_with('y');
  if (years) text.back() = 'd';
  const auto time = parse_duration(text);
  const std::int64_t factor = years ? 365 : 1;
  if (!time || time->ns > keep_max.ns / factor || *time * factor < keep_min)
    return expected(node.describe());
  keep = *time * factor;
}

/// One time for all tiers, or a map from tiers to times; a tier that is not named is kept.
void read_by_tier(const Node& node, const std::string& what, KeepingPolicy::ByTier& keep,
                  Diagnostics& diagnostics) {
  if (node.type != Node::Type::map) {
    std::optional<Duration> all;
    read_time(node, all, diagnostics);
    keep.fill(all);
    return;
  }
  config::MapReader map(node, what, diagnostics);
  for (const telemetry::Tier tier : telemetry::all_tiers)
    if (const Node* time = map.optional(telemetry::to_string(tier)))
      read_time(*time, keep[static_cast<std::size_t>(tier)], diagnostics);
}

void read_downsampled(const Node& node, KeepingPolicy& policy, Diagnostics& diagnostics) {
  if (node.type == Node::Type::scalar && node.scalar == "none") {
    policy.downsample_every.reset();
    return;
  }
  config::MapReader map(node, "the downsampled history", diagnostics);
  Duration every = map.duration("every", *policy.downsample_every);
  if (every < seconds(1) || every > hours(1) || hours(1).ns % every.ns != 0) {
    const Node* place = node.find("every");
    diagnostics.error(place ? place->at : node.at,
                      fmt::format("found {}, expected a time of 1s to 1h that divides an hour",
                                  format_duration(every)));
  }
  policy.downsample_every = every;
  if (const Node* keep = map.optional("keep"))
    read_by_tier(*keep, "times by tier",
                 policy.keep[static_cast<std::size_t>(RecordKind::downsampled)], diagnostics);
}

void read_archive(const Node& node, KeepingPolicy& policy, std::string& folder,
                  Diagnostics& diagnostics) {
  policy.archive_after = days(30);
  if (node.type == Node::Type::scalar) {
    folder = node.scalar;
  } else {
    config::MapReader map(node, "the archive", diagnostics);
    folder = map.required_string("folder");
    if (const Node* after = map.optional("after")) {
      read_time(*after, policy.archive_after, diagnostics);
      if (!policy.archive_after)
        diagnostics.error(after->at,
                          "found 'forever', after which nothing is archived: expected a "
                          "time, as in 30d");
    }
  }
  if (folder.empty() && node.type != Node::Type::map)
    diagnostics.error(node.at, "found nothing, expected the path of a folder");
}

}  // namespace

void read_keeping(config::MapReader& map, KeepingPolicy& policy, std::string& archive) {
  Diagnostics& diagnostics = map.diagnostics();
  if (const Node* keep = map.optional("keep")) {
    config::MapReader kinds(*keep, "how long what is kept", diagnostics);
    for (const RecordKind kind : all_record_kinds) {
      const Node* node = kinds.optional(to_string(kind));
      if (node == nullptr) continue;
      if (kind == RecordKind::downsampled)
        read_downsampled(*node, policy, diagnostics);
      else
        read_by_tier(*node, "times by tier", policy.keep[static_cast<std::size_t>(kind)],
                     diagnostics);
    }
  }
  if (const Node* node = map.optional("archive")) read_archive(*node, policy, archive, diagnostics);
}

}  // namespace wayside::hub
