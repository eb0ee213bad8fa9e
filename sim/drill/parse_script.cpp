#include <fmt/format.h>

#include "base/config/reader.hpp"
#include "sim/drill/parse.hpp"
#include "sim/drill/values.hpp"

namespace wayside::drill {
namespace {

using config::MapReader;
using config::Node;

constexpr Time start_default{1'772'323'200'000'000'000};  // 2026-03-01T00:00:00Z, a Sunday

void parse_length(MapReader& reader, Script& script) {
  const Node* length = reader.required("for");
  if (length == nullptr) return;
  const auto read = config::as_duration(*length, reader.diagnostics());
  if (!read) return;
  script.length = *read;
  if (read->ns <= 0 || *read > length_max)
    reader.diagnostics().error(length->at,
                               fmt::format("a drill lasts longer than 0 and at most {}, found {}",
                                           format_duration(length_max), length->describe()));
}

void parse_timeline(const Node& node, Script& script, const ParseContext& context) {
  if (node.type != Node::Type::sequence) {
    context.diagnostics.error(
        node.at,
        fmt::format("expected the timeline as a list of faults, found {}", node.describe()));
    return;
  }
  if (node.items.size() > timeline_max) {
    context.diagnostics.error(node.at, fmt::format("{} entries are too many: at most {} may be",
                                                   node.items.size(), timeline_max));
    return;
  }
  for (const Node& item : node.items)
    if (auto entry = parse_entry(item, script.nodes, context))
      script.timeline.push_back(std::move(*entry));
}

void check_disks(const Script& script, config::Diagnostics& diagnostics) {
  if (script.storage == Script::Storage::sqlite) return;
  for (const TimelineEntry& entry : script.timeline)
    if (std::holds_alternative<DiskAction>(entry.action))
      diagnostics.error(entry.where, "a fault of disks needs 'storage: sqlite'");
}

}  // namespace

void check_signal(const std::string& name, const config::Location& at,
                  const ParseContext& context) {
  std::vector<std::string> known;
  for (const telemetry::Kind& kind : context.agent.table.kinds)
    for (const telemetry::Signal& signal : kind.signals) {
      if (signal.name == name) return;
      known.push_back(signal.name);
    }
  context.diagnostics.error(
      at, fmt::format("no kind of the agent has a signal '{}'{}", name, hint(name, known)));
}

std::optional<Script> parse_script(const Node& root, const node::AgentConfig& agent,
                                   config::Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.errors().size();
  const ParseContext context{agent, diagnostics};
  Script script;
  script.start = start_default;
  {
    MapReader reader(root, "a drill", diagnostics);
    script.title = reader.required_string("drill");
    reader.optional("agent");  // read by load_drill, before the rest
    script.nodes = static_cast<std::size_t>(
        reader.integer("nodes", 1, 1, static_cast<std::int64_t>(nodes_max)));
    parse_length(reader, script);
    if (const Node* start = reader.optional("start"))
      script.start = as_time(*start, diagnostics).value_or(start_default);
    if (const Node* storage = reader.optional("storage"))
      script.storage = static_cast<Script::Storage>(
          as_word(*storage, {"sqlite", "memory"}, diagnostics).value_or(0));
    script.drain_max = reader.duration("drain_max", script.drain_max);
    if (const Node* signals = reader.optional("signals"))
      script.signals = parse_signals(*signals, context);
    if (const Node* timeline = reader.optional("timeline"))
      parse_timeline(*timeline, script, context);
    check_disks(script, diagnostics);
    if (const Node* expect = reader.optional("expect"))
      script.expect = parse_expectations(*expect, diagnostics);
  }
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return script;
}

}  // namespace wayside::drill
