#include "link/uplink.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/assert.hpp"
#include "link/topics.hpp"
#include "link/uplink_state.hpp"

namespace wayside::link {

using telemetry::Tier;

namespace {

constexpr Duration full_pause = milliseconds(100);  // should the link's on_writable be late
// A frame of frame_bytes_max and one record more must keep to Frame's limits.
constexpr std::size_t frame_bytes_limit = 1u << 20;
// Until the hub has said how much room it has.
constexpr std::uint64_t hub_window_start = 256u << 10;
// Nobody who forges acknowledgements has everything sent again and again.
constexpr Duration leave_epoch_every = minutes(1);

}  // namespace

Uplink::State::State(UplinkOptions uplink_options, NodeState node_state, spool::Spool& uplink_spool,
                     Link& uplink_link, const Clock& uplink_clock, Metrics& registry,
                     Log uplink_log)
    : options(std::move(uplink_options)),
      node(std::move(node_state)),
      spool(uplink_spool),
      link(uplink_link),
      clock(uplink_clock),
      metrics(registry),
      log(std::move(uplink_log)),
      gate(options.gate),
      catch_up(options.catch_up_rate),
      hub_window(hub_window_start) {}

Uplink::Uplink(UplinkOptions options, NodeState state, spool::Spool& spool, Link& link,
               const Clock& clock, Metrics& metrics, Log log)
    : state_(std::make_unique<State>(std::move(options), std::move(state), spool, link, clock,
                                     metrics, std::move(log))) {
  WAYSIDE_ASSERT(state_->options.frame_bytes_max <= frame_bytes_limit,
                 "frames keep to their limit");
}

Uplink::~Uplink() = default;

Duration Uplink::step() {
  State& s = *state_;
  const Duration now = s.clock.monotonic();
  s.follow_epoch();
  const State::Inbox inbox = s.take_inbox();
  if (inbox.connected) {
    s.announce_due = true;
    s.pace.reset();
    s.rewind_all("a new connection", now);
  }
  if (inbox.hub_came) s.rewind_all("the hub came back", now);
  s.take_acks(inbox, now);
  s.report_change();
  s.look_at_link(inbox.connected, now);
  if (s.announce_due) s.announce();
  if (s.reported_up) {
    s.resend(now);
    s.probed = now;
  }
  const Status sent = s.reported_up ? s.send_all(now) : s.probe(now);
  if (!sent && sent.error().code != Errc::full && sent.error().code != Errc::unavailable)
    s.log.error("cannot send: {}", sent.error().message);
  s.report_budget();
  s.show();
  return sent || !s.reported_up ? s.next_pause(now) : full_pause;
}

/// A damaged spool begins a new epoch while we run; nothing of the old one holds any more.
void Uplink::State::follow_epoch() {
  const std::uint64_t current = spool.epoch();
  if (current == epoch) return;
  if (epoch != 0) announce_due = true;
  epoch = current;
  node.epoch = current;
  for (const Tier t : telemetry::all_tiers) {
    tier(t).sender.reset(spool.watermark(t), spool.durable(t));
    tier(t).caught_up.reset();
  }
}

Uplink::State::Inbox Uplink::State::take_inbox() {
  const std::lock_guard lock(mutex);
  if (new_node) {
    node = std::move(*new_node);
    node.epoch = epoch;
    new_node.reset();
    announce_due = true;
  }
  return std::exchange(inbox, {});
}

void Uplink::State::take_acks(const Inbox& taken, Duration now) {
  if (taken.window) hub_window = *taken.window;
  for (const AckStream& ack : taken.acks) take_ack(ack, now);
}

void Uplink::State::take_ack(const AckStream& ack, Duration now) {
  const spool::Spool::Position at = spool.position(ack.tier);
  if (ack.epoch != epoch || at.epoch != epoch) {
    metrics.acks_wrong_epoch.add();
    log.warn("refused an acknowledgement of epoch {:016x}, this is {:016x}", ack.epoch, epoch);
    return;
  }
  const std::uint64_t known = ack.ahead.empty() ? ack.watermark : ack.ahead.back().last;
  if (known > at.durable) return leave_epoch(ack.tier, known, at.durable, now);
  TierSender& sender = tier(ack.tier).sender;
  if (!sender.plausible(ack.watermark, ack.ahead)) {
    metrics.acks_ahead.add();
    log.warn("refused watermark {} of {}: that was never sent", ack.watermark, to_string(ack.tier));
    return;
  }
  if (auto taken = spool.acknowledge(ack.tier, ack.watermark, epoch); !taken) {
    metrics.acks_ahead.add();
    log.warn("refused an acknowledgement: {}", taken.error().message);
    return;
  }
  metrics.acks.add();
  {
    const std::lock_guard lock(mutex);
    status.last_ack = clock.now();
  }
  const bool waited = paced(ack.tier, Lane::in_order);
  const auto covered = sender.acknowledged(ack.watermark, ack.ahead, now);
  if (waited && covered.in_order)
    pace.acknowledged(covered.in_order->delay, covered.in_order->wire, now);
  if (ack.rewind &&
      sender.window(Lane::in_order).rewind_is_due(sender.committed(Lane::in_order), now))
    rewind(ack.tier, Lane::in_order, "the hub asks for it", now);
  if (ack.rewind_live && sender.live() &&
      sender.window(Lane::live).rewind_is_due(sender.committed(Lane::live), now))
    rewind(ack.tier, Lane::live, "the hub asks for it", now);
}

/// Only what is durable was ever sent. So the hub has numbers of this spool as it once was: it is
/// an older copy of itself, and those that it gives out now stand for other records there.
void Uplink::State::leave_epoch(Tier t, std::uint64_t known, std::uint64_t durable, Duration now) {
  metrics.acks_ahead.add();
  if (left_epoch && now - *left_epoch < leave_epoch_every)
    return log.warn("refused watermark {} of {}: only {} is in the spool", known, to_string(t),
                    durable);
  left_epoch = now;
  spool.leave_epoch(epoch,
                    fmt::format("the hub has {} records of {} and the spool gave out only {}: it "
                                "is an older copy of itself (an image or a snapshot was put back)",
                                known, to_string(t), durable));
  follow_epoch();
}

void Uplink::State::rewind(Tier t, Lane lane, const char* why, Duration now) {
  TierState& state = tier(t);
  if (state.sender.window(lane).waiting()) {
    metrics.tiers[static_cast<std::size_t>(t)].rewinds->add();
    log.debug("sending {} again from {}: {}", to_string(t), state.sender.committed(lane) + 1, why);
  }
  state.sender.rewind(lane, now);
  state.open = true;
}

void Uplink::State::rewind_all(const char* why, Duration now) {
  hub_window = hub_window_start;
  for (const Tier t : telemetry::all_tiers) {
    rewind(t, Lane::in_order, why, now);
    if (tier(t).sender.live()) rewind(t, Lane::live, why, now);
  }
}

void Uplink::State::resend(Duration now) {
  for (const Tier t : telemetry::all_tiers)
    for (const Lane lane : {Lane::in_order, Lane::live}) {
      const SendWindow& window = tier(t).sender.window(lane);
      if (!window.waiting() || now - window.progress() < options.resend_after) continue;
      if (paced(t, lane)) pace.lost();
      rewind(t, lane, "no acknowledgement came", now);
      // It may be that the hub never heard who this is: it refuses the frames of strangers.
      announce_due = true;
    }
}

void Uplink::State::announce() {
  node.online = true;
  node.time = clock.now();
  const std::string topic = state_topic(options.node);
  const std::string payload = encode_node_state(node);
  if (!link.publish(topic, payload, true)) return;
  announce_due = false;
  const std::size_t bytes = wire_bytes(topic, payload.size());
  metrics.traffic.other("node_state", bytes);
  gate.spend(bytes, clock.now());
}

void Uplink::State::look_at_link(bool connected, Duration now) {
  if (!options.probe || (!connected && now - looked < look_every)) return;
  looked = now;
  const LinkKind kind = options.probe->kind();
  if (kind != facts.kind) log.info("the way to the hub goes over: {}", to_string(kind));
  facts.kind = kind;
}

void Uplink::State::report_change() {
  bool up = false;
  {
    const std::lock_guard lock(mutex);
    up = status.connected && status.hub_online;
    if (up == reported_up) return;
    status.since = clock.now();
  }
  reported_up = up;
  if (changed) changed(up);
}

void Uplink::State::report_budget() {
  const DayBudget& budget = gate.budget();
  const auto level = budget.level();
  if (level == reported_level) return;
  reported_level = level;
  if (level == DayBudget::Level::fine || !notice) return;
  const bool spent = level == DayBudget::Level::spent;
  telemetry::Event event;
  event.kind = spent ? "budget_spent" : "budget_low";
  event.time = clock.now();
  event.severity = telemetry::Severity::alarm;
  event.text =
      fmt::format("{} of the {} bytes a day to the hub are sent{}", budget.spent().bytes,
                  budget.limit(), spent ? "; until midnight only critical records go" : "");
  event.data_json =
      fmt::format(R"({{"spent":{},"budget":{}}})", budget.spent().bytes, budget.limit());
  notice(std::move(event));
}

/// In metrics and in the status.
void Uplink::State::show() {
  std::array<UplinkStatus::Tier, telemetry::tier_count> shown;
  for (const Tier t : telemetry::all_tiers) {
    const auto i = static_cast<std::size_t>(t);
    const TierState& state = tiers[i];
    const Wait wait = reported_up ? state.wait : Wait::none;
    shown[i] = {wait, gate.describe(t, wait), state.sender.live()};
    const auto& of = metrics.tiers[i];
    of.window_bytes->set(
        static_cast<double>(state.sender.window(Lane::in_order).under_way().records +
                            state.sender.window(Lane::live).under_way().records));
    of.catching_up->set(state.sender.live() ? 1 : 0);
    for (const Wait one : waits)
      if (one != Wait::none) of.waits_for[static_cast<std::size_t>(one)]->set(one == wait ? 1 : 0);
  }
  const std::uint64_t spent = gate.budget().spent().bytes;
  metrics.hub_window.set(static_cast<double>(hub_window));
  metrics.pace_window.set(static_cast<double>(pace.window()));
  metrics.budget_spent.set(static_cast<double>(spent));
  const std::lock_guard lock(mutex);
  status.tiers = std::move(shown);
  status.kind = facts.kind;
  status.budget_bytes = gate.budget().limit();
  status.budget_spent = spent;
}

bool Uplink::drained() const {
  const auto ledger = state_->spool.ledger();
  return std::all_of(telemetry::all_tiers.begin(), telemetry::all_tiers.end(), [&](Tier t) {
    return state_->spool.watermark(t) == ledger[static_cast<std::size_t>(t)].produced;
  });
}

UplinkStatus Uplink::status() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

void Uplink::on_wake(std::function<void()> wake) {
  const std::lock_guard lock(state_->mutex);
  state_->wake = std::move(wake);
}

void Uplink::announce(NodeState state) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->new_node = std::move(state);
  }
  state_->call_wake();
}

void Uplink::on_change(std::function<void(bool up)> changed) {
  state_->changed = std::move(changed);
}

void Uplink::on_notice(std::function<void(telemetry::Event event)> notice) {
  state_->notice = std::move(notice);
}

void Uplink::restore_budget(SpentBudget spent) {
  SendGate& gate = state_->gate;
  gate.budget().restore(spent);
  gate.enter(state_->clock.now());
  // Who was told yesterday is told again, who was told today is not.
  state_->reported_level = gate.budget().level();
}

SpentBudget Uplink::budget() const {
  return state_->gate.budget().spent();
}

void Uplink::State::call_wake() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex);
    call = wake;
  }
  if (call) call();
}

void Uplink::on_connected() {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    s.inbox.connected = true;
    s.status.connected = true;
    s.metrics.connected.set(1);
  }
  s.call_wake();
}

void Uplink::on_disconnected(std::string_view) {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    // What the hub said is old news by the time the broker is back, and is retained there.
    s.status.connected = s.status.hub_online = false;
    s.metrics.connected.set(0);
    s.metrics.hub_online.set(0);
  }
  s.call_wake();
}

void Uplink::on_writable() {
  state_->call_wake();
}

void Uplink::on_message(const Message& message) {
  State& s = *state_;
  if (message.topic == hub_state_topic) {
    const auto online = decode_hub_state(message.payload);
    if (!online) return s.metrics.acks_malformed.add();
    const std::lock_guard lock(s.mutex);
    s.inbox.hub_came = s.inbox.hub_came || *online;
    s.status.hub_online = *online;
    s.metrics.hub_online.set(*online ? 1 : 0);
  } else if (message.topic == ack_topic(s.options.node)) {
    const auto ack = decode_ack(message.payload);
    if (!ack) return s.metrics.acks_malformed.add();
    const std::lock_guard lock(s.mutex);
    // The hub lives, whatever a late will of its last connection may have said.
    s.status.hub_online = true;
    s.metrics.hub_online.set(1);
    s.inbox.window = ack->window;
    if (s.inbox.acks.size() + ack->streams.size() > State::inbox_max)
      return s.metrics.inbox_overruns.add();
    s.inbox.acks.insert(s.inbox.acks.end(), ack->streams.begin(), ack->streams.end());
  } else {
    return;
  }
  s.call_wake();
}

}  // namespace wayside::link
