#include "link/uplink.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/assert.hpp"
#include "link/frame.hpp"
#include "link/send_window.hpp"
#include "link/topics.hpp"
#include "link/uplink_metrics.hpp"
#include "spool/spool.hpp"

namespace wayside::link {

using telemetry::Tier;

namespace {

constexpr Duration idle_pause = seconds(1);
// The hub may be there although its word did not arrive (a will of its last connection came late,
// say): now and then one record is sent, and an acknowledgement would tell.
constexpr Duration probe_every = seconds(30);
constexpr Duration full_pause = milliseconds(100);  // should the link's on_writable be late
// A frame of frame_bytes_max and one record more must keep to Frame's limits.
constexpr std::size_t frame_bytes_limit = 1u << 20;

struct TierState {
  SendWindow window;
  Duration due{0};
  bool open = false;  ///< its time has come; sends until nothing is left
};

}  // namespace

struct Uplink::State {
  static constexpr std::size_t inbox_max = 256;

  State(UplinkOptions uplink_options, NodeState node_state, spool::Spool& uplink_spool,
        Link& uplink_link, const Clock& uplink_clock, Metrics& registry, Log uplink_log)
      : options(std::move(uplink_options)),
        node(std::move(node_state)),
        spool(uplink_spool),
        link(uplink_link),
        clock(uplink_clock),
        metrics(registry),
        log(std::move(uplink_log)) {}

  /// What the link reported since the last step.
  struct Inbox {
    bool connected = false;
    bool hub_came = false;
    std::vector<AckStream> acks;
  };

  [[nodiscard]] TierState& tier(Tier t) { return tiers[static_cast<std::size_t>(t)]; }
  [[nodiscard]] Inbox take_inbox();
  void follow_epoch();
  void take_acks(const std::vector<AckStream>& acks, Duration now);
  void take_ack(const AckStream& ack, Duration now);
  void rewind(Tier t, const char* why, Duration now);
  void rewind_all(const char* why, Duration now);
  void announce();
  void report_change();
  [[nodiscard]] Status send_all(Duration now);
  [[nodiscard]] Result<bool> send_one(Tier t, std::size_t bytes_max, Duration now);
  [[nodiscard]] Status probe(Duration now);
  [[nodiscard]] Duration next_pause(Duration now);
  void call_wake();

  const UplinkOptions options;
  NodeState node;
  spool::Spool& spool;
  Link& link;
  const Clock& clock;
  UplinkMetrics metrics;
  Log log;

  // Of the thread that steps:
  std::array<TierState, telemetry::tier_count> tiers;
  std::uint64_t epoch = 0;
  bool reported_up = false;
  bool announce_due = false;
  Duration probed{0};
  std::function<void(bool)> changed;

  mutable std::mutex mutex;  // the rest
  Inbox inbox;
  std::optional<NodeState> new_node;
  UplinkStatus status;
  std::function<void()> wake;
};

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
    s.rewind_all("a new connection", now);
  }
  if (inbox.hub_came) s.rewind_all("the hub came back", now);
  s.take_acks(inbox.acks, now);
  s.report_change();
  if (s.announce_due) s.announce();
  for (const Tier t : telemetry::all_tiers) {
    const SendWindow& window = s.tier(t).window;
    if (s.reported_up && window.waiting() && now - window.progress() >= s.options.resend_after)
      s.rewind(t, "no acknowledgement came", now);
  }
  if (s.reported_up) s.probed = now;
  const Status sent = s.reported_up ? s.send_all(now) : s.probe(now);
  if (!sent && sent.error().code != Errc::full && sent.error().code != Errc::unavailable)
    s.log.error("cannot send: {}", sent.error().message);
  Duration pause = idle_pause;
  if (s.reported_up) pause = sent ? s.next_pause(now) : full_pause;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    s.metrics.tiers[t].window_bytes->set(static_cast<double>(s.tiers[t].window.bytes()));
  return pause;
}

/// A damaged spool begins a new epoch while we run; nothing of the old one holds any more.
void Uplink::State::follow_epoch() {
  const std::uint64_t current = spool.epoch();
  if (current == epoch) return;
  if (epoch != 0) announce_due = true;
  epoch = current;
  node.epoch = current;
  for (const Tier t : telemetry::all_tiers)
    tier(t).window.reset(spool.watermark(t), spool.durable(t));
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

void Uplink::State::take_acks(const std::vector<AckStream>& acks, Duration now) {
  for (const AckStream& ack : acks) take_ack(ack, now);
}

void Uplink::State::take_ack(const AckStream& ack, Duration now) {
  if (ack.epoch != epoch) {
    metrics.acks_wrong_epoch.add();
    log.warn("refused an acknowledgement of epoch {:016x}, this is {:016x}", ack.epoch, epoch);
    return;
  }
  TierState& t = tier(ack.tier);
  if (!t.window.plausible(ack.watermark)) {
    metrics.acks_ahead.add();
    log.warn("refused watermark {} of {}: that was never sent", ack.watermark, to_string(ack.tier));
    return;
  }
  if (auto taken = spool.acknowledge(ack.tier, ack.watermark); !taken) {
    metrics.acks_ahead.add();
    log.warn("refused an acknowledgement: {}", taken.error().message);
    return;
  }
  metrics.acks.add();
  {
    const std::lock_guard lock(mutex);
    status.last_ack = clock.now();
  }
  t.window.acknowledged(ack.watermark, now);
  if (ack.rewind && t.window.rewind_is_due(spool.watermark(ack.tier), now))
    rewind(ack.tier, "the hub asks for it", now);
}

void Uplink::State::rewind(Tier t, const char* why, Duration now) {
  TierState& state = tier(t);
  const std::uint64_t watermark = spool.watermark(t);
  if (state.window.waiting()) {
    metrics.tiers[static_cast<std::size_t>(t)].rewinds->add();
    log.debug("sending {} again from {}: {}", to_string(t), watermark + 1, why);
  }
  state.window.rewind(watermark, now);
  state.open = true;
}

void Uplink::State::rewind_all(const char* why, Duration now) {
  for (const Tier t : telemetry::all_tiers) rewind(t, why, now);
}

void Uplink::State::announce() {
  node.online = true;
  node.time = clock.now();
  const auto published = link.publish(state_topic(options.node), encode_node_state(node), true);
  if (published) announce_due = false;
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

/// Frame by frame, each time of the most urgent tier that has something to send.
Status Uplink::State::send_all(Duration now) {
  for (const Tier t : telemetry::all_tiers)
    if (now >= tier(t).due) tier(t).open = true;
  for (std::size_t t = 0; t < telemetry::tier_count;) {
    const Tier urgent = telemetry::all_tiers[t];
    if (!tiers[t].open || tiers[t].window.bytes() >= options.window_bytes_max) {
      ++t;
      continue;
    }
    const auto sent = send_one(urgent, options.frame_bytes_max, now);
    if (!sent) return tl::make_unexpected(sent.error());
    if (*sent) {
      t = 0;
      continue;
    }
    tiers[t].open = false;
    tiers[t].due = now + options.tiers[t].every;
    ++t;
  }
  return {};
}

Status Uplink::State::probe(Duration now) {
  if (!link.connected()) probed = now;
  if (now - probed < probe_every) return {};
  probed = now;
  for (const Tier t : telemetry::all_tiers) {
    rewind(t, "to see whether the hub is there", now);
    const auto sent = send_one(t, 1, now);
    if (!sent) return tl::make_unexpected(sent.error());
    if (*sent) break;
  }
  return {};
}

/// False where nothing is left to send.
Result<bool> Uplink::State::send_one(Tier t, std::size_t bytes_max, Duration now) {
  SendWindow& window = tier(t).window;
  auto entries = spool.read(t, window.next(), bytes_max);
  if (entries.empty()) return false;
  if (entries.size() > Frame::records_max) entries.resize(Frame::records_max);
  const std::uint64_t last = entries.back().seq + entries.back().span - 1;
  Frame frame{options.node,      epoch, t, entries[0].seq, {}, std::max(spool.durable(t), last),
              spool.watermark(t)};
  std::size_t bytes = 0;
  for (auto& entry : entries) {
    bytes += entry.record.size();
    frame.records.push_back(std::move(entry.record));
  }
  const std::string payload = encode_frame(frame);
  if (auto sent = link.publish(up_topic(options.node, t), payload, false); !sent)
    return tl::make_unexpected(sent.error());
  window.sent(last, bytes, now);
  const auto& counters = metrics.tiers[static_cast<std::size_t>(t)];
  counters.bytes->add(payload.size());
  counters.frames->add();
  counters.records->add(frame.records.size());
  return true;
}

Duration Uplink::State::next_pause(Duration now) {
  Duration pause = idle_pause;
  for (const TierState& t : tiers) {
    if (t.due > now) pause = std::min(pause, t.due - now);
    if (t.window.waiting())
      pause = std::min(pause, t.window.progress() + options.resend_after - now);
  }
  return std::max(pause, milliseconds(1));
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
    const auto acks = decode_ack(message.payload);
    if (!acks) return s.metrics.acks_malformed.add();
    const std::lock_guard lock(s.mutex);
    // The hub lives, whatever a late will of its last connection may have said.
    s.status.hub_online = true;
    s.metrics.hub_online.set(1);
    if (s.inbox.acks.size() + acks->size() > State::inbox_max)
      return s.metrics.inbox_overruns.add();
    s.inbox.acks.insert(s.inbox.acks.end(), acks->begin(), acks->end());
  } else {
    return;
  }
  s.call_wake();
}

}  // namespace wayside::link
