#include "sim/world/world.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "hub/catalog/memory/memory_catalog.hpp"
#include "hub/receiver.hpp"
#include "sim/world/computer_clock.hpp"
#include "sim/world/digest.hpp"
#include "sim/world/event_queue.hpp"
#include "sim/world/hub_store.hpp"
#include "sim/world/network.hpp"
#include "sim/world/node_host.hpp"

namespace wayside::sim {

using telemetry::Tier;

namespace {

/// Parts of the seed, so that a new part does not move the others.
enum Stream : std::uint64_t { network_stream = 1, first_node_stream = 1'000 };

}  // namespace

struct World::State {
  explicit State(WorldOptions o)
      : options(std::move(o)),
        rng(options.seed),
        network(options.network, queue, rng.fork(network_stream), digest),
        hub_clock(queue, options.start),
        hub_place(network.add_place({})),
        store([this](const hub::Batch& batch) { stored(batch); }),
        hub_step(queue, [this] { step_hub(); }) {}

  ~State() {
    // Before what they are told of.
    nodes.clear();
    end_hub();
  }

  void stored(const hub::Batch& batch);
  void step_hub();
  void start_hub();
  void end_hub();
  void check_node(std::size_t node);
  void check_streams();

  WorldOptions options;
  Rng rng;
  Digest digest;
  EventQueue queue;
  Audit audit;
  Network network;
  ComputerClock hub_clock;
  Network::Place hub_place;
  HubStore store;
  hub::MemoryCatalog catalog;
  std::unique_ptr<Metrics> hub_metrics;
  std::unique_ptr<link::Link> hub_link;
  std::unique_ptr<hub::Receiver> receiver;
  Timer hub_step;
  std::vector<std::unique_ptr<NodeHost>> nodes;
  std::map<hub::StreamKey, std::uint64_t> ever_stored;  ///< watermarks, of all stores there were
  std::function<void(const hub::Batch&)> on_stored;
  RecordObserver on_recorded;
};

World::World(WorldOptions options) : state_(std::make_unique<State>(std::move(options))) {}
World::~World() = default;

std::size_t World::add_node(node::AgentConfig config, NodeOptions options) {
  State& s = *state_;
  const std::size_t index = s.audit.add_node(config);
  s.nodes.push_back(std::make_unique<NodeHost>(
      index, std::move(config), std::move(options), s.rng.fork(first_node_stream + index),
      NodeHost::Around{
          s.queue, s.network, s.audit,
          [&s](std::size_t node, Tier tier, std::uint64_t seq, const telemetry::Record& record) {
            if (s.on_recorded) s.on_recorded(node, tier, seq, record);
          },
          s.options.log, s.options.start}));
  return index;
}

std::size_t World::nodes() const {
  return state_->nodes.size();
}
const node::AgentConfig& World::config(std::size_t node) const {
  return state_->nodes[node]->config();
}

// Time

Duration World::now() const {
  return state_->queue.now();
}
Time World::wall() const {
  return state_->options.start + state_->queue.now();
}
void World::at(Duration when, std::function<void()> action) {
  state_->queue.at(when, std::move(action));
}
void World::run_until(Duration when) {
  state_->queue.run_until(when);
}
std::uint64_t World::events() const {
  return state_->queue.happened();
}

// Nodes

bool World::push(std::size_t node, std::span<const telemetry::Sample> samples) {
  State& s = *state_;
  for (const telemetry::Sample& sample : samples) {
    s.digest.add(std::uint64_t{node} << 32 | sample.signal.value);
    s.digest.add(static_cast<std::uint64_t>(sample.time.ns));
    s.digest.add(sample.value);
  }
  return s.nodes[node]->push(samples);
}
void World::start_node(std::size_t node) {
  state_->nodes[node]->start();
}
void World::kill_node(std::size_t node, std::optional<Duration> down) {
  state_->nodes[node]->kill(down);
}
void World::power_cut(std::size_t node, Duration dark) {
  state_->nodes[node]->power_cut(dark);
}
void World::power_cut_at_change(std::size_t node, std::uint64_t n, Duration dark) {
  state_->nodes[node]->power_cut_at_change(n, dark);
}
void World::reinstall(std::size_t node) {
  state_->nodes[node]->reinstall();
}
NodeView World::view(std::size_t node) const {
  return state_->nodes[node]->view();
}
const Metrics* World::metrics(std::size_t node) const {
  return state_->nodes[node]->metrics();
}
const Traffic& World::traffic(std::size_t node) const {
  return state_->nodes[node]->traffic();
}
VirtualDisk& World::disk(std::size_t node) {
  return state_->nodes[node]->disk();
}
void World::slow_disk(std::size_t node, Duration delay) {
  state_->nodes[node]->slow_disk(delay);
}
Time World::wall(std::size_t node) const {
  return state_->nodes[node]->clock().now();
}
void World::step_clock(std::size_t node, Duration by) {
  ComputerClock& clock = state_->nodes[node]->clock();
  clock.set(clock.now() + by);
}
void World::set_clock(std::size_t node, Time to) {
  state_->nodes[node]->clock().set(to);
}
void World::drift_clock(std::size_t node, double ppm) {
  state_->nodes[node]->clock().drift(static_cast<std::int64_t>(ppm * 1000));
}

// The network

void World::set_path(std::size_t node, const PathConditions& conditions) {
  state_->network.set_path(state_->nodes[node]->place(), conditions);
}
void World::set_hub_path(const PathConditions& conditions) {
  state_->network.set_path(state_->hub_place, conditions);
}
void World::stop_broker() {
  state_->network.stop_broker();
}
void World::start_broker() {
  state_->network.start_broker();
}

// The hub

void World::State::stored(const hub::Batch& batch) {
  audit.stored(batch, queue.now());
  for (const auto& [key, totals] : batch.streams) {
    digest.add(key.node);
    digest.add(key.epoch);
    digest.add(totals.watermark);
    std::uint64_t& ever = ever_stored[key];
    ever = std::max(ever, totals.watermark);
  }
  if (on_stored) on_stored(batch);
}

void World::State::start_hub() {
  if (receiver) return;
  hub_metrics = std::make_unique<Metrics>();
  hub_link = network.make_link(hub_place);
  const Log log([this](LogLevel, std::string_view line) { options.log.info("hub: {}", line); });
  receiver = std::make_unique<hub::Receiver>(
      hub::ReceiverOptions{}, store, catalog, *hub_link, hub_clock, *hub_metrics, log,
      hub::ReceiverHooks{
          .committed = {}, .node_changed = {}, .wake = [this] { hub_step.at(queue.now()); }});
  const Status loaded = receiver->load();
  const Status connected = loaded ? receiver->connect() : loaded;
  if (connected) return hub_step.at(queue.now());
  options.log.warn("the hub cannot start: {}", connected.error().message);
  end_hub();
  queue.after(seconds(5), [this] { start_hub(); });
}

void World::State::step_hub() {
  if (receiver) hub_step.at(queue.now() + hub_clock.to_world(receiver->step()));
}

void World::State::end_hub() {
  if (!receiver) return;
  network.sever(hub_place, false);
  receiver.reset();
  hub_link.reset();
  hub_step.cancel();
}

void World::start_hub() {
  state_->start_hub();
}
void World::kill_hub() {
  state_->end_hub();
}
bool World::hub_running() const {
  return state_->receiver != nullptr;
}
void World::fail_store(std::optional<Error> error, bool stored) {
  state_->store.fail(std::move(error), stored);
}
void World::lose_store() {
  state_->store.lose();
  state_->audit.store_reset(std::nullopt);
}
std::uint64_t World::copy_store() {
  const std::uint64_t copy = state_->store.copy();
  static_cast<void>(state_->audit.copy());
  return copy;
}
void World::restore_store(std::uint64_t copy) {
  state_->store.restore(copy);
  state_->audit.store_reset(copy);
}
const std::map<hub::StreamKey, hub::StreamTotals>& World::streams() const {
  return state_->store.totals();
}
const Metrics* World::hub_metrics() const {
  return state_->receiver ? state_->hub_metrics.get() : nullptr;
}

// Observations

const Audit& World::audit() const {
  return state_->audit;
}
void World::on_stored(std::function<void(const hub::Batch&)> observer) {
  state_->on_stored = std::move(observer);
}
void World::on_recorded(RecordObserver observer) {
  state_->on_recorded = std::move(observer);
}

void World::State::check_node(std::size_t node) {
  const spool::Spool* spool = nodes[node]->spool();
  if (spool == nullptr) return;
  const auto ledger = spool->ledger();
  const std::string& name = nodes[node]->config().node;
  for (const Tier tier : telemetry::all_tiers) {
    const auto& line = ledger[static_cast<std::size_t>(tier)];
    if (!line.balanced())
      audit.fault(fmt::format("{} {}: {} produced, {} delivered, {} dropped, {} queued", name,
                              to_string(tier), line.produced, line.delivered, line.dropped,
                              line.queued));
    const auto stored = ever_stored.find({name, spool->epoch(), tier});
    const std::uint64_t watermark = stored == ever_stored.end() ? 0 : stored->second;
    if (spool->watermark(tier) > watermark)
      audit.fault(fmt::format("{} {}: {} are acknowledged, {} were stored", name, to_string(tier),
                              spool->watermark(tier), watermark));
  }
}

void World::State::check_streams() {
  for (const auto& [key, totals] : store.totals())
    if (!totals.balanced())
      audit.fault(fmt::format("hub, {} {}: {} produced, {} delivered, {} dropped, {} queued",
                              key.node, to_string(key.tier), totals.produced, totals.delivered,
                              totals.dropped, totals.queued()));
}

void World::check() {
  State& s = *state_;
  for (std::size_t node = 0; node < s.nodes.size(); ++node) s.check_node(node);
  s.check_streams();
}

bool World::drained() const {
  const State& s = *state_;
  for (std::size_t node = 0; node < s.nodes.size(); ++node) {
    const spool::Spool* spool = s.nodes[node]->spool();
    if (spool == nullptr) return false;
    const auto ledger = spool->ledger();
    for (const Tier tier : telemetry::all_tiers)
      if (spool->watermark(tier) != ledger[static_cast<std::size_t>(tier)].produced ||
          s.audit.tier(node, tier).waiting_samples > 0)
        return false;
  }
  return true;
}

std::uint64_t World::digest() const {
  return state_->digest.value();
}

}  // namespace wayside::sim
