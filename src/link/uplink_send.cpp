// What the uplink sends next, and how much of it.
#include <algorithm>

#include "link/topics.hpp"
#include "link/uplink_state.hpp"
#include "telemetry/record_head.hpp"

namespace wayside::link {

using telemetry::Tier;

namespace {

constexpr Duration idle_pause = seconds(30);
constexpr Duration look_pause = seconds(1);  // at the time of day and the conditions
constexpr Duration full_pause = milliseconds(100);
// The hub may be there although its word did not arrive (a will of its last connection came late,
// say): now and then one record is sent, and an acknowledgement would tell.
constexpr Duration probe_every = seconds(30);
// What is new has been waiting so long: from now on it goes ahead.
constexpr Duration live_after = seconds(2);
// And so long although it goes ahead: it begins ahead of that, too.
constexpr Duration live_again_after = seconds(20);
constexpr std::size_t frame_bytes_min = 4u << 10;
// Under a rate, of so many bytes one is for what waited; and its frames hold up what is new for
// about so long.
constexpr std::size_t in_order_share = 4;
constexpr std::uint64_t rate_hold_s = 10;

}  // namespace

/// Frame by frame, each time of the most urgent that has something to send: what is new before what
/// waited, and bulk, which can always wait, after all of it.
Status Uplink::State::send_all(Duration now) {
  constexpr std::array turns{Turn{Tier::critical, true}, Turn{Tier::diagnostic, true},
                             Turn{Tier::critical, false}, Turn{Tier::diagnostic, false},
                             Turn{Tier::bulk, true}};
  for (const Tier t : telemetry::all_tiers) {
    open_in_time(t, now);
    tier(t).wait = Wait::none;
  }
  for (std::size_t i = 0; i < turns.size();) {
    const auto sent = take_turn(turns[i], now);
    if (!sent) return tl::make_unexpected(sent.error());
    i = *sent ? 0 : i + 1;
  }
  return {};
}

/// What came while the tier was shut has not waited longer than that.
void Uplink::State::open_in_time(Tier t, Duration now) {
  TierState& state = tier(t);
  if (state.open || now < state.due) return;
  state.open = true;
  if (!state.caught_up) return;
  const Duration every = options.gate.tiers[static_cast<std::size_t>(t)].every;
  state.caught_up = std::max(*state.caught_up, now - every);
}

/// False where it has nothing to send now.
Result<bool> Uplink::State::take_turn(const Turn& turn, Duration now) {
  TierState& state = tier(turn.tier);
  if (turn.front ? !state.open : !state.sender.live()) return false;
  const Lane lane = turn.front ? state.sender.front() : Lane::in_order;
  state.sender.skip_committed();
  if (lane == Lane::live && owes_in_order(turn.tier, now)) return false;
  if (has_next(turn.tier, lane)) {
    state.wait = gate.check(turn.tier, clock.now(), now, facts);
    if (state.wait != Wait::none || !has_room(turn.tier, lane, now)) return false;
    if (turn.front && open_lane(turn.tier, now)) return true;
    const auto sent = send_one(turn.tier, lane, frame_bytes(turn.tier, lane, now), now);
    if (!sent || *sent) return sent;
  }
  if (turn.front) {
    state.caught_up = now;
    state.open = false;
    state.due = now + options.gate.tiers[static_cast<std::size_t>(turn.tier)].every;
  }
  return false;
}

/// Something that is the lane's to send.
bool Uplink::State::has_next(Tier t, Lane lane) const {
  const TierSender& sender = tiers[static_cast<std::size_t>(t)].sender;
  const std::uint64_t next = sender.window(lane).next();
  const std::uint64_t end = sender.end(lane);
  return next <= spool.durable(t) && (end == 0 || next < end);
}

/// A rate that what is new takes whole would keep what waited for ever.
bool Uplink::State::owes_in_order(Tier t, Duration now) {
  return options.gate.tiers[static_cast<std::size_t>(t)].rate != 0 && tier(t).new_first == 0 &&
         has_next(t, Lane::in_order) && has_room(t, Lane::in_order, now);
}

/// It can wait, and is held back where that keeps the way free.
bool Uplink::State::paced(Tier t, Lane lane) const {
  return t == Tier::bulk ||
         (lane == Lane::in_order && tiers[static_cast<std::size_t>(t)].sender.live());
}

std::size_t Uplink::State::frame_bytes(Tier t, Lane lane, Duration now) const {
  if (asks(t, lane, now)) return std::min(frame_bytes_min, options.frame_bytes_max);
  std::size_t bytes = options.frame_bytes_max;
  if (hub_window > 0) bytes = std::min<std::size_t>(bytes, hub_window);
  if (paced(t, lane)) bytes = std::min(bytes, pace.window());
  const std::uint64_t rate = options.gate.tiers[static_cast<std::size_t>(t)].rate;
  if (rate != 0 && t != Tier::bulk && paced(t, lane))
    bytes = std::min<std::uint64_t>(bytes, rate * rate_hold_s);
  return std::max(bytes, std::min(frame_bytes_min, options.frame_bytes_max));
}

bool Uplink::State::has_room(Tier t, Lane lane, Duration now) const {
  const TierSender& sender = tiers[static_cast<std::size_t>(t)].sender;
  const SendWindow& window = sender.window(lane);
  if (paced(t, lane)) {
    if (t != Tier::bulk && !catch_up.ready(now)) return false;
    std::size_t under_way =
        tiers[static_cast<std::size_t>(Tier::bulk)].sender.window(Lane::in_order).under_way().wire;
    for (const TierState& other : tiers)
      if (&other != &tiers[static_cast<std::size_t>(Tier::bulk)] && other.sender.live())
        under_way += other.sender.window(Lane::in_order).under_way().wire;
    if (under_way > 0 && under_way >= pace.window()) return false;
  }
  if (!window.waiting()) return true;  // one frame is always under way
  if (asks(t, lane, now)) return false;
  const std::uint64_t share = sender.live() ? hub_window / 2 : hub_window;
  return window.under_way().records < options.window_bytes_max &&
         (hub_window == 0 || window.under_way().wire < share);
}

/// Whether what is new has waited too long behind what is older.
bool Uplink::State::lags(Tier t, Duration now) const {
  const TierState& state = tiers[static_cast<std::size_t>(t)];
  if (t == Tier::bulk) return false;
  if (!state.caught_up) return true;
  const Duration every = options.gate.tiers[static_cast<std::size_t>(t)].every;
  return now - *state.caught_up > every + (state.sender.live() ? live_again_after : live_after);
}

/// Much waits since before this run: what the hub has ahead of it comes with its first
/// acknowledgement, for which a small frame asks.
bool Uplink::State::asks(Tier t, Lane lane, Duration now) const {
  return lane == Lane::in_order && !tiers[static_cast<std::size_t>(t)].sender.heard() &&
         lags(t, now);
}

/// What is new goes ahead from now on. False where it does not lag, or there is no room for a lane.
bool Uplink::State::open_lane(Tier t, Duration now) {
  TierState& state = tier(t);
  TierSender& sender = state.sender;
  const std::uint64_t joint = sender.joint();
  if (!sender.heard() || !lags(t, now) || (joint == 0 && !sender.may_open())) return false;
  const Lane front = sender.front();
  const std::size_t bytes = frame_bytes(t, front, now);
  if (fits_a_frame(t, sender.window(front).next(), sender.end(front), bytes)) return false;
  const bool join = joint != 0 && (!sender.may_open() || fits_a_frame(t, joint, 0, bytes));
  const std::uint64_t from = join ? joint : spool.durable(t) + 1;
  log.info("{}: much waits; what is new goes ahead of it from {} on", to_string(t), from);
  sender.open_live(from);
  state.caught_up = now;
  state.new_first = frame_bytes_min;
  return true;
}

/// Everything from `from` on.
bool Uplink::State::fits_a_frame(Tier t, std::uint64_t from, std::uint64_t end,
                                 std::size_t bytes_max) {
  const std::uint64_t durable = spool.durable(t);
  if (from > durable) return true;
  const auto entries = entries_from(t, from, end, bytes_max);
  return !entries.empty() && entries.back().seq + entries.back().span - 1 >= durable;
}

/// As many as one frame takes, and before `end`, where that is not 0.
std::vector<spool::Spool::Entry> Uplink::State::entries_from(Tier t, std::uint64_t from,
                                                             std::uint64_t end,
                                                             std::size_t bytes_max) {
  auto entries = spool.read(t, from, bytes_max, epoch);
  std::size_t taken = 0;
  std::uint64_t samples = 0;
  for (const auto& entry : entries) {
    if (taken == Frame::records_max || (end != 0 && entry.seq >= end)) break;
    if (const auto head = telemetry::peek(entry.record)) samples += head->samples;
    if (samples > Frame::samples_max) break;
    ++taken;
  }
  entries.resize(taken);
  return entries;
}

/// False where nothing is left to send.
Result<bool> Uplink::State::send_one(Tier t, Lane lane, std::size_t bytes_max, Duration now) {
  TierSender& sender = tier(t).sender;
  const spool::Spool::Position at = spool.position(t);
  if (at.epoch != epoch) return false;  // begun anew just now: the next step follows it
  auto entries = entries_from(t, sender.window(lane).next(), sender.end(lane), bytes_max);
  if (entries.empty()) return false;
  const std::uint64_t last = entries.back().seq + entries.back().span - 1;
  Frame frame{options.node, epoch, t, entries[0].seq, {}, std::max(at.durable, last), at.watermark};
  if (lane == Lane::live) frame.live_from = sender.live_from();
  SendWindow::Size size;
  for (auto& entry : entries) {
    size.records += entry.record.size();
    frame.records.push_back(std::move(entry.record));
  }
  const std::string payload = encode_frame(frame);
  const std::string topic = up_topic(options.node, t);
  if (auto sent = link.publish(topic, payload, false); !sent)
    return tl::make_unexpected(sent.error());
  size.wire = wire_bytes(topic, payload.size());
  sender.window(lane).sent(last, size, now);
  if (t != Tier::bulk && paced(t, lane)) catch_up.sent(size.wire, now);
  std::size_t& new_first = tier(t).new_first;
  new_first = lane == Lane::live ? new_first - std::min(new_first, size.wire)
                                 : size.wire * (in_order_share - 1);
  count_sent(t, frame, payload.size(), size, now);
  return true;
}

void Uplink::State::count_sent(Tier t, const Frame& frame, std::size_t payload_bytes,
                               SendWindow::Size size, Duration now) {
  gate.sent(t, size.wire, clock.now(), now);
  const auto& counters = metrics.tiers[static_cast<std::size_t>(t)];
  counters.bytes->add(payload_bytes);
  counters.record_bytes->add(size.records);
  counters.frames->add();
  counters.records->add(frame.records.size());
  metrics.traffic.frame({}, t, frame.records, size.wire);
}

Status Uplink::State::probe(Duration now) {
  if (!link.connected()) probed = now;
  if (now - probed < probe_every) return {};
  probed = now;
  for (const Tier t : telemetry::all_tiers) {
    if (gate.check(t, clock.now(), now, facts) != Wait::none) continue;
    rewind(t, Lane::in_order, "to see whether the hub is there", now);
    const auto sent = send_one(t, Lane::in_order, 1, now);
    if (!sent) return tl::make_unexpected(sent.error());
    if (*sent) break;
  }
  return {};
}

/// Something that the tier's front lane has not sent yet.
bool Uplink::State::has_more(Tier t) const {
  const TierSender& sender = tiers[static_cast<std::size_t>(t)].sender;
  return sender.window(sender.front()).next() <= spool.durable(t);
}

Duration Uplink::State::next_pause(Duration now) {
  if (!reported_up) return std::max(std::min(idle_pause, probed + probe_every - now), full_pause);
  Duration pause = idle_pause;
  for (const Tier t : telemetry::all_tiers) {
    const TierState& state = tier(t);
    // What becomes durable wakes it.
    if (state.due > now && has_more(t)) pause = std::min(pause, state.due - now);
    if (state.wait == Wait::rate)
      pause = std::min(pause, gate.next(t, now) - now);
    else if (state.wait != Wait::none)
      pause = std::min(pause, look_pause);
    if (state.sender.live() && catch_up.next(now) > now)
      pause = std::min(pause, catch_up.next(now) - now);
    for (const Lane lane : {Lane::in_order, Lane::live})
      if (const SendWindow& window = state.sender.window(lane); window.waiting())
        pause = std::min(pause, window.progress() + options.resend_after - now);
  }
  if (options.probe) pause = std::min(pause, look_every);
  return std::max(pause, milliseconds(1));
}

}  // namespace wayside::link
