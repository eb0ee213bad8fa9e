#include "node/restart/past.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "node/restart/kept_records.hpp"

namespace wayside::node {
namespace {

/// When a cleared alert had been raised, as its `data` says; else the time of clearing.
Time raised_at(const telemetry::Event& event) {
  const auto data = nlohmann::json::parse(event.data_json, nullptr, false);
  if (data.is_object())
    if (const auto raised = data.find("raised");
        raised != data.end() && raised->is_number_integer())
      return {raised->get<std::int64_t>()};
  return event.time;
}

class PastReader {
 public:
  PastReader(const AgentConfig& config, OpenAlerts& alerts) : config_(config), alerts_(alerts) {
    for (std::size_t a = 0; a < config.table.assets.size(); ++a) {
      index_.emplace(config.table.assets[a].name, a);
      const KindConfig& kind = config.kinds[config.table.assets[a].kind];
      PastOutput& output = past_.assets.emplace_back();
      output.decisions.assign(kind.models.size(), Time::min());
      output.changes.assign(kind.models.size(), Time::min());
      output.alerts.resize(kind.rules.size());
    }
  }

  void take(const KeptRecords::Item& item) {
    // Samples are read later.
    if (item.record.samples > 0) return;
    const auto record = telemetry::decode(item.record.record);
    if (!record) return;
    if (const auto* features = std::get_if<telemetry::FeatureBlock>(&*record))
      return take(*features);
    if (const auto* decision = std::get_if<telemetry::Decision>(&*record)) return take(*decision);
    if (const auto* event = std::get_if<telemetry::Event>(&*record)) {
      alerts_.note(item.tier, item.record.seq, *event);
      take(*event);
    }
  }

  /// What was raised when the first of the alerts that were read came.
  Past finish() {
    for (std::size_t a = 0; a < past_.assets.size(); ++a) {
      const auto& rules = config_.kinds[config_.table.assets[a].kind].rules;
      for (std::size_t r = 0; r < rules.size(); ++r) find_raised(a, r, rules[r].name);
    }
    return std::move(past_);
  }

 private:
  void take(const telemetry::FeatureBlock& block) {
    PastOutput* output = find(block.asset);
    if (output == nullptr || block.times.empty()) return;
    const Time newest = std::ranges::max(block.times);
    output->features = std::max(output->features.value_or(Time::min()), newest);
  }

  void take(const telemetry::Decision& decision) {
    PastOutput* output = find(decision.asset);
    if (output == nullptr) return;
    const auto& models = kind_of(decision.asset).models;
    for (std::size_t m = 0; m < models.size(); ++m)
      if (models[m].name == decision.model)
        output->decisions[m] = std::max(output->decisions[m], decision.time);
  }

  void take(const telemetry::Event& event) {
    if (event.kind == "model_failed" || event.kind == "model_recovered") return take_change(event);
    const bool raised = event.kind == "alert_raised";
    if (!raised && event.kind != "alert_cleared") return;
    PastOutput* output = find(event.asset);
    if (output == nullptr) return;
    const std::string rule = rule_of(event);
    const auto& rules = kind_of(event.asset).rules;
    for (std::size_t r = 0; r < rules.size(); ++r)
      if (rules[r].name == rule)
        output->alerts[r].push_back({event.time, raised, raised ? event.time : raised_at(event)});
  }

  void take_change(const telemetry::Event& event) {
    PastOutput* output = find(event.asset);
    if (output == nullptr) return;
    const auto data = nlohmann::json::parse(event.data_json, nullptr, false);
    const auto& models = kind_of(event.asset).models;
    for (std::size_t m = 0; m < models.size(); ++m)
      if (data.is_object() && data.value("model", nlohmann::json()) == models[m].name)
        output->changes[m] = std::max(output->changes[m], event.time);
  }

  void find_raised(std::size_t asset, std::size_t rule, const std::string& name) {
    const AssetId id{static_cast<std::uint32_t>(asset)};
    std::vector<PastAlert>& alerts = past_.assets[asset].alerts[rule];
    if (alerts.empty()) {
      const auto open = alerts_.all().find({config_.table.assets[asset].name, name});
      if (open != alerts_.all().end()) past_.raised.push_back({id, rule, open->second.event.time});
      return;
    }
    if (!alerts.front().raised) past_.raised.push_back({id, rule, alerts.front().raised_at});
    std::ranges::reverse(alerts);  // the youngest first, as they are consumed from the end
  }

  PastOutput* find(const std::string& asset) {
    const auto found = index_.find(asset);
    return found == index_.end() ? nullptr : &past_.assets[found->second];
  }
  [[nodiscard]] const KindConfig& kind_of(const std::string& asset) const {
    return config_.kinds[config_.table.assets[index_.find(asset)->second].kind];
  }

  const AgentConfig& config_;
  OpenAlerts& alerts_;
  std::map<std::string, std::size_t, std::less<>> index_;
  Past past_;
};

}  // namespace

Result<Past> read_past(const AgentConfig& config, const spool::Spool& spool,
                       const spool::Retention& retention, OpenAlerts& alerts) {
  PastReader reader(config, alerts);
  KeptRecords records(spool, retention.from);
  for (;;) {
    const auto item = records.next();
    if (!item) return tl::make_unexpected(item.error());
    if (!*item) break;
    reader.take(**item);
  }
  Past past = reader.finish();
  past.missing = records.missing();
  past.whole_from = records.whole_from();
  return past;
}

}  // namespace wayside::node
