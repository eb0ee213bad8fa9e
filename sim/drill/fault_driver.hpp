#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "sim/drill/plan.hpp"
#include "sim/drill/script.hpp"
#include "sim/drill/sensor_faults.hpp"
#include "sim/world/world.hpp"

namespace wayside::drill {

/// Does to a world what a run's plan says. Faults of one kind may overlap: conditions of links are
/// combined, and what is down comes back when the last reason for it is over.
class FaultDriver {
 public:
  /// After the end of a fault, how long what died may take to start, connect and begin to send.
  static constexpr Duration recover_within = minutes(2);

  /// All outlive it; `sensors` has one for each node.
  FaultDriver(sim::World& world, const Script& script, std::vector<SensorFaults>& sensors);

  /// Asks the world for every onset and end.
  void schedule(const std::vector<PlannedFault>& plan);
  /// Called when the first fault that stands in the way of records begins (true), and when the last
  /// has ended (false).
  void on_way_blocked(std::function<void(bool blocked)> observer) {
    observer_ = std::move(observer);
  }
  /// The hub is about to lose its power.
  void on_hub_power_cut(std::function<void()> observer) { hub_cut_ = std::move(observer); }
  /// Whether a fault stood in the node's way at any moment from `from` to `to`, or had not been
  /// over for `recover_within`.
  [[nodiscard]] bool blocked(std::size_t node, Duration from, Duration to) const;
  /// When the last fault that has an end is over.
  [[nodiscard]] Duration last_end() const { return last_end_; }

 private:
  struct NodeState {
    std::map<std::size_t, LinkConditions> links;  ///< by fault
    std::map<std::size_t, Duration> slow;
    std::map<std::size_t, double> drift_ppm;
    int disk_full = 0, disk_read_only = 0;
    std::map<std::size_t, std::size_t> sensor_faults;  ///< fault to SensorFaults' id
  };
  struct Blocked {
    Duration from, to;
  };

  void begin(std::size_t id);
  void end(std::size_t id);
  void apply(const LinkAction& action, std::size_t id, bool begins);
  void apply(BrokerAction action, std::size_t id, bool begins);
  void apply(HubAction action, std::size_t id, bool begins);
  void apply(AgentAction action, std::size_t id, bool begins);
  void apply(const DiskAction& action, std::size_t id, bool begins);
  void apply(const ClockAction& action, std::size_t id, bool begins);
  void apply(const SensorAction& action, std::size_t id, bool begins);
  void apply(const MachineAction&, std::size_t, bool) {}  // the feed knows from its start
  void hub_dies(HubAction action);
  void set_disk(std::size_t node);
  void set_paths();
  void note_way(int change);

  sim::World& world_;
  const Script& script_;
  std::vector<SensorFaults>& sensors_;
  std::vector<PlannedFault> plan_;
  std::vector<NodeState> nodes_;
  std::map<std::size_t, LinkConditions> hub_links_;
  std::vector<std::vector<Blocked>> blocked_;  ///< by node
  int broker_down_ = 0, hub_down_ = 0, store_failing_ = 0;
  int in_the_way_ = 0;
  Duration last_end_{};
  std::function<void(bool)> observer_;
  std::function<void()> hub_cut_;
};

/// Whether a fault keeps records from the hub while it lasts, more or less.
[[nodiscard]] bool stands_in_the_way(const Action& action);

}  // namespace wayside::drill
