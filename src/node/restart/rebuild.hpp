#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "node/agent_config.hpp"
#include "node/pipeline.hpp"
#include "node/restart/horizon.hpp"
#include "spool/spool.hpp"

namespace wayside::node {

struct Rebuilt {
  std::uint64_t samples = 0;
  std::size_t assets = 0;  ///< of which there were samples
  Time oldest = Time::max();
  Time newest = Time::min();
  /// Assets of which less is kept than their windows reach back, and when those are whole again.
  std::size_t short_assets = 0;
  Time whole_at = Time::min();
};

/// Takes the samples that are kept from `retention` on through the pipeline again, in the order of
/// their times, and all records through the horizon. Ends early, without error, when `stop` says
/// so. Errors: the store's; what was read until then is rebuilt.
[[nodiscard]] Status rebuild(const AgentConfig& config, const spool::Spool& spool,
                             const spool::Retention& retention,
                             const std::vector<RememberedValue>& remembered, Pipeline& pipeline,
                             Horizon& horizon, const std::function<bool()>& stop, Rebuilt& rebuilt);

}  // namespace wayside::node
