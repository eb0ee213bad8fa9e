#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/config/reader.hpp"
#include "node/asset_table.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::node::sources {

/// What the readers of configurations need.
struct ParseContext {
  const AssetTable& assets;
  const telemetry::Units& units;
  config::Diagnostics& diagnostics;
};

/// Where a number goes and how it becomes the signal's unit.
struct Channel {
  SignalId signal;
  telemetry::UnitConversion to_signal;
};

/// The channel of one input for assets of each kind; empty where the kind has no such signal.
using ChannelByKind = std::vector<std::optional<Channel>>;

/// Reads `signal_name` or `{signal: name, unit: degF}`; without a unit it is the signal's own. With
/// a kind, only that one has a channel; without, each kind that has the signal, at least one.
/// Nullopt after an error.
std::optional<ChannelByKind> read_channel(const config::Node& node, std::optional<std::size_t> kind,
                                          const ParseContext& context);

/// The asset of that name, or nullopt after an error with the nearest one.
std::optional<AssetId> read_asset(const config::Node& node, const ParseContext& context);

/// `path` as written in the configuration file at `at`, whose folder relative paths start from.
[[nodiscard]] std::string path_from(const config::Location& at, const std::string& path);

/// " (did you mean X?)" or empty.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& known);
[[nodiscard]] std::vector<std::string> signal_names(const telemetry::Kind& kind);

/// A channel for each of a source's own signals that the asset's kind has as well, by name; empty
/// for the others. Mistakes: a unit that measures something else, a different waveform, no signal
/// in common.
std::vector<std::optional<Channel>> match_signals(const telemetry::Kind& own, AssetId asset,
                                                  const config::Location& at,
                                                  const ParseContext& context);

/// Finds assets by names that stand in the input.
class AssetIndex {
 public:
  explicit AssetIndex(const AssetTable& assets);
  [[nodiscard]] std::optional<AssetId> find(std::string_view name) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, AssetId, Hash, std::equal_to<>> ids_;
};

}  // namespace wayside::node::sources
