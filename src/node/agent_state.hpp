#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "node/agent.hpp"
#include "node/agent_view.hpp"
#include "node/health_reporter.hpp"
#include "node/local_api.hpp"
#include "node/model_watcher.hpp"
#include "node/open_alerts.hpp"
#include "node/pipeline.hpp"
#include "node/recent_history.hpp"
#include "node/recorder.hpp"
#include "node/restart/horizon.hpp"
#include "node/restart/restart.hpp"
#include "node/sample_queue.hpp"
#include "node/source_runner.hpp"
#include "node/uplink_runner.hpp"
#include "spool/spool.hpp"

namespace wayside::node {

/// Made and started in agent_start.cpp, kept running and ended in agent.cpp.
struct Agent::State {
  State(AgentConfig config_in, AgentPorts ports_in, AgentOptions options_in)
      : config(std::move(config_in)),
        ports(std::move(ports_in)),
        options(options_in),
        started(ports.clock.now()),
        alerts(ports.alerts_file),
        horizon(config, ports.clock),
        history(config),
        queue(ports.metrics),
        sources(queue, ports.log) {}

  void prepare();
  void show_open_alerts();
  bool load_models();
  void go_on();
  Status start();
  void run_pipeline();
  void start_link();
  void on_link(bool up);
  void tell(const telemetry::Event& event) const;
  void hold_back();
  std::uint64_t dropped() const;
  Status judge_input() const;
  void housekeeping();
  template <class Done>
  void wait_for(Done done);
  void finish_input();
  void shut_down();
  bool wait_until_acknowledged();
  AgentView view();

  AgentConfig config;
  AgentPorts ports;
  AgentOptions options;
  std::optional<telemetry::Units> units;
  Time started;
  ModelInfos infos;
  OpenAlerts alerts;
  Horizon horizon;
  RecentHistory history;
  SampleQueue queue;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Restart> restart;
  std::unique_ptr<ModelWatcher> watcher;
  std::unique_ptr<HealthReporter> health;
  std::unique_ptr<UplinkRunner> uplink;
  std::unique_ptr<LocalApi> api;
  SourceRunner sources;
  std::thread pipeline_thread;

  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  bool pipeline_done = false;
  bool drained = false;
  std::atomic<bool> replay_complete{true};  ///< the input ended by itself: the last ticks are due
  std::atomic<bool> finishing{false};
  std::atomic<int> port{0};
  bool link_seen = false;  ///< link's thread only, as the next
  bool link_lost = false;
  bool holds_back = false;  ///< recorder's thread only, as the next
  bool hold_back_said = false;
  std::uint64_t dropped_before = 0;  ///< by earlier runs
  bool trimmed = false;              ///< main thread only
};

}  // namespace wayside::node
