#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "node/agent_config.hpp"
#include "node/record_writer.hpp"
#include "telemetry/record.hpp"

namespace wayside::spool {
class Spool;
}

namespace wayside::node {

class Horizon;
class OpenAlerts;

struct RecorderOptions {
  std::size_t ring_bytes = 1u << 20;
  Duration flush_every = seconds(1);       ///< age at which a block begun is closed
  Duration step_every = milliseconds(40);  ///< the spool wants to be stepped every 50 ms
  std::size_t posts_max = 1'000;           ///< records of other threads that wait
  OpenAlerts* alerts = nullptr;            ///< kept up to date and saved; must outlive the recorder
  Horizon* horizon = nullptr;              ///< the same; the spool keeps what it needs
  std::function<void()> stepped = [] {};   ///< called after each step, on the recorder's thread
  /// Called, on the recorder's thread, with what went into the ledger as `overrun`.
  std::function<void(telemetry::Tier, const RecordLoss&)> lost = [](telemetry::Tier,
                                                                    const RecordLoss&) {};
};

/// Beside the pipeline: takes the rows from the ring, makes records of them and appends them to the
/// spool. It can never block the pipeline, except where a file is replayed; what it cannot take in
/// time is counted in the ledger as dropped, reason `overrun`. It has a thread of its own once
/// `start` was called; without, its owner calls `step`, and a pipeline that waits for room has the
/// ring emptied at once.
class Recorder {
 public:
  /// Told of every record after the spool accepted it, with its number; on the recorder's thread.
  using Observer = std::function<void(telemetry::Tier, std::uint64_t, const telemetry::Record&)>;

  Recorder(const AgentConfig& config, spool::Spool& spool, const Clock& clock, Metrics& metrics,
           Log log, Observer observer, RecorderOptions options = {});
  /// Stops.
  ~Recorder();

  /// Where the pipeline writes; one thread.
  [[nodiscard]] RecordWriter& writer();
  void start();
  /// Without the thread: one round of what it does. Returns `until_due`.
  Duration step();
  /// How long nothing needs doing, unless the pipeline writes or something is posted meanwhile.
  [[nodiscard]] Duration until_due() const;
  /// A record from another thread, such as a health record or an event of the node itself. More
  /// than `posts_max` waiting are dropped, and in the ledger.
  void post(telemetry::Tier tier, telemetry::Record record);
  /// With the thread: waits until everything written or posted before is in the spool and durable.
  /// Errors: as the spool's.
  [[nodiscard]] Status drain();
  /// Drains and ends the thread; the pipeline must have ended. Idempotent.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::node
