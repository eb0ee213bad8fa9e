// Reading back: every entry is checked, and every number must be accounted for.
#include <algorithm>

#include "spool/spool_state.hpp"

namespace wayside::spool {

using telemetry::Gap;
using telemetry::Tier;

namespace {

constexpr int repairs_max = 64;  ///< a read; the next read goes on
constexpr std::size_t look_bytes_max = 1u << 20;

struct Scan {
  std::vector<Spool::Entry> entries;
  /// The first number that no good entry covers although one should.
  std::optional<std::uint64_t> broken;
};

/// An entry as it goes to the reader; nullopt where it does not pass its check.
std::optional<Spool::Entry> opened(StoredEntry&& stored, std::uint64_t from) {
  if (stored.crc != checksum(stored)) return std::nullopt;
  if (stored.seq >= from) return Spool::Entry{stored.seq, stored.span, std::move(stored.record)};
  // Only a gap takes several numbers, and only its rest is wanted.
  const auto record = telemetry::decode(stored.record);
  const Gap* gap = record ? std::get_if<Gap>(&*record) : nullptr;
  if (gap == nullptr || gap->records != stored.span) return std::nullopt;
  const std::uint64_t gone = from - stored.seq;
  return Spool::Entry{from, stored.span - gone, telemetry::encode(cut_front(*gap, gone))};
}

Scan scan(std::vector<StoredEntry>&& stored, std::uint64_t from, std::uint64_t durable) {
  Scan out;
  std::uint64_t expected = from;
  for (StoredEntry& entry : stored) {
    // Entries before `from` are given because a gap may reach over it.
    if (entry.seq < expected && entry.span <= expected - entry.seq) continue;
    // What a commit that is just ending wrote is not accounted for yet.
    if (entry.seq > expected || entry.seq > durable) break;
    auto good = opened(std::move(entry), expected);
    if (!good) break;
    expected = good->seq + good->span;
    out.entries.push_back(std::move(*good));
  }
  // All that was given is good: more may follow where this was cut short.
  const bool all_good = !stored.empty() && expected > stored.back().seq;
  if (expected <= durable && (!all_good || out.entries.empty())) out.broken = expected;
  return out;
}

}  // namespace

std::vector<Spool::Entry> Spool::read(Tier tier, std::uint64_t from, std::size_t bytes_max,
                                      std::uint64_t epoch) const {
  State& s = *state_;
  for (int attempt = 0; attempt < repairs_max; ++attempt) {
    std::uint64_t durable = 0;
    std::uint64_t before = 0;
    {
      const std::lock_guard lock(s.memory);
      before = s.epoch;
      if (epoch != 0 && epoch != before) return {};
      from = std::max(from, s.stream(tier).watermark() + 1);
      durable = s.stream(tier).durable();
    }
    if (from > durable) return {};
    auto stored = s.store->read(tier, from, bytes_max);
    if (!stored) {
      if (stored.error().code == Errc::corrupt)
        s.recover_reading(tier, from, bytes_max);
      else
        s.note_trouble(s.reads_fail, "cannot be read", stored.error());
      return {};
    }
    s.reads_fail = false;
    // Begun anew meanwhile: these may be the numbers of either epoch.
    if (this->epoch() != before) continue;
    Scan found = scan(std::move(*stored), from, durable);
    if (!found.entries.empty() || !found.broken) return std::move(found.entries);
    if (auto repaired = s.repair(tier, *found.broken); !repaired) return {};
  }
  return {};
}

Result<Spool::KeptPart> Spool::read_kept(Tier tier, std::uint64_t from,
                                         std::size_t bytes_max) const {
  State& s = *state_;
  const std::uint64_t durable = this->durable(tier);
  KeptPart part;
  part.next = from;
  // Numbers may be missing here; reading begins at one that is there.
  const auto first = s.store->heads(tier, from, 1);
  if (!first) return tl::make_unexpected(first.error());
  if (first->empty() || first->front().seq > durable) return part;
  auto stored = s.store->read(tier, first->front().seq, bytes_max);
  if (!stored) return tl::make_unexpected(stored.error());
  for (StoredEntry& entry : *stored) {
    if (entry.seq > durable) break;
    part.next = entry.seq + entry.span;
    if (!entry.is_gap && entry.crc == checksum(entry))
      part.entries.push_back({entry.seq, entry.time, entry.samples, std::move(entry.record)});
  }
  return part;
}

void Spool::State::recover_reading(Tier tier, std::uint64_t from, std::size_t bytes_max) {
  const std::lock_guard lock(io);
  // A commit may have found the damage as well, and recovered. The same place is asked for: damage
  // elsewhere than where the reading failed says nothing.
  const auto again = store->read(tier, from, bytes_max);
  if (!again) static_cast<void>(unreadable(reads_fail, again.error()));
}

Status Spool::State::repair(Tier tier, std::uint64_t from) {
  const std::lock_guard lock(io);
  std::uint64_t durable = 0;
  {
    const std::lock_guard memory_lock(memory);
    from = std::max(from, stream(tier).watermark() + 1);
    durable = stream(tier).durable();
  }
  if (from > durable) return {};
  // Acknowledging and evicting may have changed the picture since; now nothing moves.
  auto stored = store->read(tier, from, look_bytes_max);
  if (!stored) return unreadable(reads_fail, stored.error());
  const Scan found = scan(std::move(*stored), from, durable);
  if (!found.broken || !found.entries.empty()) return {};
  auto next = store->heads(tier, from, 2);
  if (!next) return unreadable(reads_fail, next.error());
  std::uint64_t last = durable;
  for (const EntryHead& head : *next)
    if (head.seq > from && head.seq <= durable) {
      last = head.seq - 1;
      break;
    }
  const Time now = clock.now();
  {
    const std::lock_guard memory_lock(memory);
    const std::uint64_t records = stream(tier).drop(from, last, {0, 0, "corrupt", now, now});
    metrics.dropped(tier, "corrupt", records);
  }
  log.error("the spool's {} entries {} to {} cannot be read and are dropped", to_string(tier), from,
            last);
  return commit_locked();
}

}  // namespace wayside::spool
