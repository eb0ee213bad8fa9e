#include "node/rule_config.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "base/config/reader.hpp"

namespace wayside::node {
namespace {

using config::Diagnostics;
using config::MapReader;
using config::Node;
using features::ScalarExpression;

/// The slot of a name; an output of a known model gets one when it is first read.
std::optional<std::size_t> resolve(KindConfig& config, std::string_view name) {
  if (const auto slot = position(config.slot_names, name)) return slot;
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || !is_identifier(name.substr(dot + 1))) return std::nullopt;
  for (ModelConfig& model : config.models) {
    if (model.name != name.substr(0, dot)) continue;
    model.outputs.push_back({std::string(name.substr(dot + 1)), config.slot_names.size()});
    config.slot_names.emplace_back(name);
    return model.outputs.back().slot;
  }
  return std::nullopt;
}

std::optional<ScalarExpression> compile(const Node& node, KindConfig& config,
                                        Diagnostics& diagnostics) {
  const auto text = config::as_string(node, diagnostics);
  if (!text) return std::nullopt;
  const std::vector<std::string> known = config.slot_names;
  return ScalarExpression::compile(
      *text, node.at.right(node.quoted ? 1 : 0),
      [&](std::string_view name) { return resolve(config, name); }, known, diagnostics);
}

void parse_actions(const Node& node, Diagnostics& diagnostics) {
  if (node.type != Node::Type::sequence || node.items.empty()) {
    diagnostics.error(node.at, "expected a list of actions: [alert]");
    return;
  }
  for (const Node& item : node.items) {
    const auto action = config::as_string(item, diagnostics);
    if (action && *action != "alert")
      diagnostics.error(item.at, fmt::format("unknown action '{}': expected alert", *action));
  }
}

/// Slots and models that both conditions read.
void collect_reads(const KindConfig& config, RuleConfig& rule) {
  std::set<std::size_t> slots(rule.when.slots().begin(), rule.when.slots().end());
  if (rule.clear) slots.insert(rule.clear->slots().begin(), rule.clear->slots().end());
  rule.slots.assign(slots.begin(), slots.end());
  for (std::size_t m = 0; m < config.models.size(); ++m) {
    const auto& outputs = config.models[m].outputs;
    if (std::any_of(outputs.begin(), outputs.end(),
                    [&](const OutputSlot& output) { return slots.contains(output.slot); }))
      rule.models.push_back(m);
  }
}

/// At a tick a signal has no value of its own, only its windows do: which sample came last depends
/// on arrival. An interlock waits for samples, so it must name one.
void check_reads(const KindConfig& config, const RuleConfig& rule, const config::Location& at,
                 Diagnostics& diagnostics) {
  const auto signal = std::find_if(rule.when.slots().begin(), rule.when.slots().end(),
                                   [&](std::size_t slot) { return slot < config.signal_count; });
  const bool reads_signal = signal != rule.when.slots().end();
  const auto any = std::find_if(rule.slots.begin(), rule.slots.end(),
                                [&](std::size_t slot) { return slot < config.signal_count; });
  if (rule.on_sample && !reads_signal)
    diagnostics.error(
        at, fmt::format("rule '{}' is evaluated on samples but reads no signal", rule.name));
  if (!rule.on_sample && rule.when.slots().empty())
    diagnostics.error(
        at, fmt::format("rule '{}' reads nothing: name a feature or a model's output", rule.name));
  if (!rule.on_sample && any != rule.slots.end())
    diagnostics.error(
        at,
        fmt::format("rule '{0}' is evaluated at ticks and reads the signal '{1}' itself: name a "
                    "feature such as last({1}, 10s), or say 'on: sample'",
                    rule.name, config.slot_names[*any]));
  if (rule.slots.size() > rule_names_max)
    diagnostics.error(at, fmt::format("rule '{}' reads {} names: at most {} are allowed", rule.name,
                                      rule.slots.size(), rule_names_max));
}

void parse_rule(const Node::Entry& entry, KindConfig& config, Diagnostics& diagnostics) {
  MapReader reader(entry.value, "a rule", diagnostics);
  const Node* when_node = reader.required("when");
  auto when = when_node != nullptr ? compile(*when_node, config, diagnostics) : std::nullopt;
  const Node* clear_node = reader.optional("clear");
  auto clear = clear_node != nullptr ? compile(*clear_node, config, diagnostics) : std::nullopt;
  const Duration hold_for = reader.duration("for", Duration{0});
  const bool on_sample = reader.choice("on", {"tick", "sample"}, 0) == 1;
  const auto severity = reader.choice("severity", {"info", "warning", "alarm"}, 2);
  const auto tier = reader.choice("tier", {"critical", "diagnostic"}, 0);
  if (const Node* actions = reader.optional("do")) parse_actions(*actions, diagnostics);
  if (!when || (clear_node != nullptr && !clear)) return;

  RuleConfig rule{.name = entry.key,
                  .when_text = when_node->scalar,
                  .when = std::move(*when),
                  .clear = std::move(clear),
                  .hold_for = hold_for,
                  .on_sample = on_sample,
                  .severity = static_cast<telemetry::Severity>(severity),
                  .tier = static_cast<telemetry::Tier>(tier),
                  .slots = {},
                  .models = {}};
  collect_reads(config, rule);
  check_reads(config, rule, when_node->at, diagnostics);
  config.rules.push_back(std::move(rule));
}

}  // namespace

void parse_rules(const Node& node, KindConfig& config, Diagnostics& diagnostics) {
  if (!expect_names(node, "rules", rules_max, diagnostics)) return;
  for (const Node::Entry& entry : node.entries)
    if (check_identifier("rule", entry, diagnostics)) parse_rule(entry, config, diagnostics);
}

}  // namespace wayside::node
