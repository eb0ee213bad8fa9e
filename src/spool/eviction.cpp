// Room for what is new: what is kept only while there is room goes first, then blocks between those
// that are worth keeping, then the oldest, bulk before diagnostic before critical.
#include <algorithm>

#include "base/assert.hpp"
#include "spool/spool_state.hpp"

namespace wayside::spool {

using telemetry::Gap;
using telemetry::Tier;

namespace {

constexpr std::size_t look_entries_max = 256;
constexpr int looks_max = 4096;                 ///< a round of eviction; the next round goes on
constexpr int thin_looks_max = 256;             ///< likewise
constexpr std::uint64_t thin_step_max = 1'000;  ///< where a first step is not larger itself
constexpr std::uint64_t reserve_share = 32;     ///< of the limit, where nothing else is said
constexpr std::uint64_t entry_overhead_bytes = 64;
constexpr std::uint64_t gap_bytes = 128;  ///< that a gap takes in the place of what it tells of
constexpr std::uint64_t full_disk_step_bytes = 1u << 20;
constexpr std::uint64_t full_disk_share = 16;  ///< of the room, that is made at once at most
constexpr std::size_t ordinals_max = 65'536;   ///< signals of all tiers whose blocks are counted
// A clock that was not set yet (1970, say) must not make everything look old once it is.
constexpr Time clock_was_set{1'577'836'800'000'000'000};  // 2020-01-01

}  // namespace

std::uint64_t Spool::State::next_ordinal(Tier tier, const telemetry::Record& record) {
  if (options.thin[static_cast<std::size_t>(tier)] == 0) return 0;
  std::string key(to_string(tier));
  if (const auto* block = std::get_if<telemetry::SampleBlock>(&record))
    key += "/" + block->asset + "/" + block->signal;
  else if (const auto* features = std::get_if<telemetry::FeatureBlock>(&record))
    key += "/" + features->asset;
  else
    return 0;
  if (ordinals.size() >= ordinals_max && !ordinals.contains(key)) return 0;
  return ++ordinals[key];
}

Spool::State::Shortage Spool::State::shortage(Scope scope, const Room& now, bool disk_full) const {
  std::array<std::uint64_t, telemetry::tier_count> staged{};
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    if (scope == Scope::all || t == static_cast<std::size_t>(Tier::critical))
      for (const StoredEntry& entry : streams[t].staged())
        staged[t] += store->footprint(entry.record.size());
  const Stream& critical = streams[static_cast<std::size_t>(Tier::critical)];
  const std::uint64_t urgent = staged[static_cast<std::size_t>(Tier::critical)];
  std::uint64_t coming = staged[0] + staged[1] + staged[2];
  if (scope == Scope::all && retention_unsaved && retention)
    coming += store->footprint(retention->note.size());
  const auto over = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
  Shortage out;
  // Critical records go for the sake of others of their kind alone.
  out.all = over(now.used + urgent, now.max);
  out.others = over(now.used + coming, now.max);
  // Room inside the store's file lets it go on where the disk around it is full.
  if (disk_full || (failure && failure->code == Errc::full)) {
    const std::uint64_t step = std::min(full_disk_step_bytes, now.max / full_disk_share);
    out.others = std::max(out.others, coming + step);
  }
  if (scope == Scope::all) {
    const std::uint64_t reserve =
        std::min(options.reserve_bytes.value_or(options.bytes_max / reserve_share), now.max / 2);
    const std::uint64_t held = critical.stored_bytes() + critical.kept_bytes();
    out.others =
        std::max(out.others, over(over(now.used, held) + coming - urgent, now.max - reserve));
  }
  // What was evicted before, and could not be written, is not evicted twice.
  return {over(out.others, freeing_bytes), over(out.all, freeing_bytes)};
}

Status Spool::State::make_room(Scope& scope, bool disk_full) {
  const auto now = store->room();
  if (!now) return tl::make_unexpected(now.error());
  metrics.bytes_used.set(static_cast<double>(now->used));
  metrics.bytes_max.set(static_cast<double>(now->max));
  Shortage wanted;
  {
    const std::lock_guard lock(memory);
    room = *now;
    wanted = shortage(scope, *now, disk_full);
    if (wanted.others > 0 && scope == Scope::critical) {
      scope = Scope::all;
      wanted = shortage(scope, *now, disk_full);
    }
  }
  if (scope == Scope::all)
    for (const Tier tier : telemetry::all_tiers)
      if (auto bounded = bound_gaps(tier); !bounded) return bounded;
  const auto made = [&](std::uint64_t bytes) {
    freeing_bytes += bytes;
    wanted.others -= std::min(wanted.others, bytes);
    wanted.all -= std::min(wanted.all, bytes);
  };
  for (int look = 0; wanted.others > 0 && look < looks_max; ++look) {
    const auto freed = let_go_oldest(wanted.others);
    if (!freed) return tl::make_unexpected(freed.error());
    if (*freed == 0) break;
    made(*freed);
  }
  for (const Tier tier : {Tier::bulk, Tier::diagnostic, Tier::critical})
    for (const auto make : {&State::thin, &State::evict}) {
      const std::uint64_t bytes = tier == Tier::critical ? wanted.all : wanted.others;
      if (bytes == 0) continue;
      const auto freed = (this->*make)(tier, bytes);
      if (!freed) return tl::make_unexpected(freed.error());
      made(*freed);
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

Result<std::uint64_t> Spool::State::evict(Tier tier, std::uint64_t wanted) {
  std::uint64_t from = 0;
  {
    const std::lock_guard lock(memory);
    from = stream(tier).oldest();
  }
  std::uint64_t freed = 0;
  for (int look = 0; freed < wanted && look < looks_max; ++look) {
    const auto done =
        drop_some(tier, from, "spool_full", [&](const EntryHead&, std::uint64_t before) {
          return freed + before < wanted ? Choice::drop : Choice::stop;
        });
    if (!done) return tl::make_unexpected(done.error());
    freed += done->bytes;
    from = done->next;
    if (done->end) break;
  }
  return freed;
}

/// From the oldest to the newest; once that is done, and room is short again, with a step so many
/// times larger. Where that would keep next to nothing, what came since is thinned by the first
/// step again, and the oldest goes.
Result<std::uint64_t> Spool::State::thin(Tier tier, std::uint64_t wanted) {
  const std::uint64_t first_step = options.thin[static_cast<std::size_t>(tier)];
  if (first_step < 2) return 0;
  // The holes that this leaves between pages' entries are the store's to write as well.
  wanted = std::min(wanted, staged_max / 2);
  Thinned& at = thinned[static_cast<std::size_t>(tier)];
  std::uint64_t oldest = 0;
  {
    const std::lock_guard lock(memory);
    oldest = stream(tier).oldest();
  }
  if (at.step == 0 || at.next < oldest) at = {first_step, oldest};
  std::uint64_t freed = 0;
  for (int look = 0; freed < wanted && look < thin_looks_max; ++look) {
    const auto done =
        drop_some(tier, at.next, "thinned", [&](const EntryHead& head, std::uint64_t before) {
          if (freed + before >= wanted) return Choice::stop;
          return head.ordinal % at.step != 0 ? Choice::drop : Choice::pass;
        });
    if (!done) return tl::make_unexpected(done.error());
    freed += done->bytes;
    at.next = done->next;
    if (!done->end || freed >= wanted) continue;
    const bool last = at.step * first_step > std::max(thin_step_max, first_step);
    at = {last ? first_step : at.step * first_step, last ? at.next : oldest};
    if (last) break;
  }
  return freed;
}

Status Spool::State::expire(Tier tier) {
  const Time limit = trusted.now() - options.keep[static_cast<std::size_t>(tier)];
  std::uint64_t from = 0;
  {
    const std::lock_guard lock(memory);
    from = stream(tier).oldest();
  }
  const auto expired = [&](const EntryHead& head) {
    return head.time < limit && head.time > clock_was_set;
  };
  // Nearly always the oldest is young enough: that costs one head, not a look's worth of them.
  const auto oldest = store->heads(tier, from, 1);
  if (!oldest) return tl::make_unexpected(oldest.error());
  if (oldest->empty() || (!oldest->front().is_gap && !expired(oldest->front()))) return {};
  for (int look = 0; look < looks_max; ++look) {
    const auto done = drop_some(tier, from, "expired", [&](const EntryHead& head, std::uint64_t) {
      return expired(head) ? Choice::drop : Choice::stop;
    });
    if (!done) return tl::make_unexpected(done.error());
    from = done->next;
    if (done->end) break;
  }
  return {};
}

Result<Spool::State::Look> Spool::State::drop_some(
    Tier tier, std::uint64_t from, const char* reason,
    const std::function<Choice(const EntryHead&, std::uint64_t bytes_before)>& choose) {
  const auto heads = store->heads(tier, from, look_entries_max);
  if (!heads) return tl::make_unexpected(heads.error());
  Look look{0, from, heads->size() < look_entries_max};
  const std::lock_guard lock(memory);
  Stream& s = stream(tier);
  Gap run;
  std::uint64_t first = 0;
  const auto end_run = [&] {
    if (run.reason.empty()) return;
    const std::uint64_t records = s.drop(first, look.next - 1, std::exchange(run, {}));
    metrics.dropped(tier, reason, records);
    if (!changed_since) changed_since = clock.monotonic();
  };
  for (const EntryHead& head : *heads) {
    const bool gone = head.seq <= s.watermark() || s.is_dropped(head.seq);
    const Choice choice = gone ? Choice::pass : choose(head, look.bytes);
    if (choice == Choice::stop) look.end = true;
    // A gap amid records takes room of its own.
    if (choice == Choice::pass && !run.reason.empty())
      look.bytes -= std::min(look.bytes, gap_bytes);
    if (choice != Choice::drop) end_run();
    if (choice == Choice::stop) break;
    if (choice == Choice::drop) {
      if (run.reason.empty()) {
        first = head.seq;
        run = {0, 0, reason, head.time, head.time};
      }
      run.samples += head.samples;
      run.last_time = head.time;
      look.bytes += head.bytes + entry_overhead_bytes;
    }
    look.next = head.seq + head.span;
  }
  end_run();
  return look;
}

Status Spool::State::bound_gaps(Tier tier) {
  std::vector<GapIndex::Range> ranges;
  {
    const std::lock_guard lock(memory);
    ranges = stream(tier).gaps().between(stream(tier).durable());
  }
  for (const auto& range : ranges) {
    const auto count = std::min<std::uint64_t>(range.last - range.first + 1, look_entries_max);
    const auto heads = store->heads(tier, range.first, count);
    if (!heads) return tl::make_unexpected(heads.error());
    Gap gap{0, 0, GapIndex::several, clock.now(), {}};
    for (const EntryHead& head : *heads)
      if (head.seq <= range.last) {
        gap.samples += head.samples;
        gap.first_time = std::min(gap.first_time, head.time);
        gap.last_time = std::max(gap.last_time, head.time);
      }
    const std::lock_guard lock(memory);
    metrics.dropped(tier, GapIndex::several, stream(tier).drop(range.first, range.last, gap));
  }
  return {};
}

}  // namespace wayside::spool
