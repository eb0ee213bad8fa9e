#include "node/record_text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "node/loaded_model.hpp"
#include "node/model_stage.hpp"

namespace wayside::node {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The inputs worth naming: all, or those with the largest shares.
std::vector<std::size_t> named_inputs(std::size_t count, std::span<const double> contributions) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (count <= decision_inputs_max) return order;
  if (contributions.size() == count)
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(contributions[a]) > std::abs(contributions[b]);
    });
  order.resize(decision_inputs_max);
  return order;
}

Json named(const std::vector<std::string>& names, std::span<const double> values,
           const std::vector<std::size_t>& which) {
  Json out = Json::object();
  for (const std::size_t i : which) out[names[i]] = values[i];
  return out;
}

void judge_score(const infer::Manifest& manifest, telemetry::Decision& decision) {
  const auto threshold = manifest.thresholds.find("score");
  if (threshold == manifest.thresholds.end()) return;
  const double limit = threshold->second;
  const bool anomaly = decision.score > limit;
  decision.label = anomaly ? "anomaly" : "normal";
  if (limit <= 0 || limit >= 1) return;
  const double distance =
      anomaly ? (decision.score - limit) / (1 - limit) : (limit - decision.score) / limit;
  decision.confidence = std::clamp(distance, 0.0, 1.0);
}

std::string alert_text(const RuleConfig& rule, const AlertRow& row) {
  if (!row.raised) return fmt::format("{}: cleared", rule.name);
  if (row.by_failure)
    return fmt::format("{}: raised because a model that it reads has failed", rule.name);
  if (rule.hold_for.ns == 0) return fmt::format("{}: {}", rule.name, rule.when_text);
  return fmt::format("{}: {} for {}", rule.name, rule.when_text, format_duration(rule.hold_for));
}

Json evidence(const AlertRow& row) {
  Json out = Json::object();
  for (std::size_t i = 0; i < row.contributions; ++i) {
    const Contribution& top = row.top[i];
    out[top.model->name][top.model->manifest.inputs[top.input]] = top.share;
  }
  return out;
}

std::string failure_text(const ModelChangeRow& row) {
  switch (row.failure) {
    case ModelFailure::error:
      return "its run failed";
    case ModelFailure::not_a_number:
      return "its output is not a number";
    case ModelFailure::inputs_missing:
      return fmt::format("its input {} has had no value for {} or more",
                         row.model->manifest.inputs[row.input],
                         format_duration(ModelStage::inputs_missing_max));
    case ModelFailure::refused:
      return "its file cannot be used";
    case ModelFailure::over_budget:
      break;
  }
  return fmt::format("it took {:.3f} ms, more than its budget of {}", row.latency.seconds() * 1e3,
                     format_duration(row.budget));
}

}  // namespace

telemetry::Decision make_decision(const AgentConfig& config, const DecisionRow& row,
                                  std::span<const double> inputs, std::span<const double> outputs,
                                  std::span<const double> contributions) {
  const infer::Manifest& manifest = row.model->manifest;
  telemetry::Decision decision;
  decision.asset = config.table.assets[row.asset.index()].name;
  decision.model = row.model->name;
  decision.release = row.model->digest;
  decision.time = row.time;
  decision.score = outputs.empty() ? std::nan("") : outputs[0];
  decision.latency_us = static_cast<double>(row.latency.ns) * 1e-3;
  decision.action = row.alarmed ? "alert" : "";
  judge_score(manifest, decision);
  const auto which = named_inputs(inputs.size(), contributions);
  Json json{{"inputs", named(manifest.inputs, inputs, which)}};
  Json others = Json::object();
  for (std::size_t i = 1; i < outputs.size(); ++i) others[manifest.outputs[i]] = outputs[i];
  json["outputs"] = std::move(others);
  if (contributions.size() == inputs.size() && !contributions.empty())
    json["contributions"] = named(manifest.inputs, contributions, which);
  decision.inputs_json = dump(json);
  return decision;
}

telemetry::Event make_alert(const AgentConfig& config, const AlertRow& row) {
  const KindConfig& kind = config.kind_of(row.asset);
  const RuleConfig& rule = kind.rules[row.rule];
  Json data{{"rule", rule.name}};
  if (!row.raised) data["raised"] = row.raised_at.ns;
  Json values = Json::object();
  for (std::size_t i = 0; i < rule.slots.size(); ++i)
    values[kind.slot_names[rule.slots[i]]] = row.values[i];
  data["values"] = std::move(values);
  data["evidence"] = evidence(row);
  return {.asset = config.table.assets[row.asset.index()].name,
          .kind = row.raised ? "alert_raised" : "alert_cleared",
          .time = row.time,
          .severity = rule.severity,
          .text = alert_text(rule, row),
          .data_json = dump(data)};
}

telemetry::Event make_orphan_clear(const OpenAlert& alert, Time now) {
  const std::string rule = rule_of(alert.event);
  const Json data{{"rule", rule},
                  {"raised", alert.event.time.ns},
                  {"values", Json::object()},
                  {"evidence", Json::object()}};
  return {.asset = alert.event.asset,
          .kind = "alert_cleared",
          .time = std::max(now, alert.event.time),
          .severity = alert.event.severity,
          .text = fmt::format("{}: cleared, it is no longer configured", rule),
          .data_json = dump(data)};
}

telemetry::Event make_model_change(const AgentConfig& config, const ModelChangeRow& row) {
  const std::string& name = row.model->name;
  return {.asset = config.table.assets[row.asset.index()].name,
          .kind = row.failed ? "model_failed" : "model_recovered",
          .time = row.time,
          .severity = row.failed ? telemetry::Severity::warning : telemetry::Severity::info,
          .text = row.failed ? fmt::format("model {} fails: {}", name, failure_text(row))
                             : fmt::format("model {} works again", name),
          .data_json = dump({{"model", name}, {"release", row.model->digest}})};
}

}  // namespace wayside::node
