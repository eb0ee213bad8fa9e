#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "node/agent_config.hpp"
#include "node/open_alerts.hpp"
#include "node/pipeline.hpp"
#include "node/restart/horizon.hpp"
#include "spool/spool.hpp"

namespace wayside::node {

struct Rebuilt;

/// Lets an agent go on where its last run stopped: features, the history of models, rules that wait
/// and alerts that are open, from the records that the spool keeps. Each step once, in this order.
class Restart {
 public:
  /// All arguments must outlive it.
  Restart(const AgentConfig& config, spool::Spool& spool, OpenAlerts& alerts, Pipeline& pipeline,
          Horizon& horizon, const Clock& clock, Log log);

  /// Before the recorder runs, once models are loaded: takes up what earlier runs gave out, and has
  /// the spool keep what the next start will need. `anew`: windows begin empty.
  void recall(bool anew);
  /// While the recorder runs, before the first sample: brings windows and
  /// rules back, and gives out what was not given out any more. `post` takes an event where they
  /// are not whole.
  void rebuild(const std::function<bool()>& stop,
               const std::function<void(telemetry::Event)>& post);

 private:
  void keep_from_here();
  void restore_open();
  void tell(const Rebuilt& rebuilt, Duration took,
            const std::function<void(telemetry::Event)>& post);

  const AgentConfig& config_;
  spool::Spool& spool_;
  OpenAlerts& alerts_;
  Pipeline& pipeline_;
  Horizon& horizon_;
  const Clock& clock_;
  Log log_;
  std::optional<spool::Retention> kept_;
  std::vector<RememberedValue> remembered_;
  std::uint64_t missing_ = 0;
  std::optional<Time> whole_from_;
};

}  // namespace wayside::node
