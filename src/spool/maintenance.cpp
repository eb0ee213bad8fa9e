// What the spool writes to its store: the start, commits, and beginning anew.
#include <fmt/format.h>
#include <algorithm>

#include "spool/spool_state.hpp"

namespace wayside::spool {

using telemetry::Gap;
using telemetry::Tier;

namespace {

constexpr Duration retry_after = seconds(1);
constexpr int full_disk_tries = 2;  ///< to write with more room made inside the store

constexpr std::string_view damaged = "the spool was damaged and begun anew: ";

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
    stream(Tier::critical)
        .append(reset_event(0, fmt::format("{}its file was damaged", damaged)), 0, clock.now());
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

Status Spool::State::commit_locked(Scope scope) {
  Status status = commit_once(scope, false);
  if (!status && status.error().code == Errc::corrupt) {
    note_commit_failure(status.error());
    if (auto recovered = recover(status.error(), next_epoch()); !recovered) return recovered;
    scope = Scope::all;
    status = commit_once(scope, false);
  }
  // What is new is worth more than the oldest bulk.
  for (int i = 0; i < full_disk_tries && !status && status.error().code == Errc::full; ++i)
    status = commit_once(scope, true);
  if (!status) note_commit_failure(status.error());
  return status;
}

Status Spool::State::commit_once(Scope scope, bool disk_full) {
  const Duration began = clock.monotonic();
  Status status = make_room(scope, disk_full);
  std::array<Stream::Batch, telemetry::tier_count> batches;
  std::array<Stream::Bytes, telemetry::tier_count> stored_bytes{};
  std::optional<std::optional<Retention>> retained;
  {
    const std::lock_guard lock(memory);
    for (const Tier tier : telemetry::all_tiers)
      if (scope == Scope::all || tier == Tier::critical) {
        batches[static_cast<std::size_t>(tier)] = stream(tier).take_batch();
        staged_since[static_cast<std::size_t>(tier)].reset();
      }
    if (scope == Scope::all) {
      if (std::exchange(retention_unsaved, false)) retained = retention;
      changed_since.reset();
    }
  }
  if (status) status = write(batches, retained, stored_bytes);
  {
    const std::lock_guard lock(memory);
    if (!status && retained) retention_unsaved = true;
    settle(status, began, batches, stored_bytes);
  }
  if (!status) return status;
  if (scope == Scope::all) freeing_bytes = 0;
  epoch_unsaved = false;
  metrics.commit_seconds.observe((clock.monotonic() - began).seconds());
  wake_reader();
  return {};
}

void Spool::State::settle(const Status& status, Duration began,
                          std::array<Stream::Batch, telemetry::tier_count>& batches,
                          const std::array<Stream::Bytes, telemetry::tier_count>& stored_bytes) {
  const bool wrote = std::any_of(batches.begin(), batches.end(),
                                 [](const Stream::Batch& batch) { return batch.changed; });
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    if (status && batches[t].changed) streams[t].committed(batches[t], stored_bytes[t]);
    if (!status) streams[t].give_back(std::move(batches[t]));
    metrics.tiers[t].queued->set(static_cast<double>(streams[t].queued()));
    metrics.tiers[t].queued_bytes->set(static_cast<double>(streams[t].queued_bytes()));
    metrics.tiers[t].kept_bytes->set(static_cast<double>(streams[t].kept_bytes()));
  }
  written_since_maintained = written_since_maintained || wrote;
  if (status && wrote) {
    if (failing_since) log.info("the spool can be written again");
    failing_since.reset();
    retry_at.reset();
    failure.reset();
  } else if (!status && !changed_since) {
    changed_since = began;
    for (std::size_t t = 0; t < telemetry::tier_count; ++t)
      if (streams[t].staged_bytes() > 0 && !staged_since[t]) staged_since[t] = began;
  }
}

Status Spool::State::write(const std::array<Stream::Batch, telemetry::tier_count>& batches,
                           const std::optional<std::optional<Retention>>& retained,
                           std::array<Stream::Bytes, telemetry::tier_count>& stored_bytes) {
  // With every try until one succeeds: a transaction that fails takes it back.
  Status status = epoch_unsaved ? store->set_epoch(epoch) : Status{};
  bool any = epoch_unsaved || retained;
  // What goes leaves its room to what comes.
  for (const Tier tier : telemetry::all_tiers) {
    const auto t = static_cast<std::size_t>(tier);
    if (status && batches[t].changed) status = erase_from(tier, batches[t], stored_bytes[t]);
    any = any || batches[t].changed;
  }
  if (status && retained) status = store->set_retention(*retained);
  for (const Tier tier : telemetry::all_tiers) {
    const auto t = static_cast<std::size_t>(tier);
    if (status && batches[t].changed) status = write_to(tier, batches[t], stored_bytes[t]);
  }
  if (status && any) status = store->commit();
  if (!status) store->rollback();
  return status;
}

Status Spool::State::erase_from(Tier tier, const Stream::Batch& batch, Stream::Bytes& bytes) {
  bytes = {batch.totals.bytes, batch.kept_bytes};
  Status status;
  const auto erase = [&](std::uint64_t first, std::uint64_t last, std::uint64_t& account) {
    if (!status || first > last) return;
    const auto erased = store->erase(tier, first, last);
    if (!erased) status = tl::make_unexpected(erased.error());
    if (erased) account -= std::min(account, *erased);
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
  for (const auto& [first, gap] : batch.gaps.present) erase(first, first, bytes.queued);
  return status;
}

Status Spool::State::write_to(Tier tier, const Stream::Batch& batch, Stream::Bytes& bytes) {
  Status status;
  const auto put = [&](const StoredEntry& entry) {
    if (status) status = store->put(entry);
    bytes.queued += entry.record.size();
  };
  for (const auto& entry : batch.entries) put(entry);
  for (const auto& [first, gap] : batch.gaps.present) put(gap_entry(tier, first, gap));
  StreamTotals totals = batch.totals;
  totals.bytes = bytes.queued + bytes.kept;
  return status ? store->set_totals(tier, totals) : status;
}

void Spool::State::maintain() {
  const std::lock_guard lock(io);
  Status status;
  for (const Tier tier : telemetry::all_tiers)
    if (status) status = expire(tier);
  Scope scope = Scope::all;
  if (status) status = make_room(scope, false);
  if (status)
    maintenance_fails = false;
  else
    static_cast<void>(unreadable(maintenance_fails, status.error()));
  store->tidy();
  metrics.file_bytes.set(static_cast<double>(store->bytes_taken()));
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
  std::string event = reset_event(epoch, fmt::format("{}{}", damaged, cause.message));
  {
    const std::lock_guard lock(memory);
    for (const Tier tier : telemetry::all_tiers) {
      lost += stream(tier).stored();
      stream(tier).restart(tier == Tier::critical ? std::move(event) : std::string(), clock.now());
    }
    epoch = next;
    thinned = {};
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

void Spool::State::leave_epoch(std::uint64_t left, const std::string& cause) {
  if (epoch != left) return;
  std::string event = reset_event(
      epoch, cause + ": it goes on in a new epoch, and what waited in it may be stored twice");
  {
    const std::lock_guard lock(memory);
    epoch = next_epoch();
    stream(Tier::critical).append(std::move(event), 0, clock.now());
  }
  epoch_unsaved = true;
  log.error(
      "{}: it goes on as epoch {:016x}, and everything that waits in it is sent; what it held "
      "when it was newer and the hub has not, is lost",
      cause, epoch);
  static_cast<void>(commit_locked());
}

std::string Spool::State::reset_event(std::uint64_t old_epoch, std::string text) const {
  telemetry::Event event;
  event.kind = "spool_reset";
  event.time = clock.now();
  event.severity = telemetry::Severity::alarm;
  event.text = std::move(text);
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
