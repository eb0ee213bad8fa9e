#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "node/agent_config.hpp"
#include "node/asset_state.hpp"
#include "node/open_alerts.hpp"
#include "spool/spool.hpp"

namespace wayside::node {

/// What the kept records say that earlier runs gave out.
struct Past {
  struct Raised {
    AssetId asset;
    std::size_t rule = 0;
    Time at;
  };
  std::vector<PastOutput> assets;  ///< one for each of the configuration's
  std::vector<Raised> raised;      ///< before the alerts that `assets` knows of
  std::uint64_t missing = 0;       ///< records that are no longer there
  std::optional<Time> whole_from;  ///< wall time behind the last missing one; nullopt: none missing
};

/// Reads what is kept from `retention` on, and brings `alerts` up to it. Errors: the store's.
[[nodiscard]] Result<Past> read_past(const AgentConfig& config, const spool::Spool& spool,
                                     const spool::Retention& retention, OpenAlerts& alerts);

}  // namespace wayside::node
