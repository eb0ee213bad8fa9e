#include "spool/spool.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "spool/spool_state.hpp"

namespace wayside::spool {

using telemetry::Gap;
using telemetry::Record;
using telemetry::Tier;

namespace {

// `step` comes every 50 ms at the latest, so that a record is on stable storage within 100 ms and 1
// s.
constexpr std::array<Duration, telemetry::tier_count> commit_after{
    milliseconds(0), milliseconds(50), milliseconds(900)};
constexpr Duration changes_commit_after = seconds(1);
constexpr Duration maintain_every = seconds(1);
/// Where nothing was written since the last time, or room is ample, only what grows old is to be
/// looked for.
constexpr Duration maintain_idle_every = seconds(30);

constexpr std::uint64_t note_share = 8;  ///< of the room, what a retention's note may take

const char* reason_of(const Error& error) {
  return error.code == Errc::full ? "disk_full" : "disk_error";
}

}  // namespace

Spool::Spool(std::unique_ptr<State> state) : state_(std::move(state)) {}

Spool::~Spool() {
  // Whoever needs to know whether it worked calls flush before; here the log has to do.
  if (const Status status = flush(); !status)
    state_->log.error("the spool could not be written at the end: {}", status.error().message);
}

Result<std::unique_ptr<Spool>> Spool::open(std::unique_ptr<SpoolStore> store, SpoolOptions options,
                                           std::uint64_t new_epoch, const Clock& clock,
                                           Metrics& metrics, Log log) {
  WAYSIDE_ASSERT(new_epoch != 0, "epoch 0 stands for a new store");
  auto state = std::make_unique<State>(std::move(store), options, clock, metrics, std::move(log));
  const std::lock_guard lock(state->io);
  Status loaded = state->store->limit(options.bytes_max);
  if (loaded) loaded = state->load(new_epoch);
  if (!loaded && loaded.error().code == Errc::corrupt) {
    loaded = state->recover(loaded.error(), new_epoch);
    if (loaded) loaded = state->commit_locked();
  }
  if (!loaded) return fail_in("opening the spool", loaded.error());
  return std::unique_ptr<Spool>(new Spool(std::move(state)));
}

std::uint64_t Spool::epoch() const {
  const std::lock_guard lock(state_->memory);
  return state_->epoch;
}

Result<std::uint64_t> Spool::append(Tier tier, const Record& record, bool wait) {
  State& s = *state_;
  if (const Gap* gap = std::get_if<Gap>(&record)) {
    if (auto dropped = drop(tier, *gap); !dropped) return tl::make_unexpected(dropped.error());
    const std::lock_guard lock(s.memory);
    return s.stream(tier).produced();
  }
  std::string sealed = telemetry::encode(record);
  const bool has_samples = std::holds_alternative<telemetry::SampleBlock>(record);
  const std::uint64_t samples = has_samples ? telemetry::row_count(record) : 0;
  const Time now = s.clock.now();
  s.metrics.tiers[static_cast<std::size_t>(tier)].appended->add();

  std::unique_lock lock(s.memory);
  const std::uint64_t record_max = std::min(s.record_max, s.room.at_once);
  if (sealed.size() > record_max) {
    const char* reason = sealed.size() > s.record_max ? "spool_full" : "disk_full";
    s.stream(tier).drop_new({1, samples, reason, now, now});
    s.metrics.dropped(tier, reason, 1);
    return fail(Errc::full, "a record of {} bytes is more than the {} that the spool takes",
                sealed.size(), record_max);
  }
  const std::uint64_t staged = s.staged_bytes();
  if (staged > 0 && staged + sealed.size() > std::min(s.staged_max, s.room.at_once)) {
    // More came in than was written. Waiting for a disk that works is fine; one that is known to
    // fail is not asked for every record.
    Status room = tl::make_unexpected(s.failure.value_or(Error{}));
    const bool failing = s.retry_at && s.clock.monotonic() < *s.retry_at;
    if (!failing) {
      lock.unlock();
      room = s.commit();
      lock.lock();
    }
    if (!room) {
      s.stream(tier).drop_new({1, samples, reason_of(room.error()), now, now});
      s.metrics.dropped(tier, reason_of(room.error()), 1);
      return fail_in("spool", room.error());
    }
  }
  const std::uint64_t seq =
      s.stream(tier).append(std::move(sealed), samples, now, s.next_ordinal(tier, record));
  const std::uint64_t epoch = s.epoch;
  auto& since = s.staged_since[static_cast<std::size_t>(tier)];
  if (!since) since = s.clock.monotonic();
  if (!s.changed_since) s.changed_since = since;
  lock.unlock();
  if (tier != Tier::critical || !wait) return seq;

  const std::unique_lock io(s.io);
  lock.lock();
  // Somebody else's commit may have taken this record along.
  if (s.stream(tier).durable() >= seq) return seq;
  lock.unlock();
  const Status stored = s.commit_locked(State::Scope::critical);
  if (stored) return seq;
  lock.lock();
  // In a new epoch (the store was damaged) the number is another, and the record stays staged.
  if (s.epoch == epoch && s.stream(tier).drop_staged(seq, reason_of(stored.error()), now))
    s.metrics.dropped(tier, reason_of(stored.error()), 1);
  return fail_in("spool", stored.error());
}

Status Spool::drop(Tier tier, const Gap& gap) {
  if (gap.records == 0) return fail(Errc::invalid, "a gap of no records");
  State& s = *state_;
  const std::lock_guard lock(s.memory);
  s.stream(tier).drop_new(gap);
  s.metrics.dropped(tier, gap.reason, gap.records);
  auto& since = s.staged_since[static_cast<std::size_t>(tier)];
  if (!since) since = s.clock.monotonic();
  if (!s.changed_since) s.changed_since = since;
  return {};
}

Duration Spool::step() {
  State& s = *state_;
  const Duration now = s.clock.monotonic();
  bool due = false;
  bool maintain = false;
  {
    const std::lock_guard lock(s.memory);
    due = s.commit_due() <= now;
    maintain = now - s.maintained >= maintain_every;
    if (maintain) {
      s.maintained = now;
      s.written_since_maintained = false;
    }
  }
  // A failure is logged and counted where it happens, what it concerns stays staged, and the next
  // step tries again.
  if (due) static_cast<void>(s.commit());
  if (maintain) s.maintain();
  return until_due();
}

Duration Spool::until_due() const {
  State& s = *state_;
  const Duration now = s.clock.monotonic();
  const std::lock_guard lock(s.memory);
  const bool fills = s.written_since_maintained && s.room.used > s.room.max / 2;
  const Duration maintenance = s.maintained + (fills ? maintain_every : maintain_idle_every);
  return std::max(Duration{0}, std::min(s.commit_due(), maintenance) - now);
}

/// When the next commit is due; `Duration` has no infinity: far away where none is.
Duration Spool::State::commit_due() const {
  Duration at = never;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    if (staged_since[t]) at = std::min(at, *staged_since[t] + commit_after[t]);
  if (changed_since) at = std::min(at, *changed_since + changes_commit_after);
  if (retry_at && at != never) at = std::max(at, *retry_at);
  return at;
}

Status Spool::flush() {
  return state_->commit();
}

Status Spool::acknowledge(Tier tier, std::uint64_t watermark, std::uint64_t epoch) {
  State& s = *state_;
  const std::lock_guard lock(s.memory);
  if (epoch != 0 && epoch != s.epoch)
    return fail(Errc::invalid, "a watermark of epoch {:016x}, this is {:016x}", epoch, s.epoch);
  Stream& stream = s.stream(tier);
  if (watermark > stream.durable())
    return fail(Errc::invalid, "watermark {} of {} is ahead of {}, the last number given out",
                watermark, to_string(tier), stream.durable());
  stream.acknowledge(watermark);
  if (stream.changed() && !s.changed_since) s.changed_since = s.clock.monotonic();
  return {};
}

std::uint64_t Spool::watermark(Tier tier) const {
  const std::lock_guard lock(state_->memory);
  return state_->stream(tier).watermark();
}

Spool::Position Spool::position(Tier tier) const {
  const std::lock_guard lock(state_->memory);
  const Stream& stream = state_->stream(tier);
  return {state_->epoch, stream.watermark(), stream.durable()};
}

void Spool::leave_epoch(std::uint64_t left, const std::string& cause) {
  const std::lock_guard io(state_->io);
  state_->leave_epoch(left, cause);
}

void Spool::retain(Retention retention) {
  WAYSIDE_ASSERT(retention.note.size() <= note_bytes_max, "a note of a bounded size");
  State& s = *state_;
  const std::lock_guard lock(s.memory);
  // Without its note what is kept is of no use, and room is for records.
  const bool fits = s.room.max == 0 || retention.note.size() <= s.room.max / note_share;
  if (!fits && !std::exchange(s.note_refused, true))
    s.log.warn(
        "the next start will know nothing of this one: its note of {} bytes is too large for"
        " a spool of {}",
        retention.note.size(), s.options.bytes_max);
  for (const Tier tier : telemetry::all_tiers)
    s.stream(tier).keep(fits ? retention.from[static_cast<std::size_t>(tier)]
                             : std::numeric_limits<std::uint64_t>::max());
  s.retention.reset();
  if (fits) s.retention = std::move(retention);
  s.retention_unsaved = true;
  if (!s.changed_since) s.changed_since = s.clock.monotonic();
}

std::optional<Retention> Spool::retention() const {
  const std::lock_guard lock(state_->memory);
  return state_->retention;
}

std::uint64_t Spool::durable(Tier tier) const {
  const std::lock_guard lock(state_->memory);
  return state_->stream(tier).durable();
}

std::array<LedgerLine, telemetry::tier_count> Spool::ledger() const {
  std::array<LedgerLine, telemetry::tier_count> lines;
  const std::lock_guard lock(state_->memory);
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    const Stream& stream = state_->streams[t];
    lines[t] = {stream.produced(), stream.delivered(), stream.dropped(), stream.queued(),
                stream.queued_bytes()};
  }
  return lines;
}

std::vector<Spool::DroppedRange> Spool::gaps(Tier tier, std::size_t max) const {
  std::vector<DroppedRange> ranges;
  const std::lock_guard lock(state_->memory);
  for (auto& [first, gap] : state_->stream(tier).gaps().newest(max))
    ranges.push_back({first, std::move(gap)});
  return ranges;
}

std::optional<Error> Spool::failure() const {
  const std::lock_guard lock(state_->memory);
  return state_->failure;
}

double Spool::fill() const {
  const std::lock_guard lock(state_->memory);
  const Room& room = state_->room;
  const std::uint64_t used = room.used - std::min(room.used, state_->kept_bytes());
  return static_cast<double>(used + state_->staged_bytes()) /
         static_cast<double>(std::max<std::uint64_t>(room.max, 1));
}

void Spool::on_durable(std::function<void()> wake) {
  const std::lock_guard lock(state_->memory);
  state_->wake = std::move(wake);
}

}  // namespace wayside::spool
