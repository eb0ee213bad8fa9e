#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "base/link_kind.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "infer/model_runner.hpp"
#include "link/link.hpp"
#include "node/agent_config.hpp"
#include "spool/spool_store.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::node {

/// The world around an agent. What is a reference must outlive it.
struct AgentPorts {
  const Clock& clock;
  Metrics& metrics;
  Log log;
  std::unique_ptr<infer::ModelLoader> loader;
  std::unique_ptr<spool::SpoolStore> store;
  std::unique_ptr<link::Link> link;  ///< null where the configuration names no hub
  std::uint64_t new_epoch = 1;       ///< for a new spool: random, not 0
  std::vector<http::Asset> console;
  std::string alerts_file;       ///< where open alerts are kept from run to run; empty: nowhere
  std::string budget_file = {};  ///< likewise what of the day's budget is spent
  std::shared_ptr<LinkProbe> link_probe = nullptr;  ///< null: the link's kind is unknown
};

struct AgentOptions {
  /// End once every finite source is read and everything is acknowledged (without a hub: in the
  /// spool).
  bool until_eof = false;
  /// Windows begin empty, and what an earlier run gave out may be given out again.
  bool anew = false;
};

/// The whole agent but for the program's arguments: sources, pipeline, recorder, link and local
/// API, and the threads they run on.
class Agent {
 public:
  /// Opens the spool and prepares everything; nothing runs yet. Errors: the spool's, and where no
  /// source can start.
  [[nodiscard]] static Result<std::unique_ptr<Agent>> create(AgentConfig config,
                                                             telemetry::Units units,
                                                             AgentPorts ports,
                                                             AgentOptions options);
  ~Agent();

  /// Runs until `request_stop`, or until the end of its input is acknowledged. Errors: the link's
  /// options, the spool's last flush, `unavailable` where it was stopped before everything was
  /// acknowledged though it was to run `until_eof`; then also where not all input was read or
  /// something was dropped.
  [[nodiscard]] Status run();
  /// Any thread, at any time, also before `run`.
  void request_stop();
  /// Port of the local API once `run` has started it; 0 without. Any thread.
  [[nodiscard]] int port() const;

 private:
  struct State;
  explicit Agent(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wayside::node
