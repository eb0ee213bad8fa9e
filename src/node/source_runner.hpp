#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "node/agent_view.hpp"
#include "node/sample_queue.hpp"
#include "node/sources/source.hpp"

namespace wayside::node {

/// Runs every source on a thread of its own and closes the queue when the last one has ended.
class SourceRunner {
 public:
  SourceRunner(SampleQueue& queue, Log log);
  /// Stops and joins.
  ~SourceRunner();

  /// A source that cannot start is reported and left out; the others run. Errors: `unavailable`
  /// where sources are configured and none can start.
  [[nodiscard]] Status create(const AgentConfig& config, const SourceContext& context);
  /// `until_eof`: live sources are stopped once the last finite one has ended.
  void start(bool until_eof);
  /// Asks all to end; returns at once.
  void request_stop();
  void join();

  [[nodiscard]] bool any_finite() const;
  [[nodiscard]] std::vector<SourceStatus> statuses() const;

 private:
  void run(std::size_t index);

  SampleQueue& queue_;
  Log log_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
  bool until_eof_ = false;
  mutable std::mutex mutex_;
  std::vector<SourceStatus> statuses_;  ///< of `sources_`, then of those that failed
  std::size_t running_ = 0;
  std::size_t finite_running_ = 0;
};

}  // namespace wayside::node
