// What the spool writes to its store: commits, eviction, expiry, and the start.
#include <fmt/format.h>
#include <algorithm>

#include "spool/spool_state.hpp"

namespace wayside::spool {

using telemetry::Gap;
using telemetry::Tier;

namespace {

constexpr Duration retry_after = seconds(1);
constexpr std::size_t look_entries_max = 256;
constexpr int looks_max = 4096;  ///< a round of eviction; the next round goes on
constexpr std::uint64_t entry_overhead_bytes = 64;
constexpr std::uint64_t full_disk_step_bytes = 1u << 20;
// A clock that was not set yet (1970, say) must not make everything look old once it is.
constexpr Time clock_was_set{1'577'836'800'000'000'000};  // 2020-01-01

}  // namespace

Status Spool::State::load(std::uint64_t new_epoch) {
  auto stored_epoch = store->epoch();
  if (!stored_epoch) return tl::make_unexpected(stored_epoch.error());
  epoch = *stored_epoch;
  if (epoch == 0) {
    if (auto set = store->set_epoch(new_epoch); !set) return set;
    if (auto committed = store->commit(); !committed) return committed;
    epoch = new_epoch;
  }
  for (const Tier tier : telemetry::all_tiers) {
    const auto totals = store->totals(tier);
    if (!totals) return tl::make_unexpected(totals.error());
    const auto gaps = store->gaps(tier);
    if (!gaps) return tl::make_unexpected(gaps.error());
    const auto kept = store->held(tier, 0, totals->watermark);
    if (!kept) return tl::make_unexpected(kept.error());
    if (!stream(tier).load(*totals, *gaps, *kept))
      log.error("the spool's account of {} did not balance and was corrected", to_string(tier));
  }
  auto wanted = store->retention();
  if (!wanted) return tl::make_unexpected(wanted.error());
  retention = std::move(*wanted);
  for (const Tier tier : telemetry::all_tiers)
    if (retention) stream(tier).keep(retention->from[static_cast<std::size_t>(tier)]);
  if (store->recreated()) {
    metrics.resets.add();
    stream(Tier::critical).append(reset_event(0, "its file was damaged"), 0, clock.now());
  }
  // Corrections are written before anything is read. A disk that refuses them is no reason not to
  // start: it is logged and counted, and they are tried again.
  static_cast<void>(commit_locked());
  return {};
}

std::uint64_t Spool::State::staged_bytes() const {
  std::uint64_t bytes = 0;
  for (const Stream& s : streams) bytes += s.staged_bytes();
  return bytes;
}

std::uint64_t Spool::State::kept_bytes() const {
  std::uint64_t bytes = 0;
  for (const Stream& s : streams) bytes += s.kept_bytes();
  return bytes;
}

Status Spool::State::commit() {
  const std::lock_guard lock(io);
  return commit_locked();
}

Status Spool::State::commit_locked() {
  Status status = commit_once(false);
  if (!status && status.error().code == Errc::corrupt) {
    note_commit_failure(status.error());
    if (auto recovered = recover(status.error(), next_epoch()); !recovered) return recovered;
    status = commit_once(false);
  }
  // What is new is worth more than the oldest bulk.
  if (!status && status.error().code == Errc::full) status = commit_once(true);
  if (!status) note_commit_failure(status.error());
  return status;
}

Status Spool::State::commit_once(bool disk_full) {
  const Duration began = clock.monotonic();
  Status status = make_room(disk_full);
  std::array<Stream::Batch, telemetry::tier_count> batches;
  std::array<Stream::Bytes, telemetry::tier_count> stored_bytes{};
  std::optional<Retention> retained;
  {
    const std::lock_guard lock(memory);
    for (std::size_t t = 0; t < telemetry::tier_count; ++t) batches[t] = streams[t].take_batch();
    if (std::exchange(retention_unsaved, false)) retained = retention;
    staged_since = {};
    changed_since.reset();
  }
  if (status) status = write(batches, retained, stored_bytes);
  {
    const std::lock_guard lock(memory);
    for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
      if (status && batches[t].changed) streams[t].committed(batches[t], stored_bytes[t]);
      if (!status) streams[t].give_back(std::move(batches[t]));
      metrics.tiers[t].queued->set(static_cast<double>(streams[t].queued()));
      metrics.tiers[t].queued_bytes->set(static_cast<double>(streams[t].queued_bytes()));
      metrics.tiers[t].kept_bytes->set(static_cast<double>(streams[t].kept_bytes()));
    }
    if (!status && retained) retention_unsaved = true;
    const bool wrote = std::any_of(batches.begin(), batches.end(),
                                   [](const Stream::Batch& batch) { return batch.changed; });
    if (status && wrote) {
      if (failing_since) log.info("the spool can be written again");
      failing_since.reset();
      retry_at.reset();
      failure.reset();
    } else if (!status && !changed_since) {
      changed_since = began;
      for (std::size_t t = 0; t < telemetry::tier_count; ++t)
        if (streams[t].staged_bytes() > 0) staged_since[t] = began;
    }
  }
  if (!status) return status;
  freeing_bytes = 0;
  epoch_unsaved = false;
  metrics.commit_seconds.observe((clock.monotonic() - began).seconds());
  wake_reader();
  return {};
}

Status Spool::State::write(const std::array<Stream::Batch, telemetry::tier_count>& batches,
                           const std::optional<Retention>& retained,
                           std::array<Stream::Bytes, telemetry::tier_count>& stored_bytes) {
  // With every try until one succeeds: a transaction that fails takes it back.
  Status status = epoch_unsaved ? store->set_epoch(epoch) : Status{};
  bool any = epoch_unsaved || retained;
  if (status && retained) status = store->set_retention(*retained);
  for (const Tier tier : telemetry::all_tiers) {
    const auto t = static_cast<std::size_t>(tier);
    if (status && batches[t].changed) status = write_stream(tier, batches[t], stored_bytes[t]);
    any = any || batches[t].changed;
  }
  if (status && any) status = store->commit();
  if (!status) store->rollback();
  return status;
}

Status Spool::State::write_stream(Tier tier, const Stream::Batch& batch, Stream::Bytes& bytes) {
  bytes = {batch.totals.bytes, batch.kept_bytes};
  Status status;
  const auto erase = [&](std::uint64_t first, std::uint64_t last, std::uint64_t& account) {
    if (!status || first > last) return;
    const auto erased = store->erase(tier, first, last);
    if (!erased) status = tl::make_unexpected(erased.error());
    if (erased) account -= std::min(account, *erased);
  };
  const auto put = [&](const StoredEntry& entry) {
    if (status) status = store->put(entry);
    bytes.queued += entry.record.size();
  };
  for (const auto& range : batch.erase) erase(range.first, range.last, bytes.queued);
  for (const std::uint64_t seq : batch.gaps.removed) erase(seq, seq, bytes.queued);
  // Of what was acknowledged since the last commit, some is kept.
  const std::uint64_t watermark = batch.totals.watermark;
  erase(batch.forgotten + 1, std::min(batch.forget, batch.counted), bytes.kept);
  erase(std::max(batch.forgotten, batch.counted) + 1, batch.forget, bytes.queued);
  const std::uint64_t first_kept = std::max(batch.forget, batch.counted) + 1;
  if (status && first_kept <= watermark) {
    const auto kept = store->held(tier, first_kept, watermark);
    if (!kept) return tl::make_unexpected(kept.error());
    bytes.kept += *kept;
    bytes.queued -= std::min(bytes.queued, *kept);
  }
  for (const auto& entry : batch.entries) put(entry);
  for (const auto& [first, gap] : batch.gaps.present) {
    erase(first, first, bytes.queued);
    put(gap_entry(tier, first, gap));
  }
  StreamTotals totals = batch.totals;
  totals.bytes = bytes.queued + bytes.kept;
  return status ? store->set_totals(tier, totals) : status;
}

Status Spool::State::make_room(bool disk_full) {
  const auto used = store->bytes_used();
  if (!used) return tl::make_unexpected(used.error());
  metrics.bytes_used.set(static_cast<double>(*used));
  std::uint64_t wanted = 0;
  {
    const std::lock_guard lock(memory);
    used_bytes = *used;
    const std::uint64_t needed = *used + staged_bytes();
    if (needed > options.bytes_max) wanted = needed - options.bytes_max;
    // Room inside the store's file lets it go on where the disk around it is full.
    if (disk_full || (failure && failure->code == Errc::full))
      wanted = std::max(wanted, staged_bytes() + full_disk_step_bytes);
  }
  // What was evicted before, and could not be written, is not evicted twice.
  wanted -= std::min(wanted, freeing_bytes);
  // What is kept only as long as there is room; then bulk first, critical last.
  for (int look = 0; wanted > 0 && look < looks_max; ++look) {
    const auto freed = let_go_oldest(wanted);
    if (!freed) return tl::make_unexpected(freed.error());
    if (*freed == 0) break;
    freeing_bytes += *freed;
    wanted -= std::min(wanted, *freed);
  }
  for (auto it = telemetry::all_tiers.rbegin(); it != telemetry::all_tiers.rend(); ++it) {
    for (int look = 0; wanted > 0 && look < looks_max; ++look) {
      const auto freed =
          drop_oldest(*it, "spool_full",
                      [&](const EntryHead&, std::uint64_t so_far) { return so_far < wanted; });
      if (!freed) return tl::make_unexpected(freed.error());
      if (*freed == 0) break;
      freeing_bytes += *freed;
      wanted -= std::min(wanted, *freed);
    }
  }
  return {};
}

/// By age over all tiers, so that of what is kept everything behind some moment is there.
Result<std::uint64_t> Spool::State::let_go_oldest(std::uint64_t wanted) {
  std::array<std::vector<EntryHead>, telemetry::tier_count> heads;
  std::array<std::uint64_t, telemetry::tier_count> watermarks{};
  for (const Tier tier : telemetry::all_tiers) {
    const auto t = static_cast<std::size_t>(tier);
    std::uint64_t from = 0;
    {
      const std::lock_guard lock(memory);
      from = stream(tier).kept_from();
      watermarks[t] = stream(tier).watermark();
    }
    if (from > watermarks[t]) continue;
    auto found = store->heads(tier, from, look_entries_max);
    if (!found) return tl::make_unexpected(found.error());
    heads[t] = std::move(*found);
  }
  std::array<std::size_t, telemetry::tier_count> gone{};
  std::uint64_t bytes = 0;
  while (bytes < wanted) {
    std::optional<std::size_t> oldest;
    for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
      if (gone[t] == heads[t].size() || heads[t][gone[t]].seq > watermarks[t]) continue;
      if (!oldest || heads[t][gone[t]].time < heads[*oldest][gone[*oldest]].time) oldest = t;
    }
    if (!oldest) break;
    bytes += heads[*oldest][gone[*oldest]++].bytes + entry_overhead_bytes;
    // What comes behind this look may be older than the other tiers' next.
    if (gone[*oldest] == look_entries_max) break;
  }
  const std::lock_guard lock(memory);
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    if (gone[t] > 0) streams[t].let_go(heads[t][gone[t] - 1].seq);
  if (bytes > 0 && !changed_since) changed_since = clock.monotonic();
  return bytes;
}

Status Spool::State::expire(Tier tier) {
  const Time now = clock.now();
  const Time limit = now - options.keep[static_cast<std::size_t>(tier)];
  for (int look = 0; look < looks_max; ++look) {
    const auto freed = drop_oldest(tier, "expired", [&](const EntryHead& head, std::uint64_t) {
      return head.time < limit && head.time > clock_was_set;
    });
    if (!freed) return tl::make_unexpected(freed.error());
    if (*freed == 0) break;
  }
  return {};
}

Result<std::uint64_t> Spool::State::drop_oldest(
    Tier tier, const char* reason,
    const std::function<bool(const EntryHead&, std::uint64_t bytes_so_far)>& wanted) {
  std::uint64_t from = 0;
  {
    const std::lock_guard lock(memory);
    from = stream(tier).oldest();
  }
  const auto heads = store->heads(tier, from, look_entries_max);
  if (!heads) return tl::make_unexpected(heads.error());
  const std::lock_guard lock(memory);
  Stream& s = stream(tier);
  std::uint64_t bytes = 0;
  std::uint64_t last = 0;
  Gap gap;
  gap.reason = reason;
  for (const EntryHead& head : *heads) {
    // The run ends where a gap lies already: the next look begins behind it.
    if (s.is_dropped(head.seq) || !wanted(head, bytes)) break;
    if (bytes == 0) gap.first_time = head.time;
    bytes += head.bytes + entry_overhead_bytes;
    gap.samples += head.samples;
    gap.last_time = head.time;
    last = head.seq + head.span - 1;
  }
  if (bytes == 0) return 0;
  const std::uint64_t records = s.drop(from, last, gap);
  metrics.dropped(tier, reason, records);
  if (!changed_since) changed_since = clock.monotonic();
  return bytes;
}

void Spool::State::maintain() {
  const std::lock_guard lock(io);
  Status status;
  for (const Tier tier : telemetry::all_tiers)
    if (status) status = expire(tier);
  if (status) status = make_room(false);
  if (status)
    maintenance_fails = false;
  else
    static_cast<void>(unreadable(maintenance_fails, status.error()));
}

Status Spool::State::unreadable(std::atomic<bool>& known, const Error& error) {
  note_trouble(known, "cannot be read", error);
  if (error.code == Errc::corrupt)
    if (auto recovered = recover(error, next_epoch()); !recovered) return recovered;
  return tl::make_unexpected(error);
}

Status Spool::State::recover(const Error& cause, std::uint64_t next) {
  if (auto recreated = store->recreate(); !recreated) {
    note_trouble(recovery_fails, "cannot be begun anew", recreated.error());
    return recreated;
  }
  recovery_fails = false;
  metrics.resets.add();
  epoch_unsaved = true;
  std::uint64_t lost = 0;
  std::string event = reset_event(epoch, cause.message);
  {
    const std::lock_guard lock(memory);
    for (const Tier tier : telemetry::all_tiers) {
      lost += stream(tier).stored();
      stream(tier).restart(tier == Tier::critical ? std::move(event) : std::string(), clock.now());
    }
    epoch = next;
    retention.reset();
    retention_unsaved = false;
    changed_since = clock.monotonic();
  }
  log.error(
      "the spool was damaged ({}): it is set aside and begun anew as epoch {:016x}; {} records "
      "that waited in it are lost",
      cause.message, next, lost);
  return {};
}

std::string Spool::State::reset_event(std::uint64_t old_epoch, const std::string& cause) const {
  telemetry::Event event;
  event.kind = "spool_reset";
  event.time = clock.now();
  event.severity = telemetry::Severity::alarm;
  event.text = "the spool was damaged and begun anew: " + cause;
  event.data_json = old_epoch == 0 ? "{}" : fmt::format(R"({{"old_epoch":"{:016x}"}})", old_epoch);
  return telemetry::encode(event);
}

void Spool::State::note_commit_failure(const Error& error) {
  metrics.errors.add();
  bool first = false;
  {
    const std::lock_guard lock(memory);
    first = !failing_since;
    failing_since = clock.monotonic();
    retry_at = *failing_since + retry_after;
    failure = error;
  }
  if (first)
    log.error("the spool cannot be written, and what finds no room is counted as dropped: {}",
              error.message);
}

void Spool::State::note_trouble(std::atomic<bool>& known, const char* what, const Error& error) {
  metrics.errors.add();
  if (!known.exchange(true)) log.error("the spool {}: {}", what, error.message);
}

void Spool::State::wake_reader() {
  std::function<void()> call;
  {
    const std::lock_guard lock(memory);
    call = wake;
  }
  if (call) call();
}

}  // namespace wayside::spool
