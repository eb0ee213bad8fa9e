#include "node/model_config.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "base/config/reader.hpp"
#include "node/agent_config.hpp"

namespace wayside::node {
namespace {

using config::Diagnostics;
using config::MapReader;
using config::Node;

std::vector<std::string> feature_names(const KindConfig& config) {
  std::vector<std::string> names;
  for (const features::Definition& definition : config.definitions)
    names.push_back(definition.name);
  return names;
}

void parse_inputs(const Node& node, const KindConfig& config, ModelConfig& model,
                  Diagnostics& diagnostics) {
  if (node.type != Node::Type::sequence || node.items.empty()) {
    diagnostics.error(node.at, fmt::format("expected a list of features, found {}",
                                           node.type == Node::Type::sequence ? "an empty list"
                                                                             : node.describe()));
    return;
  }
  const std::vector<std::string> known = feature_names(config);
  std::set<std::string> seen;
  for (const Node& item : node.items) {
    const auto name = config::as_string(item, diagnostics);
    if (!name) continue;
    if (std::find(known.begin(), known.end(), *name) == known.end()) {
      const std::string near = config::nearest(*name, known);
      diagnostics.error(
          item.at, fmt::format("unknown feature '{}'{}", *name,
                               near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
    } else if (!seen.insert(*name).second) {
      diagnostics.error(item.at, fmt::format("'{}' stands twice among the inputs", *name));
    }
    model.inputs.push_back(*name);
  }
}

/// A name alone, or a map.
infer::Sequence parse_missing(const Node& node, Diagnostics& diagnostics) {
  infer::Sequence sequence;
  const std::vector<std::string> policies{"refuse", "hold", "fill"};
  if (node.type == Node::Type::scalar) {
    const auto policy = config::as_string(node, diagnostics).value_or("refuse");
    const auto at = position(policies, policy);
    if (!at)
      diagnostics.error(node.at, fmt::format("expected refuse, hold or fill, or a map with "
                                             "'policy', found '{}'",
                                             policy));
    sequence.missing = static_cast<infer::Missing>(at.value_or(0));
    if (sequence.missing == infer::Missing::fill) sequence.fill = {0};
    return sequence;
  }
  MapReader reader(node, "what stands for missing values", diagnostics);
  sequence.missing = static_cast<infer::Missing>(reader.choice("policy", policies, 0));
  if (sequence.missing == infer::Missing::fill) sequence.fill = {0};
  if (const Node* fill = reader.optional("fill")) {
    sequence.fill.clear();
    const std::vector<Node> one{*fill};
    for (const Node& item : fill->type == Node::Type::sequence ? fill->items : one)
      if (const auto value = config::as_number(item, diagnostics)) sequence.fill.push_back(*value);
  }
  sequence.mask = reader.string("mask");
  return sequence;
}

void parse_sequence(const Node& history, const Node* missing, ModelConfig& model,
                    Diagnostics& diagnostics) {
  infer::Sequence sequence;
  if (missing != nullptr) sequence = parse_missing(*missing, diagnostics);
  const auto ticks = config::as_integer(history, diagnostics, 1,
                                        static_cast<std::int64_t>(infer::Sequence::history_max));
  if (!ticks) return;
  sequence.history = static_cast<std::size_t>(*ticks);
  // Without a list of inputs, how many there are is known when the model is.
  const std::size_t inputs =
      model.inputs.empty() ? std::max<std::size_t>(sequence.fill.size(), 1) : model.inputs.size();
  if (const auto fits = infer::check(sequence, inputs); !fits)
    diagnostics.error(missing != nullptr ? missing->at : history.at, fits.error().message);
  model.sequence = std::move(sequence);
}

void parse_model(const Node::Entry& entry, KindConfig& config, Diagnostics& diagnostics) {
  ModelConfig model;
  model.name = entry.key;
  MapReader reader(entry.value, "a model", diagnostics);
  if (const Node* file = reader.required("file")) model.file = read_path(*file, diagnostics);
  if (const Node* inputs = reader.optional("inputs"))
    parse_inputs(*inputs, config, model, diagnostics);
  const Node* history = reader.optional("history");
  const Node* missing = reader.optional("missing");
  if (history != nullptr)
    parse_sequence(*history, missing, model, diagnostics);
  else if (missing != nullptr)
    diagnostics.error(missing->at, "'missing' says what stands in a history: expected 'history'");
  model.budget = reader.duration("budget", model.budget);
  if (model.budget.ns <= 0)
    diagnostics.error(entry.value.find("budget")->at, "'budget' must be longer than 0");
  model.on_failure =
      static_cast<OnFailure>(reader.choice("on_failure", {"hold", "alarm", "ignore"}, 0));
  config.models.push_back(std::move(model));
}

}  // namespace

void parse_models(const Node& node, KindConfig& config, Diagnostics& diagnostics) {
  if (!expect_names(node, "models", models_max, diagnostics)) return;
  if (config.definitions.empty() && !node.entries.empty())
    diagnostics.error(node.at,
                      "models read features: expected 'features' with 'define' beside them");
  for (const Node::Entry& entry : node.entries)
    if (check_identifier("model", entry, diagnostics)) parse_model(entry, config, diagnostics);
}

}  // namespace wayside::node
