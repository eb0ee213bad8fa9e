#include "node/node_description.hpp"

#include "base/version.hpp"

namespace wayside::node {
namespace {

link::NodeState::Kind describe_kind(const telemetry::Kind& kind, const KindConfig& config,
                                    const std::vector<ModelStatus>& models) {
  link::NodeState::Kind out;
  out.name = kind.name;
  for (const telemetry::Signal& signal : kind.signals)
    out.signals.push_back({signal.name, signal.unit, signal.version, signal.min, signal.max});
  for (std::size_t f = 0; f < config.definitions.size(); ++f)
    out.features.push_back({config.definitions[f].name, config.definitions[f].expression,
                            config.plan->units()[f], config.plan->feature_digests()[f]});
  if (config.plan) out.features_digest = config.plan->digest();
  for (const ModelStatus& model : models)
    if (model.kind == kind.name) out.models.push_back({model.name, model.inputs, model.outputs});
  for (const RuleConfig& rule : config.rules)
    out.rules.push_back({rule.name, rule.when_text, rule.tier});
  return out;
}

}  // namespace

link::NodeState describe_node(const AgentConfig& config, std::uint64_t epoch, Time time,
                              const std::vector<ModelStatus>& models) {
  link::NodeState state;
  state.node = config.node;
  state.site = config.site;
  state.online = true;
  state.version = version;
  state.epoch = epoch;
  state.time = time;
  for (std::size_t k = 0; k < config.kinds.size(); ++k)
    state.kinds.push_back(describe_kind(config.table.kinds[k], config.kinds[k], models));
  for (const AssetTable::Asset& asset : config.table.assets)
    state.assets.push_back({asset.name, config.table.kinds[asset.kind].name, asset.tags});
  return state;
}

}  // namespace wayside::node
