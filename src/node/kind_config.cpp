#include "node/kind_config.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <set>

#include "base/config/reader.hpp"
#include "node/agent_config.hpp"
#include "node/model_config.hpp"
#include "node/rule_config.hpp"
#include "telemetry/udunits/units.hpp"

namespace wayside::node {
namespace {

using config::Diagnostics;
using config::MapReader;
using config::Node;

void parse_range(const Node& node, telemetry::Signal& signal, Diagnostics& diagnostics) {
  if (node.type != Node::Type::sequence || node.items.size() != 2) {
    diagnostics.error(node.at,
                      fmt::format("expected a range [lowest, highest], found {}", node.describe()));
    return;
  }
  const auto low = config::as_number(node.items[0], diagnostics);
  const auto high = config::as_number(node.items[1], diagnostics);
  if (!low || !high) return;
  if (*low >= *high)
    diagnostics.error(node.at, fmt::format("the range [{}, {}] is empty: expected the lowest value "
                                           "first",
                                           *low, *high));
  signal.min = *low;
  signal.max = *high;
}

void parse_waveform(const Node& node, telemetry::Signal& signal, Diagnostics& diagnostics) {
  MapReader reader(node, "a waveform", diagnostics);
  telemetry::Waveform waveform;
  if (const Node* rate = reader.required("rate"))
    waveform.rate_hz = config::as_frequency(*rate, diagnostics).value_or(1);
  if (reader.required("length") != nullptr)
    waveform.length = static_cast<std::size_t>(
        reader.integer("length", 1, 1, telemetry::SampleBlock::samples_max));
  signal.waveform = waveform;
}

telemetry::Signal parse_signal(const std::string& name, const Node& node,
                               const telemetry::Units& units, Diagnostics& diagnostics) {
  telemetry::Signal signal;
  signal.name = name;
  MapReader reader(node, "a signal", diagnostics);
  signal.unit = reader.string("unit", "1");
  if (const auto known = units.check(signal.unit); !known)
    diagnostics.error(node.find("unit") != nullptr ? node.find("unit")->at : node.at,
                      known.error().message);
  signal.version = static_cast<std::uint32_t>(
      reader.integer("version", 1, 1, std::numeric_limits<std::uint32_t>::max()));
  if (const Node* range = reader.optional("range")) parse_range(*range, signal, diagnostics);
  if (const Node* waveform = reader.optional("waveform"))
    parse_waveform(*waveform, signal, diagnostics);
  signal.tier = static_cast<telemetry::Tier>(
      reader.choice("tier", {"critical", "diagnostic", "bulk"},
                    static_cast<std::size_t>(telemetry::Tier::diagnostic)));
  return signal;
}

void parse_signals(const Node& node, const telemetry::Units& units, telemetry::Kind& kind,
                   Diagnostics& diagnostics) {
  if (!expect_names(node, "signals", signals_max, diagnostics)) return;
  for (const Node::Entry& entry : node.entries)
    if (check_identifier("signal", entry, diagnostics))
      kind.signals.push_back(parse_signal(entry.key, entry.value, units, diagnostics));
}

void parse_definitions(const Node& node, const telemetry::Kind& kind, KindConfig& config,
                       Diagnostics& diagnostics) {
  if (!expect_names(node, "features", features_max, diagnostics)) return;
  for (const Node::Entry& entry : node.entries) {
    if (!check_identifier("feature", entry, diagnostics)) continue;
    if (kind.find(entry.key)) {
      diagnostics.error(
          entry.key_at,
          fmt::format("'{}' is a signal already: a feature needs a name of its own", entry.key));
      continue;
    }
    if (const auto text = config::as_string(entry.value, diagnostics))
      config.definitions.push_back(
          {entry.key, *text, entry.value.at.right(entry.value.quoted ? 1 : 0)});
  }
}

void parse_features(const Node& node, const telemetry::Kind& kind, const telemetry::Units& units,
                    KindConfig& config, Diagnostics& diagnostics) {
  MapReader reader(node, "features", diagnostics);
  features::PlanOptions options;
  options.every = reader.duration("every", options.every);
  if (options.every.ns <= 0) {
    diagnostics.error(node.find("every")->at, "'every' must be longer than 0");
    options.every = seconds(1);
  }
  options.lateness = reader.duration("lateness", options.lateness);
  if (const Node* idle = reader.optional("idle"))
    options.idle = config::as_duration(*idle, diagnostics);
  options.asset_bytes_max = reader.size("memory", options.asset_bytes_max);
  const std::size_t before = diagnostics.errors().size();
  if (const Node* define = reader.required("define"))
    parse_definitions(*define, kind, config, diagnostics);
  // A definition that is missing from the plan would make its readers look wrong as well.
  if (diagnostics.errors().size() != before || config.definitions.empty()) return;
  config.plan = features::Plan::compile(kind, config.definitions, options, &units, diagnostics);
}

/// Slots of signals, features and scores; rules may add other outputs.
void lay_out_slots(const telemetry::Kind& kind, KindConfig& config) {
  config.signal_count = kind.signals.size();
  config.feature_count = config.definitions.size();
  for (const telemetry::Signal& signal : kind.signals) config.slot_names.push_back(signal.name);
  for (const features::Definition& feature : config.definitions)
    config.slot_names.push_back(feature.name);
  for (ModelConfig& model : config.models) {
    model.outputs.push_back({"score", config.slot_names.size()});
    config.slot_names.push_back(model.name + ".score");
  }
}

}  // namespace

bool expect_names(const Node& node, std::string_view what, std::size_t max,
                  Diagnostics& diagnostics) {
  if (node.type != Node::Type::map) {
    diagnostics.error(
        node.at, fmt::format("expected {} as a map from names, found {}", what, node.describe()));
    return false;
  }
  if (node.entries.size() <= max) return true;
  diagnostics.error(node.at, fmt::format("{} {} are too many: at most {} are allowed",
                                         node.entries.size(), what, max));
  return false;
}

bool check_identifier(std::string_view what, const Node::Entry& entry, Diagnostics& diagnostics) {
  if (is_identifier(entry.key)) return true;
  diagnostics.error(entry.key_at,
                    fmt::format("'{}' cannot name a {}: expected letters, digits and _, at most "
                                "64, not starting with a digit",
                                entry.key, what));
  return false;
}

std::optional<std::size_t> position(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

bool is_identifier(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || text.size() > 64 || !letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

KindConfig bare_kind(const telemetry::Kind& kind) {
  KindConfig config;
  lay_out_slots(kind, config);
  return config;
}

KindConfig parse_kind(const std::string& name, const Node& node, const telemetry::Units& units,
                      telemetry::Kind& kind, Diagnostics& diagnostics) {
  KindConfig config;
  kind.name = name;
  MapReader reader(node, "a kind", diagnostics);
  if (const Node* signals = reader.optional("signals")) {
    parse_signals(*signals, units, kind, diagnostics);
  } else if (auto builtin = builtin_kind(name)) {
    kind = std::move(*builtin);
  } else {
    diagnostics.error(node.at,
                      fmt::format("the kind '{}' needs 'signals': it is not a built-in one", name));
  }
  if (const Node* features = reader.optional("features"))
    parse_features(*features, kind, units, config, diagnostics);
  if (const Node* models = reader.optional("models")) parse_models(*models, config, diagnostics);
  lay_out_slots(kind, config);
  if (const Node* rules = reader.optional("rules")) parse_rules(*rules, config, diagnostics);
  return config;
}

}  // namespace wayside::node
