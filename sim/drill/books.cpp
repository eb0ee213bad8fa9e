#include "sim/drill/books.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wayside::drill {
namespace {

constexpr Duration poll_every = seconds(1);

std::string rule_of(const telemetry::Event& event) {
  const auto data = nlohmann::json::parse(event.data_json, nullptr, false);
  if (!data.is_object() || !data.contains("rule") || !data["rule"].is_string()) return {};
  return data["rule"].get<std::string>();
}

}  // namespace

void AlertBook::recorded(const std::string& node, const telemetry::Record& record, Duration now) {
  const auto* event = std::get_if<telemetry::Event>(&record);
  if (event == nullptr) return;
  if (event->kind == "alert_raised") {
    const std::string rule = rule_of(*event);
    raised_[{node, event->asset, rule, event->time}] = alerts_.size();
    alerts_.push_back({node, event->asset, rule, now, std::nullopt, std::nullopt});
  } else if (event->kind == "alert_cleared") {
    const std::string rule = rule_of(*event);
    const auto open = std::find_if(alerts_.rbegin(), alerts_.rend(), [&](const Alert& alert) {
      return !alert.cleared && alert.node == node && alert.asset == event->asset &&
             alert.rule == rule;
    });
    if (open != alerts_.rend()) open->cleared = now;
  }
}

void AlertBook::stored(const hub::Batch& batch, Duration now) {
  for (const hub::EventRow& row : batch.events) {
    if (row.event.kind != "alert_raised") continue;
    const auto found = raised_.find({row.node, row.event.asset, row.rule, row.event.time});
    if (found != raised_.end() && !alerts_[found->second].known) alerts_[found->second].known = now;
  }
}

void GapBook::stored(const hub::Batch& batch) {
  for (const hub::GapRow& gap : batch.gaps) {
    Loss& loss = losses_[{gap.stream.tier, gap.reason}];
    loss.reason = gap.reason;
    loss.records += gap.last_seq - gap.first_seq + 1;
    loss.samples += gap.samples;
    if (!loss.first_time || gap.first_time < *loss.first_time) loss.first_time = gap.first_time;
    if (!loss.last_time || gap.last_time > *loss.last_time) loss.last_time = gap.last_time;
  }
}

std::vector<Loss> GapBook::losses(telemetry::Tier tier) const {
  std::vector<Loss> out;
  for (const auto& [key, loss] : losses_)
    if (key.first == tier) out.push_back(loss);
  return out;
}

void DrainMeter::way_blocked(bool blocked) {
  ++round_;
  waiting_.clear();
  if (blocked) return;
  since_ = world_.now();
  for (std::size_t n = 0; n < world_.nodes(); ++n) {
    const sim::NodeView view = world_.view(n);
    for (const telemetry::Tier tier : telemetry::all_tiers) {
      const spool::LedgerLine& line = view.ledger[static_cast<std::size_t>(tier)];
      if (line.queued > 0) waiting_[{world_.config(n).node, view.epoch, tier}] = line.produced;
    }
  }
  if (!waiting_.empty()) poll(round_);
}

void DrainMeter::poll(std::uint64_t round) {
  if (round != round_) return;
  const auto& streams = world_.streams();
  std::erase_if(waiting_, [&](const auto& one) {
    const auto found = streams.find(one.first);
    return found != streams.end() && found->second.watermark >= one.second;
  });
  if (!waiting_.empty()) {
    world_.at(world_.now() + poll_every, [this, round] { poll(round); });
    return;
  }
  const Duration took = world_.now() - since_;
  if (!longest_ || took > *longest_) longest_ = took;
}

}  // namespace wayside::drill
