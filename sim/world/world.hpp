#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/batch.hpp"
#include "node/agent_config.hpp"
#include "sim/disk/virtual_disk.hpp"
#include "sim/world/audit.hpp"
#include "sim/world/path.hpp"
#include "spool/spool.hpp"
#include "telemetry/sample.hpp"

namespace wayside::infer {
class ModelLoader;
}
namespace wayside::link {
class Link;
}

namespace wayside::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  Time start{1'767'225'600'000'000'000};  ///< wall time of the beginning: 2026-01-01
  NetworkOptions network = {};
  Log log = {};  ///< of all nodes and the hub, with who says it in front
};

struct NodeOptions {
  /// Where the spool lies: the agent's own SQLite store on the virtual disk, or the store in
  /// memory, which is faster and knows neither torn writes nor slow or damaged disks.
  enum class Storage : std::uint8_t { sqlite, memory };
  Storage storage = Storage::sqlite;
  /// Without, the wall clock begins in 1970 whenever the power comes, until `set_clock`.
  bool clock_battery = true;
  Duration boot = seconds(30);    ///< from power to the agent's start
  Duration respawn = seconds(2);  ///< from a process that ended, or could not start, to the next
  /// Null: models do not run.
  std::function<std::unique_ptr<infer::ModelLoader>()> loader = {};
  /// Puts something between the agent and its link, for tests; empty: nothing.
  std::function<std::unique_ptr<link::Link>(std::unique_ptr<link::Link>)> wrap_link = {};
};

/// What is under way where, at one moment.
struct NodeView {
  bool running = false;
  bool connected = false;  ///< says the node
  std::uint64_t epoch = 0;
  std::array<spool::LedgerLine, telemetry::tier_count>
      ledger;                    ///< the last known, where it is down
  std::uint64_t disk_bytes = 0;  ///< that its spool takes
};

/// Bytes of messages, topics and MQTT's headers included.
struct Traffic {
  std::array<std::uint64_t, telemetry::tier_count> up{};  ///< frames, repetitions included
  std::uint64_t up_other = 0;                             ///< what the node says of itself
  std::uint64_t down = 0;
};

/// A fleet in one process under virtual time: nodes and a hub, whose code is the product's own,
/// each with its clock and its disk, and a broker with a path to each of them. Everything is a
/// function of the calls and the seed; there are no threads.
///
/// Events that fall on one moment happen in the order in which they were asked for. What a call
/// does to the world is done when it returns, unless it says otherwise.
class World {
 public:
  explicit World(WorldOptions options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// A computer, off. `config` says its name; its sources, state folder and API are left out.
  std::size_t add_node(node::AgentConfig config, NodeOptions options);
  [[nodiscard]] std::size_t nodes() const;
  [[nodiscard]] const node::AgentConfig& config(std::size_t node) const;

  // Time

  [[nodiscard]] Duration now() const;  ///< since the beginning
  [[nodiscard]] Time wall() const;     ///< true time
  void at(Duration when, std::function<void()> action);
  /// Lets everything up to `when` happen.
  void run_until(Duration when);

  // Samples

  /// Given to the pipeline of a node that runs; false where it does not. Their times are the
  /// caller's: see `wall(node)`.
  bool push(std::size_t node, std::span<const telemetry::Sample> samples);

  // Nodes

  void start_node(std::size_t node);
  /// The process ends without a word; what it wrote stays. It is started again after `down`, else
  /// after `respawn`.
  void kill_node(std::size_t node, std::optional<Duration> down = std::nullopt);
  /// The power goes: what was not synced is lost or torn. It comes back after `dark`.
  void power_cut(std::size_t node, Duration dark);
  /// The same in the midst of the n-th next change of the disk (1: the next).
  void power_cut_at_change(std::size_t node, std::uint64_t n, Duration dark);
  /// A new disk; the next start begins a new epoch.
  void reinstall(std::size_t node);
  [[nodiscard]] NodeView view(std::size_t node) const;
  /// The running agent's metrics; null while it is down.
  [[nodiscard]] const Metrics* metrics(std::size_t node) const;
  [[nodiscard]] const Traffic& traffic(std::size_t node) const;

  // Disks

  /// To limit, make read-only, damage. Only of nodes with SQLite.
  [[nodiscard]] VirtualDisk& disk(std::size_t node);
  /// Each write and sync takes so much longer.
  void slow_disk(std::size_t node, Duration delay);

  // Clocks

  [[nodiscard]] Time wall(std::size_t node) const;
  void step_clock(std::size_t node, Duration by);
  void set_clock(std::size_t node, Time to);
  /// Both its clocks run so many millionths fast.
  void drift_clock(std::size_t node, double ppm);

  // The network

  void set_path(std::size_t node, const PathConditions& conditions);
  void set_hub_path(const PathConditions& conditions);
  /// Everything in the broker is lost, retained messages too.
  void stop_broker();
  void start_broker();

  // The hub

  void start_hub();
  /// What its store committed stays.
  void kill_hub();
  [[nodiscard]] bool hub_running() const;
  /// Every commit fails so, until nullopt; `stored`: it is stored all the same.
  void fail_store(std::optional<Error> error, bool stored = false);
  /// While the hub is down: its store is empty, or an older copy of itself.
  void lose_store();
  [[nodiscard]] std::uint64_t copy_store();
  void restore_store(std::uint64_t copy);
  /// The account of each stream as the hub's store has it.
  [[nodiscard]] const std::map<hub::StreamKey, hub::StreamTotals>& streams() const;
  [[nodiscard]] const Metrics* hub_metrics() const;

  // Observations

  [[nodiscard]] const Audit& audit() const;
  /// Called with what the hub's store took, when it took it.
  void on_stored(std::function<void(const hub::Batch&)> observer);
  /// Called with each record of each node, with its number; 0: refused.
  using RecordObserver = std::function<void(std::size_t node, telemetry::Tier, std::uint64_t seq,
                                            const telemetry::Record&)>;
  void on_recorded(RecordObserver observer);
  /// Checks what must hold at any moment; what does not is in `audit().faults()`.
  void check();
  /// Nothing waits in any node, and everything accepted is stored or accounted for.
  [[nodiscard]] bool drained() const;
  /// Of all that happened so far: equal for equal calls and seed.
  [[nodiscard]] std::uint64_t digest() const;
  [[nodiscard]] std::uint64_t events() const;  ///< that happened

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::sim
