#include "sim/drill/rehearsal.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/drill/canary.hpp"

namespace wayside::drill {
namespace {

constexpr std::int64_t points_wanted = 600;
constexpr Duration drain_step = seconds(10);
/// After the end, until blocks that were begun are closed and in their spools.
constexpr Duration settle = seconds(5);
/// Streams of the seed.
constexpr std::uint64_t feed_stream = 0x66656564;  // "feed"

sim::WorldOptions world_options(const Script& script, std::uint64_t seed, Log log) {
  sim::WorldOptions options;
  options.seed = seed;
  options.start = script.start;
  options.log = std::move(log);
  return options;
}

/// The features' grid of each kind.
std::vector<Duration> ticks_of(const node::AgentConfig& config) {
  std::vector<Duration> ticks;
  for (const node::KindConfig& kind : config.kinds)
    ticks.push_back(kind.plan != nullptr ? kind.plan->options().every : Duration{});
  return ticks;
}

/// What the hub has no gap for, but the beginning of the node's next epoch.
void add_loss(std::vector<Loss>& losses, const std::string& reason, const sim::Lost& lost) {
  auto found = std::ranges::find(losses, reason, &Loss::reason);
  if (found == losses.end()) {
    losses.push_back({reason, 0, 0, std::nullopt, std::nullopt});
    found = std::prev(losses.end());
  }
  found->records += lost.records;
  found->samples += lost.samples;
}

template <class Wanted>
bool does(const Script& script, Wanted wanted) {
  return std::ranges::any_of(script.timeline,
                             [&](const TimelineEntry& entry) { return wanted(entry.action); });
}

/// The script takes or damages what spools are on.
bool harms_spools(const Script& script) {
  return does(script, [](const Action& action) {
    const auto* disk = std::get_if<DiskAction>(&action);
    const auto* agent = std::get_if<AgentAction>(&action);
    return (disk != nullptr && disk->what == DiskAction::What::corrupt) ||
           (agent != nullptr && *agent == AgentAction::reinstall);
  });
}

bool takes_store(const Script& script) {
  return does(script, [](const Action& action) {
    const auto* hub = std::get_if<HubAction>(&action);
    return hub != nullptr && *hub == HubAction::store_lost;
  });
}

Duration nearest_rank(const std::vector<Duration>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[rank];
}

}  // namespace

Rehearsal::Rehearsal(const Drill& drill, std::uint64_t seed, const RunOptions& options, bool clean)
    : drill_(drill),
      script_(drill.script),
      seed_(seed),
      clean_(clean),
      log_(clean ? nullptr : options.log),
      world_(world_options(drill.script, seed, world_log())),
      plan_(plan_faults(drill.script, seed)),
      meter_(world_) {
  if (clean_)
    std::erase_if(plan_, [&](const PlannedFault& fault) {
      return !is_machine_fault(script_.timeline[fault.entry].action);
    });
  add_nodes(options);
  plan_feeds();
  faults_ = std::make_unique<FaultDriver>(world_, script_, sensors_);
  faults_->on_way_blocked([this](bool blocked) { meter_.way_blocked(blocked); });
  faults_->schedule(plan_);
  watch();
  if (!clean_) plant_canary(options.canary, world_, *faults_);
}

Log Rehearsal::world_log() {
  if (!log_) return Log();
  return Log([this](LogLevel, std::string_view line) { log_(world_.now(), line); });
}

void Rehearsal::add_nodes(const RunOptions& options) {
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    sim::NodeOptions node;
    node.loader = options.loader;
    if (script_.storage == Script::Storage::memory)
      node.storage = sim::NodeOptions::Storage::memory;
    node::AgentConfig config = drill_.agent(n);
    if (!clean_) node.wrap_link = canary_link(options.canary, world_, config.node);
    world_.add_node(std::move(config), node);
  }
  for (std::size_t n = 0; n < script_.nodes; ++n) sensors_.emplace_back(world_.config(n).table);
}

/// What the machines do is fixed before anything happens, so that the clean run has the same.
void Rehearsal::plan_feeds() {
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    const node::AgentConfig& config = world_.config(n);
    std::vector<Feed::MachineFault> faults;
    for (const PlannedFault& planned : plan_) {
      const auto* machine = std::get_if<MachineAction>(&script_.timeline[planned.entry].action);
      if (machine == nullptr || std::ranges::find(planned.nodes, n) == planned.nodes.end())
        continue;
      for (std::uint32_t a = 0; a < config.table.assets.size(); ++a) {
        const plants::PlantType* type = plant_of(config.table.kind_of(AssetId{a}), script_.signals);
        if (type == nullptr || type->find_fault(machine->fault) == nullptr) continue;
        faults.push_back(
            {AssetId{a},
             {machine->fault, machine->signal, planned.from, machine->over, machine->severity}});
        labels_.push_back({config.node, config.table.assets[a].name, machine->fault, planned.from,
                           script_.length});
      }
    }
    feeds_.emplace_back(config.table, ticks_of(config), script_.signals, faults, drill_.recorded,
                        Rng(seed_).fork(feed_stream).fork(n));
  }
}

void Rehearsal::watch() {
  world_.on_recorded([this](std::size_t node, telemetry::Tier, std::uint64_t seq,
                            const telemetry::Record& record) {
    if (seq != 0) alerts_.recorded(world_.config(node).node, record, world_.now());
  });
  world_.on_stored([this](const hub::Batch& batch) {
    alerts_.stored(batch, world_.now());
    gaps_.stored(batch);
  });
}

/// The samples that are due, and the next call.
void Rehearsal::feed(std::size_t node) {
  const Duration now = world_.now();
  batch_.clear();
  feeds_[node].take(batch_);
  // A computer stamps what it reads with its own clock.
  const Duration off = world_.wall(node) - Time{now.ns};
  const node::AssetTable& table = world_.config(node).table;
  std::erase_if(batch_, [&](telemetry::Sample& sample) {
    if (!sensors_[node].none() && !sensors_[node].apply(sample, now)) return true;
    sample.quality = table.kind_of(sample.asset)[sample.signal].judge(sample.value);
    sample.time = sample.time + off;
    return false;
  });
  static_cast<void>(world_.push(node, batch_));
  const Duration next = feeds_[node].next();
  if (next < script_.length) world_.at(next, [this, node] { feed(node); });
}

void Rehearsal::observe() {
  Point point;
  point.at = world_.now();
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    const sim::NodeView view = world_.view(n);
    const sim::Traffic& traffic = world_.traffic(n);
    for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
      point.queued_records[t] += view.ledger[t].queued;
      point.wire_bytes[t] += traffic.up[t];
    }
    point.disk_bytes += view.disk_bytes;
    disk_bytes_max_ = std::max(disk_bytes_max_, view.disk_bytes);
  }
  points_.push_back(point);
  world_.check();
  const auto& faults = world_.audit().faults();
  for (; log_ && faults_said_ < faults.size(); ++faults_said_)
    log_(world_.now(), "the account: " + faults[faults_said_]);
}

std::vector<std::string> Rehearsal::waiting() const {
  std::vector<std::string> out;
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    const sim::NodeView view = world_.view(n);
    for (const telemetry::Tier tier : telemetry::all_tiers) {
      const auto t = static_cast<std::size_t>(tier);
      const std::uint64_t done = view.ledger[t].delivered + view.ledger[t].dropped;
      const std::uint64_t samples = world_.audit().tier(n, tier).waiting_samples;
      if (view.running && done >= produced_[n][t] && samples == 0) continue;
      out.push_back(fmt::format("{} {}: {} records and {} samples wait{}", world_.config(n).node,
                                telemetry::to_string(tier),
                                produced_[n][t] - std::min(done, produced_[n][t]), samples,
                                view.running ? "" : ", the node is down"));
    }
  }
  return out;
}

/// Until nothing waits any more of what there was at the end.
void Rehearsal::drain() {
  const Duration end = std::max(script_.length, faults_->last_end()) + settle;
  const Duration give_up = end + script_.drain_max;
  world_.run_until(end);
  // Of what a node had numbered before its power went, only it can say what is still there.
  const auto running = [this](std::size_t n) { return world_.view(n).running; };
  for (std::size_t n = 0; n < script_.nodes; ++n)
    while (!running(n) && world_.now() < give_up)
      world_.run_until(std::min(give_up, world_.now() + drain_step));
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    const sim::NodeView view = world_.view(n);
    auto& produced = produced_.emplace_back();
    for (std::size_t t = 0; t < telemetry::tier_count; ++t) produced[t] = view.ledger[t].produced;
  }
  while (!waiting().empty() && world_.now() < give_up) {
    world_.run_until(std::min(give_up, world_.now() + drain_step));
    if (world_.now() - points_.back().at >= Duration{script_.length.ns / points_wanted}) observe();
  }
  observe();
}

Outcome Rehearsal::run() {
  world_.start_hub();
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    world_.start_node(n);
    const Duration first = feeds_[n].next();
    if (first < script_.length) world_.at(first, [this, n] { feed(n); });
  }
  for (std::int64_t i = 1; i <= points_wanted; ++i) {
    world_.run_until(Duration{script_.length.ns / points_wanted * i});
    observe();
  }
  world_.run_until(script_.length);
  drain();

  Outcome outcome;
  outcome.seed = seed_;
  outcome.length = script_.length;
  outcome.nodes = script_.nodes;
  outcome.waiting = waiting();
  outcome.drained = outcome.waiting.empty();
  outcome.drain = meter_.longest();
  for (const telemetry::Tier tier : telemetry::all_tiers) tell_tier(tier, outcome);
  tell_critical(outcome);
  tell_faults(outcome);
  for (std::size_t n = 0; n < script_.nodes; ++n) outcome.wire_bytes += world_.traffic(n).up_other;
  for (const TierOutcome& tier : outcome.tiers) outcome.wire_bytes += tier.wire_bytes;
  outcome.disk_bytes_max = disk_bytes_max_;
  outcome.points = std::move(points_);
  outcome.alerts = alerts_.alerts();
  outcome.labels = labels_;
  outcome.digest = world_.digest();
  return outcome;
}

void Rehearsal::tell_tier(telemetry::Tier tier, Outcome& outcome) const {
  const auto t = static_cast<std::size_t>(tier);
  TierOutcome& out = outcome.tiers[t];
  out.losses = gaps_.losses(tier);
  for (std::size_t n = 0; n < script_.nodes; ++n) {
    const sim::TierAudit& audit = world_.audit().tier(n, tier);
    out.accepted_records += audit.numbered_records;
    out.accepted_samples += audit.accepted_samples;
    out.stored_samples += audit.stored_samples;
    for (const auto& [reason, lost] : audit.gaps) out.dropped_samples += lost.samples;
    out.dropped_samples += audit.overrun.samples + audit.refused.samples + audit.reset.samples;
    if (audit.reset.records > 0) add_loss(out.losses, "spool_reset", audit.reset);
    out.cut_samples += audit.cut.samples;
    out.store_samples += audit.other_store.samples;
    // Records that nobody has any more, however long one waits.
    if (audit.waiting_records > world_.view(n).ledger[t].queued || outcome.drained)
      out.silent_samples += audit.waiting_samples;
    if (audit.cut_age && (!out.recovery_point || *audit.cut_age > *out.recovery_point))
      out.recovery_point = audit.cut_age;
    out.wire_bytes += world_.traffic(n).up[t];
  }
  for (const auto& [key, totals] : world_.streams())
    if (key.tier == tier) out.duplicates += totals.duplicates;
}

void Rehearsal::tell_critical(Outcome& outcome) const {
  std::vector<Duration> sorted;
  for (const sim::Delivered& one : world_.audit().critical()) {
    const Duration latency = one.stored - one.accepted;
    outcome.latencies.push_back({one.accepted, latency});
    sorted.push_back(latency);
    if ((!outcome.critical_live || latency > *outcome.critical_live) &&
        !faults_->blocked(one.node, one.accepted, one.stored))
      outcome.critical_live = latency;
  }
  if (sorted.empty()) return;
  std::ranges::sort(sorted);
  outcome.critical_worst = sorted.back();
  outcome.critical_p99 = nearest_rank(sorted, 0.99);
}

void Rehearsal::tell_faults(Outcome& outcome) const {
  outcome.account_faults = world_.audit().faults();
  for (std::size_t n = 0; n < script_.nodes; ++n)
    for (const telemetry::Tier tier : telemetry::all_tiers) {
      const sim::TierAudit& audit = world_.audit().tier(n, tier);
      const auto tell = [&](const sim::Lost& lost, const char* what) {
        outcome.account_faults.push_back(fmt::format("{} {}: {} records {}", world_.config(n).node,
                                                     telemetry::to_string(tier), lost.records,
                                                     what));
      };
      if (audit.reset.records > 0 && !harms_spools(script_))
        tell(audit.reset, "went with a spool that nothing had damaged");
      if (audit.other_store.records > 0 && !takes_store(script_))
        tell(audit.other_store, "were acknowledged and are not in the hub's store");
    }
  for (const PlannedFault& fault : plan_) {
    const Action& action = script_.timeline[fault.entry].action;
    const bool over_at_once =
        std::holds_alternative<ClockAction>(action) || std::holds_alternative<DiskAction>(action);
    const Duration to = fault.to ? *fault.to : over_at_once ? fault.from : script_.length;
    outcome.episodes.push_back(
        {fault.from, to, describe(action), describe_targets(script_, fault)});
  }
}

}  // namespace wayside::drill
