#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "hub/store/store.hpp"

namespace wayside::hub {

/// Maintains the store from a thread of its own: every `round_every`, and at once at the start, it
/// takes steps until nothing is left to do, with a short pause after each so that ingest comes
/// first. A round that fails is a problem until one succeeds; it is tried again soon.
class Housekeeping {
 public:
  static constexpr Duration round_every = minutes(10);
  static constexpr Duration retry_after = seconds(30);
  static constexpr Duration step_pause = milliseconds(20);
  static constexpr Duration usage_every = hours(1);

  /// `changed` is called after a round that removed rows.
  Housekeeping(TelemetryStore& store, KeepingPolicy policy, const Clock& clock, Metrics& metrics,
               Log log, std::function<void()> changed);
  ~Housekeeping() { stop(); }
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

  void start();
  /// Ends after the step under way.
  void stop();
  /// One round, on the caller's thread: until there is nothing left, or the thread is stopped.
  [[nodiscard]] Status round();
  /// Sentences, for readiness.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  void run();
  /// False: stopping.
  bool pause(Duration time);
  void show_usage();

  TelemetryStore& store_;
  KeepingPolicy policy_;
  const Clock& clock_;
  Metrics& metrics_;
  Log log_;
  std::function<void()> changed_;
  Counter& removed_;
  Counter& archived_;
  Counter& failures_;
  std::optional<Duration> usage_at_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::string problem_;
};

}  // namespace wayside::hub
