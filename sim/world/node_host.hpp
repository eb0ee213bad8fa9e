#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "node/node_core.hpp"
#include "sim/disk/virtual_disk.hpp"
#include "sim/world/audit.hpp"
#include "sim/world/computer_clock.hpp"
#include "sim/world/network.hpp"
#include "sim/world/world.hpp"
#include "spool/memory/memory_store.hpp"

namespace wayside::sim {

class SpoolDisk;

/// One computer with an agent: its clock, its disk, and the life of the process on it.
class NodeHost {
 public:
  struct Around {
    EventQueue& queue;
    Network& network;
    Audit& audit;
    std::function<void(std::size_t, telemetry::Tier, std::uint64_t, const telemetry::Record&)>
        recorded;
    Log log;
    Time start;
  };

  NodeHost(std::size_t index, node::AgentConfig config, NodeOptions options, Rng rng,
           Around around);
  ~NodeHost();
  NodeHost(const NodeHost&) = delete;
  NodeHost& operator=(const NodeHost&) = delete;

  void start();
  void kill(std::optional<Duration> down);
  void power_cut(Duration dark);
  void power_cut_at_change(std::uint64_t n, Duration dark);
  void reinstall();
  bool push(std::span<const telemetry::Sample> samples);
  void slow_disk(Duration delay) { disk_delay_ = delay; }

  [[nodiscard]] bool running() const { return core_ != nullptr; }
  [[nodiscard]] NodeView view() const;
  [[nodiscard]] const node::AgentConfig& config() const { return config_; }
  [[nodiscard]] const Metrics* metrics() const { return core_ ? metrics_.get() : nullptr; }
  [[nodiscard]] ComputerClock& clock() { return clock_; }
  [[nodiscard]] const ComputerClock& clock() const { return clock_; }
  [[nodiscard]] VirtualDisk& disk();
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }
  [[nodiscard]] Network::Place place() const { return place_; }
  [[nodiscard]] const spool::Spool* spool() const { return core_ ? &core_->spool() : nullptr; }

 private:
  [[nodiscard]] Status create();
  [[nodiscard]] node::NodeHooks hooks();
  void step();
  void note_spool();
  void end(bool power);
  void begin();
  void start_after(Duration pause);
  void count(std::string_view topic, std::size_t bytes);

  std::size_t index_;
  node::AgentConfig config_;
  NodeOptions options_;
  Rng rng_;
  Around around_;
  ComputerClock clock_;
  std::unique_ptr<SpoolDisk> disk_;
  Network::Place place_;
  Traffic traffic_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<node::NodeCore> core_;
  NodeView last_;  ///< before it went down
  Duration disk_delay_{0};
  Duration dark_{0};        ///< of a power cut that is to come in the midst of a change
  bool quiet_ = false;      ///< the process is being destroyed: what it says is not heard
  std::uint64_t life_ = 0;  ///< starts that were asked for: an older one is void
  Timer next_step_;
  Duration busy_until_{0};
  std::uint64_t steps_at_once_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace wayside::sim
