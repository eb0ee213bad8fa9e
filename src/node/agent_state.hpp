#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "node/agent.hpp"
#include "node/agent_view.hpp"
#include "node/local_api.hpp"
#include "node/node_core.hpp"
#include "node/recent_history.hpp"
#include "node/sample_queue.hpp"
#include "node/source_runner.hpp"

namespace wayside::node {

/// Made and started in agent_start.cpp, kept running and ended in agent.cpp.
struct Agent::State {
  State(AgentConfig config_in, AgentPorts ports_in, AgentOptions options_in)
      : config(std::move(config_in)),
        ports(std::move(ports_in)),
        options(options_in),
        history(config),
        queue(config.table, ports.metrics),
        sources(queue, ports.log) {}

  [[nodiscard]] Status prepare();
  Status start();
  void run_pipeline();
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
  RecentHistory history;
  SampleQueue queue;
  std::unique_ptr<LocalApi> api;
  std::unique_ptr<NodeCore> core;
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
  bool holds_back = false;  ///< recorder's thread only, as the next
  bool hold_back_said = false;
  std::uint64_t dropped_before = 0;  ///< by earlier runs
  bool trimmed = false;              ///< main thread only
};

}  // namespace wayside::node
