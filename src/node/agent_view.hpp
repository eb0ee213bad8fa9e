#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "link/uplink.hpp"
#include "node/agent_config.hpp"
#include "node/model_watcher.hpp"
#include "node/recent_history.hpp"

namespace wayside::spool {
class Spool;
}

namespace wayside::node {

struct SourceStatus {
  enum class State : std::uint8_t { running, ended, failed };
  std::string name;
  bool finite = false;
  State state = State::running;
  std::string text;  ///< why it could not start
};
[[nodiscard]] std::string_view to_string(SourceStatus::State state);

/// What the local API shows of the agent around it. The functions may be called from any thread.
struct AgentView {
  const AgentConfig& config;
  const RecentHistory& history;
  const spool::Spool& spool;
  const Metrics& metrics;
  const Clock& clock;
  Time started;
  std::function<std::optional<link::UplinkStatus>()> link;  ///< nullopt where there is no hub
  std::function<std::vector<ModelStatus>()> models;
  std::function<std::vector<SourceStatus>()> sources;
  std::function<std::vector<std::string>()> troubles;  ///< what keeps the agent from its work
};

}  // namespace wayside::node
