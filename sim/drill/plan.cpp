#include "sim/drill/plan.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>

namespace wayside::drill {
namespace {

constexpr std::uint64_t plan_stream = 0x706c616e;  // "plan": apart from what else draws

/// How long a computer is away that was killed, where the script does not say.
constexpr Duration away_default = seconds(10);

bool about_nodes(const Action& action) {
  if (const auto* link = std::get_if<LinkAction>(&action)) return !link->hub;
  return !std::holds_alternative<BrokerAction>(action) &&
         !std::holds_alternative<HubAction>(action);
}

std::optional<Duration> default_length(const Action& action) {
  const auto* hub = std::get_if<HubAction>(&action);
  const bool dies = std::holds_alternative<AgentAction>(action) ||
                    std::holds_alternative<BrokerAction>(action) ||
                    (hub != nullptr && (*hub == HubAction::kill || *hub == HubAction::power_cut));
  return dies ? std::optional(away_default) : std::nullopt;
}

std::vector<std::size_t> pick(const Targets& targets, std::size_t nodes, Rng& rng) {
  if (targets.pick == Targets::Pick::one) return {targets.index};
  if (targets.pick == Targets::Pick::any) return {static_cast<std::size_t>(rng.below(nodes))};
  std::vector<std::size_t> all(nodes);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

/// The moments at which an entry begins.
std::vector<Duration> onsets(const TimelineEntry& entry, Duration length, std::size_t room,
                             Rng& rng) {
  std::vector<Duration> out;
  const std::uint64_t times = entry.times.value_or(entry.every ? onsets_max : 1);
  const Duration until = std::min(entry.until.value_or(length), length);
  Duration at = entry.at.draw(rng);
  for (std::uint64_t i = 0; i < times && out.size() < room; ++i) {
    if (entry.every ? at >= until : false) break;
    if (at < length) out.push_back(at);
    at = entry.every ? at + entry.every->draw(rng) : entry.at.draw(rng);
  }
  return out;
}

struct Describe {
  std::string operator()(const LinkAction& action) const {
    const LinkConditions& link = action.conditions;
    std::vector<std::string> parts;
    using Down = LinkConditions::Down;
    if (link.down == Down::both) parts.emplace_back("down");
    if (link.down == Down::up) parts.emplace_back("up lost");
    if (link.down == Down::down) parts.emplace_back("down lost");
    if (link.latency.ns > 0) parts.push_back("latency " + format_duration(link.latency));
    if (link.jitter.ns > 0) parts.push_back("jitter " + format_duration(link.jitter));
    if (link.loss > 0) parts.push_back(fmt::format("loss {:.3g} %", link.loss * 100));
    if (link.duplicate > 0)
      parts.push_back(fmt::format("duplicates {:.3g} %", link.duplicate * 100));
    if (link.reorder > 0) parts.push_back(fmt::format("reordering {:.3g} %", link.reorder * 100));
    if (link.bytes_per_s > 0)
      parts.push_back(fmt::format("{:.3g} kbit/s", link.bytes_per_s * 8 / 1000));
    return fmt::format("link {}", fmt::join(parts, ", "));
  }
  std::string operator()(BrokerAction action) const {
    return action == BrokerAction::restart ? "broker lost and restarted" : "broker down";
  }
  std::string operator()(HubAction action) const {
    switch (action) {
      case HubAction::kill:
        return "hub killed";
      case HubAction::power_cut:
        return "hub without power";
      case HubAction::store_full:
        return "hub's store full";
      case HubAction::store_failing:
        return "hub's store failing";
      case HubAction::store_lost:
        break;
    }
    return "hub's store lost";
  }
  std::string operator()(AgentAction action) const {
    switch (action) {
      case AgentAction::kill:
        return "agent killed";
      case AgentAction::power_cut:
        return "power cut";
      case AgentAction::reinstall:
        break;
    }
    return "agent reinstalled";
  }
  std::string operator()(const DiskAction& action) const {
    switch (action.what) {
      case DiskAction::What::full:
        return "disk full";
      case DiskAction::What::read_only:
        return "disk read-only";
      case DiskAction::What::slow:
        return "disk slow, " + format_duration(action.delay);
      case DiskAction::What::corrupt:
        break;
    }
    return fmt::format("{} bytes of the disk corrupt", action.bytes);
  }
  std::string operator()(const ClockAction& action) const {
    if (action.set) return "clock at " + format_time(*action.set);
    if (action.step.ns < 0) return "clock back by " + format_duration(action.step * -1);
    if (action.step.ns > 0) return "clock ahead by " + format_duration(action.step);
    return fmt::format("clock drifts by {:g} ppm", action.drift_ppm);
  }
  std::string operator()(const SensorAction& action) const {
    std::vector<std::string> parts;
    if (action.noise > 0) parts.push_back(fmt::format("noise {:g}", action.noise));
    if (action.bias != 0) parts.push_back(fmt::format("bias {:g}", action.bias));
    if (action.drift_per_h != 0) parts.push_back(fmt::format("drift {:g}/h", action.drift_per_h));
    if (action.dropout > 0) parts.push_back(fmt::format("dropout {:.3g} %", action.dropout * 100));
    if (action.stuck) parts.emplace_back("stuck");
    if (action.quantum > 0) parts.push_back(fmt::format("quantum {:g}", action.quantum));
    return fmt::format("{}: {}",
                       action.signals.empty() ? std::string("all sensors")
                                              : fmt::format("{}", fmt::join(action.signals, ", ")),
                       fmt::join(parts, ", "));
  }
  std::string operator()(const MachineAction& action) const {
    return action.signal.empty() ? action.fault
                                 : fmt::format("{} of {}", action.fault, action.signal);
  }
};

}  // namespace

std::vector<PlannedFault> plan_faults(const Script& script, std::uint64_t seed) {
  std::vector<PlannedFault> out;
  const Rng root = Rng(seed).fork(plan_stream);
  for (std::size_t e = 0; e < script.timeline.size(); ++e) {
    const TimelineEntry& entry = script.timeline[e];
    Rng rng = root.fork(e);
    for (const Duration from : onsets(entry, script.length, onsets_max - out.size(), rng)) {
      PlannedFault fault;
      fault.entry = e;
      fault.from = from;
      if (entry.lasts)
        fault.to = from + entry.lasts->draw(rng);
      else if (const auto length = default_length(entry.action))
        fault.to = from + *length;
      if (about_nodes(entry.action)) fault.nodes = pick(entry.targets, script.nodes, rng);
      fault.stream = rng.next();
      out.push_back(std::move(fault));
    }
  }
  std::ranges::stable_sort(out, {}, &PlannedFault::from);
  return out;
}

std::string describe(const Action& action) {
  return std::visit(Describe{}, action);
}

std::string describe_targets(const Script& script, const PlannedFault& fault) {
  const Action& action = script.timeline[fault.entry].action;
  if (std::holds_alternative<BrokerAction>(action)) return "broker";
  if (!about_nodes(action)) return "hub";
  if (fault.nodes.size() == script.nodes) return script.nodes == 1 ? "the node" : "all nodes";
  std::vector<std::size_t> numbers;
  for (const std::size_t node : fault.nodes) numbers.push_back(node + 1);
  return fmt::format("node {}", fmt::join(numbers, ", "));
}

}  // namespace wayside::drill
