#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "link/uplink.hpp"
#include "node/agent_config.hpp"
#include "node/budget_keeper.hpp"
#include "node/kept_text.hpp"

namespace wayside::node {

/// What the way up needs of its surroundings.
struct UplinkPorts {
  std::unique_ptr<link::Link> link;
  std::shared_ptr<LinkProbe> probe = nullptr;  ///< null: the link's kind is unknown
  std::unique_ptr<KeptText> budget = nullptr;  ///< what is spent of it; null: not kept
  /// Events that people should hear of, on the thread that steps.
  std::function<void(telemetry::Event)> notice = {};
};

/// The connection to the hub, and the thread that serves it where there is one.
class UplinkRunner {
 public:
  UplinkRunner(const AgentConfig& config, link::NodeState state, spool::Spool& spool,
               UplinkPorts ports, const Clock& clock, Metrics& metrics, Log log);
  /// Stops.
  ~UplinkRunner();

  /// Without a thread: from then on the owner calls `step`, and at once when `wake` was called (by
  /// any thread). `changed` as of `start`. Errors: as the link's.
  [[nodiscard]] Status connect(std::function<void(bool up)> changed, std::function<void()> wake);
  /// Sends what may be sent now; returns how long nothing needs doing unless woken.
  Duration step();

  /// With a thread. `changed`: the link went up or down; `drained`: everything in the spool is
  /// acknowledged, called after each step at which that is so. Errors: as the link's.
  [[nodiscard]] Status start(std::function<void(bool up)> changed, std::function<void()> drained);
  void announce(link::NodeState state);
  [[nodiscard]] link::UplinkStatus status() const;
  void wake();
  /// Says goodbye to the broker. Idempotent.
  void stop();

 private:
  void run(const std::function<void()>& drained);

  const AgentConfig& config_;
  link::NodeState offline_;
  spool::Spool& spool_;
  std::unique_ptr<link::Link> link_;
  link::Uplink uplink_;
  BudgetKeeper budget_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  bool woken_ = false;
  bool stopping_ = false;
  bool linked_ = false;
  std::thread thread_;
};

}  // namespace wayside::node
