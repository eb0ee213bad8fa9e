#include "sim/drill/fault_driver.hpp"

#include <algorithm>
#include <limits>

namespace wayside::drill {
namespace {

constexpr Duration forever{std::numeric_limits<std::int64_t>::max()};
/// Of the changes of a disk that follow, one is picked to lose the power in.
constexpr std::uint64_t changes_max = 40;
/// What the spool is called on a virtual disk.
constexpr const char* spool_file = "spool.sqlite";

sim::PathConditions to_path(const std::map<std::size_t, LinkConditions>& active) {
  LinkConditions all;
  for (const auto& [id, conditions] : active) all = combine(all, conditions);
  sim::PathConditions path;
  path.down = static_cast<sim::PathConditions::Down>(all.down);
  path.latency = path.latency + all.latency;
  path.jitter = all.jitter;
  path.loss = all.loss;
  path.duplicate = all.duplicate;
  path.reorder = all.reorder;
  path.bytes_per_s = all.bytes_per_s;
  return path;
}

/// Holds the value while the fault does.
template <class Value>
void hold(std::map<std::size_t, Value>& active, std::size_t id, const Value& value, bool begins) {
  if (begins)
    active[id] = value;
  else
    active.erase(id);
}

template <class Value>
Value sum(const std::map<std::size_t, Value>& active) {
  Value total{};
  for (const auto& [id, value] : active) total = total + value;
  return total;
}

}  // namespace

bool stands_in_the_way(const Action& action) {
  if (const auto* link = std::get_if<LinkAction>(&action))
    return link->conditions.down != LinkConditions::Down::no;
  if (const auto* disk = std::get_if<DiskAction>(&action))
    return disk->what != DiskAction::What::corrupt;
  return std::holds_alternative<BrokerAction>(action) ||
         std::holds_alternative<HubAction>(action) || std::holds_alternative<AgentAction>(action);
}

FaultDriver::FaultDriver(sim::World& world, const Script& script,
                         std::vector<SensorFaults>& sensors)
    : world_(world),
      script_(script),
      sensors_(sensors),
      nodes_(script.nodes),
      blocked_(script.nodes) {}

void FaultDriver::schedule(const std::vector<PlannedFault>& plan) {
  plan_ = plan;
  for (std::size_t id = 0; id < plan_.size(); ++id) {
    const PlannedFault& fault = plan_[id];
    world_.at(fault.from, [this, id] { begin(id); });
    if (fault.to) {
      world_.at(*fault.to, [this, id] { end(id); });
      last_end_ = std::max(last_end_, *fault.to);
    }
    if (!stands_in_the_way(script_.timeline[fault.entry].action)) continue;
    const Duration until = fault.to ? *fault.to + recover_within : forever;
    for (std::size_t n = 0; n < blocked_.size(); ++n)
      if (fault.nodes.empty() || std::ranges::find(fault.nodes, n) != fault.nodes.end())
        blocked_[n].push_back({fault.from, until});
  }
}

bool FaultDriver::blocked(std::size_t node, Duration from, Duration to) const {
  return std::ranges::any_of(blocked_[node],
                             [&](const Blocked& one) { return one.from <= to && from <= one.to; });
}

void FaultDriver::begin(std::size_t id) {
  const Action& action = script_.timeline[plan_[id].entry].action;
  if (stands_in_the_way(action)) note_way(+1);
  std::visit([&](const auto& one) { apply(one, id, true); }, action);
}

void FaultDriver::end(std::size_t id) {
  const Action& action = script_.timeline[plan_[id].entry].action;
  std::visit([&](const auto& one) { apply(one, id, false); }, action);
  if (stands_in_the_way(action)) note_way(-1);
}

void FaultDriver::note_way(int change) {
  const bool before = in_the_way_ > 0;
  in_the_way_ += change;
  const bool now = in_the_way_ > 0;
  if (now != before && observer_) observer_(now);
}

void FaultDriver::apply(const LinkAction& action, std::size_t id, bool begins) {
  if (action.hub) {
    hold(hub_links_, id, action.conditions, begins);
    world_.set_hub_path(to_path(hub_links_));
    return;
  }
  for (const std::size_t n : plan_[id].nodes) {
    hold(nodes_[n].links, id, action.conditions, begins);
    world_.set_path(n, to_path(nodes_[n].links));
  }
}

/// Restarted or down, the broker forgets everything: the two differ in how long it is away.
void FaultDriver::apply(BrokerAction, std::size_t, bool begins) {
  if (begins && broker_down_++ == 0) world_.stop_broker();
  if (!begins && --broker_down_ == 0) world_.start_broker();
}

void FaultDriver::hub_dies(HubAction action) {
  if (hub_down_++ > 0) return;
  world_.kill_hub();
  if (action == HubAction::power_cut && hub_cut_) hub_cut_();
  if (action == HubAction::store_lost) world_.lose_store();
}

void FaultDriver::apply(HubAction action, std::size_t id, bool begins) {
  if (action == HubAction::store_full || action == HubAction::store_failing) {
    store_failing_ += begins ? 1 : -1;
    if (begins && action == HubAction::store_full)
      world_.fail_store(Error{Errc::full, "no room on the disk"});
    // Whether what was reported as failed was stored all the same is for recovery to find out.
    if (begins && action == HubAction::store_failing)
      world_.fail_store(Error{Errc::io, "the disk reports an error"},
                        Rng(plan_[id].stream).below(2) == 0);
    if (store_failing_ == 0) world_.fail_store(std::nullopt);
    return;
  }
  if (begins)
    hub_dies(action);
  else if (--hub_down_ == 0)
    world_.start_hub();
}

void FaultDriver::apply(AgentAction action, std::size_t id, bool begins) {
  if (!begins) return;  // it was told for how long
  const PlannedFault& fault = plan_[id];
  const Duration away = *fault.to - fault.from;
  Rng rng(fault.stream);
  for (const std::size_t n : fault.nodes) {
    const bool midst = rng.below(2) == 0;
    const std::uint64_t change = 1 + rng.below(changes_max);
    if (action == AgentAction::kill)
      world_.kill_node(n, away);
    else if (action == AgentAction::reinstall)
      world_.reinstall(n);
    else if (midst && script_.storage == Script::Storage::sqlite)
      world_.power_cut_at_change(n, change, away);
    else
      world_.power_cut(n, away);
  }
}

void FaultDriver::set_disk(std::size_t node) {
  const NodeState& state = nodes_[node];
  sim::VirtualDisk& disk = world_.disk(node);
  disk.limit(state.disk_full > 0 ? std::optional(disk.bytes_used()) : std::nullopt);
  disk.set_read_only(state.disk_read_only > 0);
  world_.slow_disk(node, sum(state.slow));
}

void FaultDriver::apply(const DiskAction& action, std::size_t id, bool begins) {
  for (const std::size_t n : plan_[id].nodes) {
    NodeState& state = nodes_[n];
    const int change = begins ? 1 : -1;
    if (action.what == DiskAction::What::full) state.disk_full += change;
    if (action.what == DiskAction::What::read_only) state.disk_read_only += change;
    if (action.what == DiskAction::What::slow) hold(state.slow, id, action.delay, begins);
    if (action.what == DiskAction::What::corrupt)
      static_cast<void>(world_.disk(n).flip_bits(spool_file, action.bytes));
    else
      set_disk(n);
  }
}

void FaultDriver::apply(const ClockAction& action, std::size_t id, bool begins) {
  for (const std::size_t n : plan_[id].nodes) {
    if (begins && action.set) world_.set_clock(n, *action.set);
    if (begins && action.step.ns != 0) world_.step_clock(n, action.step);
    if (action.drift_ppm == 0) continue;
    hold(nodes_[n].drift_ppm, id, action.drift_ppm, begins);
    world_.drift_clock(n, sum(nodes_[n].drift_ppm));
  }
}

void FaultDriver::apply(const SensorAction& action, std::size_t id, bool begins) {
  for (const std::size_t n : plan_[id].nodes) {
    auto& own = nodes_[n].sensor_faults;
    if (begins)
      own[id] = sensors_[n].begin(action, world_.now(), Rng(plan_[id].stream).fork(n));
    else if (const auto found = own.find(id); found != own.end())
      sensors_[n].end(found->second);
  }
}

}  // namespace wayside::drill
