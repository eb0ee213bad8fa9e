#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/config/reader.hpp"
#include "plants/plant.hpp"
#include "sim/drill/parse.hpp"
#include "sim/drill/values.hpp"

namespace wayside::drill {
namespace {

using config::MapReader;
using config::Node;

const Node* duration_key(MapReader& reader, std::string_view key, Duration& out) {
  const Node* found = reader.optional(key);
  if (found != nullptr) out = config::as_duration(*found, reader.diagnostics()).value_or(out);
  return found;
}

void share_key(MapReader& reader, std::string_view key, double& out) {
  if (const Node* found = reader.optional(key))
    out = as_share(*found, reader.diagnostics()).value_or(out);
}

Action parse_link(const Node& node, bool hub, config::Diagnostics& diagnostics) {
  LinkAction action{{}, hub};
  if (node.type == Node::Type::scalar) {
    if (as_word(node, {"down"}, diagnostics)) action.conditions.down = LinkConditions::Down::both;
    return action;
  }
  MapReader reader(node, "a link's conditions", diagnostics);
  LinkConditions& link = action.conditions;
  if (const Node* down = reader.optional("down"))
    if (const auto word = as_word(*down, {"both", "up", "down"}, diagnostics))
      link.down = static_cast<LinkConditions::Down>(*word + 1);
  duration_key(reader, "latency", link.latency);
  duration_key(reader, "jitter", link.jitter);
  share_key(reader, "loss", link.loss);
  share_key(reader, "duplicate", link.duplicate);
  share_key(reader, "reorder", link.reorder);
  if (const Node* bandwidth = reader.optional("bandwidth"))
    link.bytes_per_s = as_bandwidth(*bandwidth, diagnostics).value_or(0);
  if (node.entries.empty())
    diagnostics.error(node.at,
                      "a link's conditions are empty: expected 'down', or latency, "
                      "jitter, loss, duplicate, reorder or bandwidth");
  return action;
}

template <class Enum>
Enum parse_word(const Node& node, const std::vector<std::string>& words,
                config::Diagnostics& diagnostics) {
  return static_cast<Enum>(as_word(node, words, diagnostics).value_or(0));
}

Action parse_disk(const Node& node, config::Diagnostics& diagnostics) {
  using What = DiskAction::What;
  DiskAction action;
  if (node.type == Node::Type::scalar) {
    const auto word = as_word(node, {"full", "read_only", "corrupt"}, diagnostics);
    constexpr std::array whats{What::full, What::read_only, What::corrupt};
    action.what = whats[word.value_or(0)];
    return action;
  }
  MapReader reader(node, "a disk's fault", diagnostics);
  if (duration_key(reader, "slow", action.delay) != nullptr) action.what = What::slow;
  if (reader.optional("corrupt") != nullptr) {
    action.what = What::corrupt;
    action.bytes = static_cast<std::uint32_t>(reader.integer("corrupt", 1, 1, 1'000'000));
  }
  if (node.entries.size() != 1)
    diagnostics.error(node.at,
                      "a disk's fault is one of full, read_only, corrupt, {corrupt: "
                      "BYTES} and {slow: DURATION}");
  return action;
}

Action parse_clock(const Node& node, config::Diagnostics& diagnostics) {
  ClockAction action;
  MapReader reader(node, "a clock's fault", diagnostics);
  if (const Node* step = reader.optional("step"))
    action.step = as_signed_duration(*step, diagnostics).value_or(Duration{});
  if (const Node* drift = reader.optional("drift"))
    action.drift_ppm = as_ppm(*drift, diagnostics).value_or(0);
  if (const Node* set = reader.optional("set")) action.set = as_time(*set, diagnostics);
  if (node.entries.empty()) diagnostics.error(node.at, "a clock's fault needs step, drift or set");
  return action;
}

std::vector<std::string> parse_names(const Node& node, config::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  if (node.type == Node::Type::sequence) {
    for (const Node& item : node.items)
      names.push_back(config::as_string(item, diagnostics).value_or(""));
  } else {
    names.push_back(config::as_string(node, diagnostics).value_or(""));
  }
  return names;
}

Action parse_sensor(const Node& node, const ParseContext& context) {
  SensorAction action;
  MapReader reader(node, "a sensor's fault", context.diagnostics);
  if (const Node* signal = reader.optional("signal")) {
    action.signals = parse_names(*signal, context.diagnostics);
    for (const std::string& name : action.signals) check_signal(name, signal->at, context);
  }
  action.noise = reader.number("noise", 0);
  action.bias = reader.number("bias", 0);
  action.drift_per_h = reader.number("drift_per_hour", 0);
  share_key(reader, "dropout", action.dropout);
  action.stuck = reader.boolean("stuck", false);
  action.quantum = reader.number("quantum", 0);
  for (const auto& [key, value] : {std::pair{"noise", action.noise}, {"quantum", action.quantum}})
    if (value < 0)
      context.diagnostics.error(node.find(key)->at, fmt::format("'{}' must not be negative", key));
  if (node.entries.size() == (node.find("signal") != nullptr ? 1u : 0u))
    context.diagnostics.error(node.at,
                              "a sensor's fault needs noise, bias, drift_per_hour, "
                              "dropout, stuck or quantum");
  return action;
}

/// The machine is known by its kind's name; see Signals::plant.
Action parse_machine(const Node& node, const ParseContext& context) {
  MachineAction action;
  MapReader reader(node, "a machine's fault", context.diagnostics);
  action.fault = reader.required_string("fault");
  action.signal = reader.string("signal");
  action.over = reader.duration("over", {});
  action.severity = reader.number("severity", 1);
  if (action.fault.empty()) return action;
  std::string problem = "there is no plant";
  for (const plants::PlantType& plant : plants::plant_types()) {
    const plants::Fault fault{action.fault, action.signal, {}, action.over, action.severity};
    const auto status = plants::check_fault(plant, fault);
    if (status) return action;
    problem = status.error().message;
  }
  context.diagnostics.error(node.at, problem);
  return action;
}

struct ActionKey {
  std::string_view key;
  Action (*parse)(const Node&, const ParseContext&);
};

constexpr std::array<ActionKey, 9> action_keys{{
    {"link",
     [](const Node& n, const ParseContext& c) { return parse_link(n, false, c.diagnostics); }},
    {"hub_link",
     [](const Node& n, const ParseContext& c) { return parse_link(n, true, c.diagnostics); }},
    {"broker",
     [](const Node& n, const ParseContext& c) -> Action {
       return parse_word<BrokerAction>(n, {"restart", "down"}, c.diagnostics);
     }},
    {"hub",
     [](const Node& n, const ParseContext& c) -> Action {
       return parse_word<HubAction>(
           n, {"kill", "power_cut", "store_full", "store_failing", "store_lost"}, c.diagnostics);
     }},
    {"agent",
     [](const Node& n, const ParseContext& c) -> Action {
       return parse_word<AgentAction>(n, {"kill", "power_cut", "reinstall"}, c.diagnostics);
     }},
    {"disk", [](const Node& n, const ParseContext& c) { return parse_disk(n, c.diagnostics); }},
    {"clock", [](const Node& n, const ParseContext& c) { return parse_clock(n, c.diagnostics); }},
    {"sensor", parse_sensor},
    {"machine", parse_machine},
}};

Targets parse_targets(const Node& node, std::size_t nodes, config::Diagnostics& diagnostics) {
  if (node.scalar == "all") return {Targets::Pick::all, 0};
  if (node.scalar == "any") return {Targets::Pick::any, 0};
  const auto number = config::as_integer(node, diagnostics, 1, static_cast<std::int64_t>(nodes));
  return {Targets::Pick::one, static_cast<std::size_t>(number.value_or(1) - 1)};
}

/// `every`, `times` and `until`: how an entry repeats.
void parse_repetition(MapReader& reader, TimelineEntry& entry) {
  config::Diagnostics& diagnostics = reader.diagnostics();
  if (const Node* every = reader.optional("every")) {
    entry.every = as_span(*every, diagnostics);
    if (entry.every && entry.every->low < seconds(1))
      diagnostics.error(every->at, "'every' must be at least 1s");
  }
  if (reader.optional("times") != nullptr)
    entry.times = static_cast<std::uint64_t>(
        reader.integer("times", 1, 1, static_cast<std::int64_t>(onsets_max)));
  if (const Node* until = reader.optional("until")) {
    entry.until = config::as_duration(*until, diagnostics);
    if (!entry.every) diagnostics.error(until->at, "'until' needs 'every', the time between two");
  }
}

/// What is over at once has no length.
void check_length(const Node& node, const TimelineEntry& entry, config::Diagnostics& diagnostics) {
  if (!entry.lasts) return;
  const auto* disk = std::get_if<DiskAction>(&entry.action);
  const auto* clock = std::get_if<ClockAction>(&entry.action);
  if (std::holds_alternative<MachineAction>(entry.action))
    diagnostics.error(node.find("for")->at,
                      "a machine's fault stays: 'over' is how long it takes "
                      "to develop");
  if (disk != nullptr && disk->what == DiskAction::What::corrupt)
    diagnostics.error(node.find("for")->at, "what is corrupt stays so: it has no 'for'");
  if (clock != nullptr && clock->drift_ppm == 0)
    diagnostics.error(node.find("for")->at, "a clock's step stays: only a drift has a 'for'");
}

}  // namespace

std::optional<TimelineEntry> parse_entry(const Node& node, std::size_t nodes,
                                         const ParseContext& context) {
  config::Diagnostics& diagnostics = context.diagnostics;
  const std::size_t errors_before = diagnostics.errors().size();
  TimelineEntry entry;
  entry.where = node.at;
  MapReader reader(node, "a fault of the timeline", diagnostics);
  if (const Node* at = reader.required("at")) entry.at = as_span(*at, diagnostics).value_or(Span{});
  if (const Node* lasts = reader.optional("for")) entry.lasts = as_span(*lasts, diagnostics);
  parse_repetition(reader, entry);
  if (const Node* targets = reader.optional("node"))
    entry.targets = parse_targets(*targets, nodes, diagnostics);
  std::size_t actions = 0;
  for (const ActionKey& known : action_keys)
    if (const Node* action = reader.optional(known.key)) {
      ++actions;
      entry.action = known.parse(*action, context);
    }
  reader.finish();
  if (actions != 1 && node.type == Node::Type::map &&
      diagnostics.errors().size() == errors_before) {
    std::vector<std::string_view> keys;
    for (const ActionKey& known : action_keys) keys.push_back(known.key);
    diagnostics.error(node.at, fmt::format("a fault of the timeline does one thing: expected one "
                                           "of {}, found {}",
                                           fmt::join(keys, ", "), actions));
  }
  if (actions == 1) check_length(node, entry, diagnostics);
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return entry;
}

}  // namespace wayside::drill
