#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "base/time.hpp"
#include "base/time_zone.hpp"
#include "link/day_window.hpp"
#include "link/send_condition.hpp"
#include "node/asset_table.hpp"
#include "node/kind_config.hpp"
#include "node/sources/source.hpp"
#include "telemetry/tier.hpp"

namespace wayside::node {

inline constexpr std::size_t assets_max = 10'000;
inline constexpr std::size_t tags_max = 32;        ///< of an asset
inline constexpr std::size_t tag_bytes_max = 256;  ///< of its text
/// Of all tags: they go with the node's description, which has at most 1 MiB.
inline constexpr std::size_t all_tags_bytes_max = 512u << 10;
inline constexpr std::size_t kinds_max = 256;
inline constexpr std::size_t sources_max = 256;
inline constexpr std::uint64_t spool_bytes_min = 1u << 20;

struct TierConfig {
  Duration every{0};  ///< between two sendings; 0: at once
  Duration keep{0};   ///< age at which what could not be sent is dropped
  std::optional<link::DayWindow> window = std::nullopt;    ///< of the local day
  std::optional<link::SendCondition> when = std::nullopt;  ///< else it waits
  std::uint64_t rate = 0;                                  ///< bytes a second; 0: no limit
  /// Where the spool is full every so many-th block of a signal is kept first; 0: all are evicted.
  std::uint32_t thin = 0;
};

/// agent.yaml, checked: see docs/config.md.
struct AgentConfig {
  std::string node;
  std::string site;
  std::string broker;  ///< mqtt://host:port; empty: this node keeps its records to itself
  std::uint64_t day_budget_bytes = 0;        ///< to the hub; 0: no limit
  std::uint64_t catch_up_rate = 8ull << 20;  ///< bytes a second of what waited; 0: no limit
  std::string timezone;                      ///< as it was written; empty: the system's
  std::shared_ptr<const TimeZone> zone = std::make_shared<FixedZone>();
  std::string state;   ///< folder
  std::string listen;  ///< host:port of the local API; empty: none
  AssetTable table;
  std::vector<KindConfig> kinds;  ///< one for each of table.kinds
  std::vector<std::unique_ptr<SourceSpec>> sources;
  std::array<TierConfig, telemetry::tier_count> tiers{
      {{Duration{0}, days(90)}, {seconds(1), days(30)}, {seconds(10), days(14)}}};
  std::uint64_t spool_bytes_max = 2ull << 30;
  std::optional<std::uint64_t> spool_reserve_bytes;  ///< for critical records; a 32nd of the limit

  [[nodiscard]] const KindConfig& kind_of(AssetId asset) const {
    return kinds[table.assets[asset.index()].kind];
  }
};

/// Nullopt after at least one error in `diagnostics`; all mistakes are reported, not only the
/// first. Relative paths are relative to the file that `root` was read from.
[[nodiscard]] std::optional<AgentConfig> parse_agent_config(const config::Node& root,
                                                            const telemetry::Units& units,
                                                            config::Diagnostics& diagnostics);

/// The same of `kinds` and `assets` alone, for who computes with them elsewhere than on the node;
/// nothing else of the file is looked at or filled in.
[[nodiscard]] std::optional<AgentConfig> parse_agent_schema(const config::Node& root,
                                                            const telemetry::Units& units,
                                                            config::Diagnostics& diagnostics);

/// A path; a relative one is relative to the configuration file.
[[nodiscard]] std::string read_path(const config::Node& node, config::Diagnostics& diagnostics);

}  // namespace wayside::node
