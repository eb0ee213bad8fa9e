#include "node/api_json.hpp"

#include <fmt/format.h>
#include <cmath>

#include "base/version.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

Json parsed_object(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

Json limit(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string epoch_text(const spool::Spool& spool) {
  return fmt::format("{:016x}", spool.epoch());
}

std::string event_id(const AgentView& agent, telemetry::Tier tier, std::uint64_t seq) {
  return fmt::format("{}.{}.{}{}", agent.config.node, epoch_text(agent.spool),
                     telemetry::to_string(tier).front(), seq);
}

std::optional<Time> newest_data(const AgentView& agent) {
  std::optional<Time> newest;
  for (std::size_t a = 0; a < agent.config.table.assets.size(); ++a) {
    const auto time = agent.history.asset_state(AssetId{static_cast<std::uint32_t>(a)}).newest;
    if (time) newest = std::max(newest.value_or(*time), *time);
  }
  return newest;
}

std::string_view state_word(const RecentHistory::AssetState& state) {
  if (state.worst == telemetry::Severity::alarm) return "alarm";
  if (state.worst == telemetry::Severity::warning) return "warning";
  return state.newest ? "ok" : "silent";
}

Json signals_json(const telemetry::Kind& kind) {
  Json out = Json::array();
  for (const telemetry::Signal& signal : kind.signals)
    out.push_back({{"name", signal.name},
                   {"unit", signal.unit},
                   {"version", signal.version},
                   {"min", limit(signal.min)},
                   {"max", limit(signal.max)}});
  return out;
}

Json features_json(const KindConfig& kind) {
  Json out = Json::array();
  for (std::size_t i = 0; i < kind.definitions.size(); ++i)
    out.push_back({{"name", kind.definitions[i].name},
                   {"unit", kind.plan->units()[i]},
                   {"expression", kind.definitions[i].expression}});
  return out;
}

Json models_json(const AgentView& agent, const std::string& kind) {
  Json out = Json::array();
  for (const ModelStatus& model : agent.models())
    if (model.kind == kind)
      out.push_back({{"name", model.name},
                     {"inputs", model.inputs},
                     {"outputs", model.outputs},
                     {"state", to_string(model.state)},
                     {"release", model.digest},
                     {"text", model.text}});
  return out;
}

Json rules_json(const KindConfig& kind) {
  Json out = Json::array();
  for (const RuleConfig& rule : kind.rules)
    out.push_back(
        {{"name", rule.name}, {"when", rule.when_text}, {"tier", telemetry::to_string(rule.tier)}});
  return out;
}

Json sources_json(const AgentView& agent) {
  Json out = Json::array();
  for (const SourceStatus& source : agent.sources()) {
    Json rejected = Json::object();
    for (const Metrics::Value& value : agent.metrics.values("wayside_source_rejected_total")) {
      const auto name = value.labels.find("source");
      const auto reason = value.labels.find("reason");
      if (name != value.labels.end() && reason != value.labels.end() && name->second == source.name)
        rejected[reason->second] = value.value;
    }
    out.push_back({{"name", source.name},
                   {"finite", source.finite},
                   {"state", to_string(source.state)},
                   {"text", source.text},
                   {"rejected", std::move(rejected)}});
  }
  return out;
}

}  // namespace

std::string_view to_string(SourceStatus::State state) {
  switch (state) {
    case SourceStatus::State::running:
      return "running";
    case SourceStatus::State::ended:
      return "ended";
    case SourceStatus::State::failed:
      break;
  }
  return "failed";
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_time(Time time) {
  return time.milliseconds();
}
Json json_time(std::optional<Time> time) {
  return time ? json_time(*time) : Json(nullptr);
}

namespace {

Json budget_json(const link::UplinkStatus& link) {
  if (link.budget_bytes == 0) return nullptr;
  return {{"bytes_a_day", link.budget_bytes}, {"spent", link.budget_spent}};
}

Json tiers_json(const link::UplinkStatus& link) {
  Json tiers = Json::object();
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    const auto& one = link.tiers[static_cast<std::size_t>(tier)];
    tiers[std::string(telemetry::to_string(tier))] = {
        {"waits_for", one.waits_for.empty() ? Json(nullptr) : Json(one.waits_for)},
        {"catching_up", one.catching_up}};
  }
  return tiers;
}

}  // namespace

Json status_json(const AgentView& agent) {
  const auto rows = agent.history.rows();
  const auto link = agent.link();
  Json hub = nullptr;
  if (link)
    hub = {{"broker", agent.config.broker},         {"connected", link->connected},
           {"hub_online", link->hub_online},        {"since", json_time(link->since)},
           {"last_ack", json_time(link->last_ack)}, {"over", to_string(link->kind)},
           {"budget", budget_json(*link)},          {"tiers", tiers_json(*link)}};
  Json models = Json::array();
  for (const ModelStatus& model : agent.models())
    models.push_back({{"kind", model.kind},
                      {"name", model.name},
                      {"state", to_string(model.state)},
                      {"release", model.digest},
                      {"text", model.text}});
  return {
      {"program", "agent"},
      {"version", version},
      {"started", json_time(agent.started)},
      {"time", json_time(agent.clock.now())},
      {"node", agent.config.node},
      {"site", agent.config.site},
      {"rows",
       {{"samples", rows[0]}, {"features", rows[1]}, {"decisions", rows[2]}, {"events", rows[3]}}},
      {"hub", std::move(hub)},
      {"models", std::move(models)},
      {"sources", sources_json(agent)},
      {"troubles", agent.troubles()}};
}

Json node_json(const AgentView& agent) {
  const Time now = agent.clock.now();
  const auto newest = newest_data(agent);
  const auto link = agent.link();
  Json backlog = Json::object();
  const auto ledger = agent.spool.ledger();
  for (const telemetry::Tier tier : telemetry::all_tiers)
    backlog[std::string(telemetry::to_string(tier))] =
        ledger[static_cast<std::size_t>(tier)].queued;
  Json assets = Json::array();
  std::size_t open = 0;
  for (std::size_t a = 0; a < agent.config.table.assets.size(); ++a) {
    assets.push_back(agent.config.table.assets[a].name);
    open += agent.history.asset_state(AssetId{static_cast<std::uint32_t>(a)}).open_alerts;
  }
  return {{"node", agent.config.node},
          {"site", agent.config.site},
          {"version", version},
          {"epoch", epoch_text(agent.spool)},
          {"online", true},
          {"since", json_time(agent.started)},
          {"last_seen", json_time(now)},
          {"data_time", json_time(newest)},
          {"data_age_s", newest ? Json((now - *newest).seconds()) : Json(nullptr)},
          {"backlog", std::move(backlog)},
          {"assets", std::move(assets)},
          {"open_alerts", open},
          {"linked", link && link->connected}};
}

Json asset_json(const AgentView& agent, AssetId id) {
  const AssetTable::Asset& asset = agent.config.table.assets[id.index()];
  const telemetry::Kind& kind = agent.config.table.kinds[asset.kind];
  const auto state = agent.history.asset_state(id);
  return {{"asset", asset.name},
          {"node", agent.config.node},
          {"site", agent.config.site},
          {"kind", kind.name},
          {"tags", asset.tags},
          {"state", state_word(state)},
          {"open_alerts", state.open_alerts},
          {"data_time", json_time(state.newest)},
          {"signals", signals_json(kind)},
          {"features", features_json(agent.config.kinds[asset.kind])},
          {"models", models_json(agent, kind.name)},
          {"rules", rules_json(agent.config.kinds[asset.kind])}};
}

Json decision_json(const AgentView& agent, const telemetry::Decision& decision) {
  return {{"asset", decision.asset},
          {"node", agent.config.node},
          {"model", decision.model},
          {"release", decision.release},
          {"time", json_time(decision.time)},
          {"score", decision.score},
          {"class", decision.label},
          {"confidence", decision.confidence},
          {"latency_us", decision.latency_us},
          {"action", decision.action},
          {"inputs", parsed_object(decision.inputs_json)}};
}

Json event_json(const AgentView& agent, const RecentHistory::StoredEvent& stored) {
  const telemetry::Event& event = stored.event;
  Json out{{"id", event_id(agent, stored.tier, stored.seq)},
           {"node", agent.config.node},
           {"asset", event.asset},
           {"kind", event.kind},
           {"time", json_time(event.time)},
           {"severity", telemetry::to_string(event.severity)},
           {"text", event.text},
           {"data", parsed_object(event.data_json)}};
  if (event.kind == "alert_raised") {
    out["cleared"] = json_time(stored.cleared);
    out["acknowledged"] = nullptr;  // the hub's business
  }
  return out;
}

Json ledger_json(const AgentView& agent) {
  Json lines = Json::array();
  const auto ledger = agent.spool.ledger();
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    const spool::LedgerLine& line = ledger[static_cast<std::size_t>(tier)];
    lines.push_back({{"node", agent.config.node},
                     {"epoch", epoch_text(agent.spool)},
                     {"ended", false},
                     {"tier", telemetry::to_string(tier)},
                     {"produced", line.produced},
                     {"delivered", line.delivered},
                     {"dropped", line.dropped},
                     {"queued", line.queued},
                     {"duplicates", 0},
                     {"updated", json_time(agent.clock.now())},
                     {"balanced", line.balanced()}});
  }
  return {{"lines", std::move(lines)}};
}

Json gaps_json(const AgentView& agent, std::size_t max) {
  Json list = Json::array();
  for (const telemetry::Tier tier : telemetry::all_tiers)
    for (const auto& [first, gap] : agent.spool.gaps(tier, max + 1))
      list.push_back({{"node", agent.config.node},
                      {"epoch", epoch_text(agent.spool)},
                      {"tier", telemetry::to_string(tier)},
                      {"first_seq", first},
                      {"last_seq", first + gap.records - 1},
                      {"records", gap.records},
                      {"samples", gap.samples},
                      {"reason", gap.reason},
                      {"first_time", json_time(gap.first_time)},
                      {"last_time", json_time(gap.last_time)}});
  const bool truncated = list.size() > max;
  if (truncated) list.erase(list.begin() + static_cast<std::ptrdiff_t>(max), list.end());
  return {{"gaps", std::move(list)}, {"truncated", truncated}};
}

}  // namespace wayside::node
