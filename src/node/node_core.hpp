#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/link_kind.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/os/process_stats.hpp"
#include "infer/model_runner.hpp"
#include "link/link.hpp"
#include "link/uplink.hpp"
#include "node/agent_config.hpp"
#include "node/health_reporter.hpp"
#include "node/kept_text.hpp"
#include "node/model_watcher.hpp"
#include "node/open_alerts.hpp"
#include "node/pipeline.hpp"
#include "node/recorder.hpp"
#include "node/restart/horizon.hpp"
#include "node/restart/restart.hpp"
#include "node/uplink_runner.hpp"
#include "spool/spool.hpp"
#include "spool/spool_store.hpp"
#include "telemetry/sample.hpp"

namespace wayside::node {

/// The world around a node. What is a reference must outlive it.
struct NodePorts {
  const Clock& clock;
  Metrics& metrics;
  Log log;
  std::unique_ptr<infer::ModelLoader> loader;
  std::unique_ptr<spool::SpoolStore> store;
  std::unique_ptr<link::Link> link;                 ///< null where the configuration names no hub
  std::unique_ptr<KeptText> alerts;                 ///< open alerts from run to run; null: not kept
  std::shared_ptr<LinkProbe> link_probe = nullptr;  ///< null: the link's kind is unknown
  std::unique_ptr<KeptText> budget = nullptr;       ///< what of the day's is spent; null: not kept
  std::function<os::ProcessStats()> process;
  std::uint64_t new_epoch = 1;  ///< for a new spool: random, not 0
};

/// What who runs a node is told. All may be empty.
struct NodeHooks {
  Recorder::Observer recorded = {};  ///< every record; on the recorder's thread
  /// Rows of the pipeline, and records, that found no room; on the recorder's thread.
  std::function<void(telemetry::Tier, const RecordLoss&)> lost = {};
  std::function<void(const OpenAlert&)> reopened = {};  ///< an alert that an earlier run left open
  std::function<void()> stepped = {};  ///< after each round of the recorder, on its thread
};

/// The whole node but for threads, sources, HTTP and the host's process: spool, pipeline, recorder,
/// restart, models, alerts, health and the way up. The agent runs it on threads, a simulation in
/// steps under its own clock; both run this code.
///
/// In steps: `start` once; `push` samples; `step` at once when `wake` was called, and after the
/// pause that `step` and `until_due` return. On threads: `recall`, `run_threads`, `rebuild`, then
/// the pipeline's thread pushes, and somebody calls `keep_house` every second.
class NodeCore {
 public:
  /// Opens the spool and prepares everything; nothing runs yet. Errors: the spool's.
  [[nodiscard]] static Result<std::unique_ptr<NodeCore>> create(const AgentConfig& config,
                                                                NodePorts ports, NodeHooks hooks);
  ~NodeCore();
  NodeCore(const NodeCore&) = delete;
  NodeCore& operator=(const NodeCore&) = delete;

  // In steps, by one caller:

  /// Goes on where the last run stopped. `wake`: something came for which `step` is to be called;
  /// called from within other calls of this node and of its link. Errors: the link's.
  [[nodiscard]] Status start(bool anew, std::function<void()> wake);
  /// A live sample: what finds no room is lost, and in the ledger.
  void push(const telemetry::Sample& sample) { pipeline_->push(sample); }
  /// Does what is due; returns `until_due`.
  Duration step();
  /// How long nothing needs doing, unless `wake` is called meanwhile; to be asked again after
  /// samples were pushed.
  [[nodiscard]] Duration until_due();

  // On threads, in this order:

  /// Loads models and takes up what earlier runs gave out. `anew`: windows begin empty.
  void recall(bool anew);
  /// `drained` as of UplinkRunner::start. Errors: the link's.
  [[nodiscard]] Status run_threads(std::function<void()> drained);
  /// Brings the windows back; ends early when `stop` says so.
  void rebuild(const std::function<bool()>& stop);
  /// About every second: models whose files changed, and `health` where it is due. True where a
  /// health record was made.
  bool keep_house(bool health);
  /// Everything pushed is in the spool and durable. Errors: the spool's.
  [[nodiscard]] Status drain() { return recorder_->drain(); }
  /// Ends the link, then the recorder. Idempotent.
  void stop();

  [[nodiscard]] Pipeline& pipeline() { return *pipeline_; }
  [[nodiscard]] RecordWriter& writer() { return recorder_->writer(); }
  [[nodiscard]] spool::Spool& spool() { return *spool_; }
  [[nodiscard]] const spool::Spool& spool() const { return *spool_; }
  [[nodiscard]] bool linked() const { return uplink_ != nullptr; }
  /// Nullopt where there is no hub, or it was not begun.
  [[nodiscard]] std::optional<link::UplinkStatus> link_status() const;
  void wake_link();
  [[nodiscard]] std::vector<ModelStatus> models() const { return watcher_->statuses(); }
  [[nodiscard]] Time started() const { return started_; }

 private:
  NodeCore(const AgentConfig& config, NodePorts ports, NodeHooks hooks,
           std::unique_ptr<spool::Spool> spool);
  void record(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record) const;
  void tell(const telemetry::Event& event) const;
  bool load_models();
  void show_open_alerts();
  void on_link(bool up);

  const AgentConfig& config_;
  NodePorts ports_;
  NodeHooks hooks_;
  Time started_;
  ModelInfos infos_;
  OpenAlerts alerts_;
  Horizon horizon_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Restart> restart_;
  std::unique_ptr<ModelWatcher> watcher_;
  std::unique_ptr<HealthReporter> health_;
  std::unique_ptr<UplinkRunner> uplink_;
  bool link_seen_ = false;  ///< link's thread only, as the next
  bool link_lost_ = false;

  // In steps alone:
  std::function<void()> wake_;
  bool link_woken_ = false;
  Duration recorder_due_{0};
  Duration link_due_{0};
  Duration house_due_{0};
};

}  // namespace wayside::node
