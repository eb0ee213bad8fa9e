#include "spool/stream.hpp"

#include <algorithm>
#include <iterator>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace wayside::spool {

using telemetry::Gap;

std::uint32_t checksum(const StoredEntry& entry) {
  std::string fields;
  ByteWriter out(fields);
  out.u8(static_cast<std::uint8_t>(entry.tier));
  out.u64(entry.seq);
  out.u64(entry.span);
  out.u8(entry.is_gap ? 1 : 0);
  out.u64(static_cast<std::uint64_t>(entry.time.ns));
  out.u64(entry.samples);
  out.u64(entry.record.size());
  out.u32(crc32c(entry.record));
  return crc32c(fields);
}

StoredEntry gap_entry(telemetry::Tier tier, std::uint64_t first, const Gap& gap) {
  StoredEntry entry;
  entry.tier = tier;
  entry.seq = first;
  entry.span = gap.records;
  entry.is_gap = true;
  entry.time = gap.last_time;
  entry.samples = gap.samples;
  entry.record = telemetry::encode(gap);
  entry.crc = checksum(entry);
  return entry;
}

bool Stream::load(const StreamTotals& totals, const std::vector<StoredEntry>& gaps,
                  std::uint64_t kept_bytes) {
  for (const StoredEntry& entry : gaps) {
    const auto record = telemetry::decode(entry.record);
    const Gap* gap = record ? std::get_if<Gap>(&*record) : nullptr;
    if (entry.crc == checksum(entry) && gap != nullptr && gap->records == entry.span)
      gaps_.load(entry.seq, *gap);
    else
      // A hole in its place is found, and becomes a gap again, when it is its turn to be sent.
      erase_.push_back({entry.seq, entry.seq});
  }
  produced_ = durable_ = totals.produced;
  watermark_ = counted_ = std::min(totals.watermark, totals.produced);
  gaps_.trim(watermark_);
  kept_bytes_ = std::min(kept_bytes, totals.bytes);
  stored_bytes_ = totals.bytes - kept_bytes_;
  // The identity produced = delivered + dropped + queued, with queued counted afresh.
  delivered_ = std::min(totals.delivered, produced_ - queued());
  dropped_ = produced_ - queued() - delivered_;
  const bool sound = delivered_ == totals.delivered && dropped_ == totals.dropped;
  changed_ = !sound || !erase_.empty();
  return sound;
}

std::uint64_t Stream::append(std::string record, std::uint64_t samples, Time now,
                             std::uint64_t ordinal) {
  StoredEntry entry;
  entry.tier = tier_;
  entry.seq = ++produced_;
  entry.time = now;
  entry.samples = samples;
  entry.ordinal = ordinal;
  entry.record = std::move(record);
  staged_bytes_ += entry.record.size();
  staged_.push_back(std::move(entry));
  changed_ = true;
  return produced_;
}

void Stream::drop_new(const Gap& gap) {
  const std::uint64_t first = produced_ + 1;
  produced_ += gap.records;
  dropped_ += gaps_.cover(first, gap);
  changed_ = true;
}

std::uint64_t Stream::drop(std::uint64_t first, std::uint64_t last, Gap gap) {
  erase_.push_back({first, last});
  changed_ = true;
  first = std::max(first, watermark_ + 1);
  if (first > last) return 0;
  gap.records = last - first + 1;
  const std::uint64_t records = gaps_.cover(first, gap);
  dropped_ += records;
  return records;
}

bool Stream::drop_staged(std::uint64_t seq, const char* reason, Time now) {
  const auto it = std::find_if(staged_.begin(), staged_.end(),
                               [&](const StoredEntry& entry) { return entry.seq == seq; });
  if (it == staged_.end()) return false;
  dropped_ += gaps_.cover(seq, {1, it->samples, reason, it->time, now});
  staged_bytes_ -= it->record.size();
  staged_.erase(it);
  return true;
}

void Stream::acknowledge(std::uint64_t watermark) {
  if (watermark <= watermark_) return;
  WAYSIDE_ASSERT(watermark <= durable_, "only what is durable was sent");
  delivered_ += watermark - watermark_ - gaps_.covered_up_to(watermark);
  watermark_ = watermark;
  gaps_.trim(watermark);
  changed_ = true;
}

void Stream::keep(std::uint64_t from) {
  const std::uint64_t before = std::exchange(keep_from_, from).value_or(0);
  if (from != before) changed_ = true;
}

void Stream::let_go(std::uint64_t last) {
  let_go_ = std::max(let_go_, std::min(last, watermark_));
  changed_ = true;
}

std::uint64_t Stream::forget() const {
  const std::uint64_t unwanted =
      keep_from_ ? std::min(watermark_, std::max<std::uint64_t>(*keep_from_, 1) - 1) : watermark_;
  return std::max({unwanted, let_go_, forgotten_});
}

Stream::Batch Stream::take_batch() {
  Batch batch;
  if (!std::exchange(changed_, false)) return batch;
  batch.changed = true;
  batch.erase = std::exchange(erase_, {});
  batch.forgotten = forgotten_;
  batch.forget = forget();
  batch.counted = counted_;
  batch.kept_bytes = kept_bytes_;
  batch.entries = std::exchange(staged_, {});
  batch.gaps = gaps_.take_changes();
  batch.totals = {produced_, watermark_, delivered_, dropped_, stored_bytes_};
  for (StoredEntry& entry : batch.entries) entry.crc = checksum(entry);
  return batch;
}

void Stream::committed(const Batch& batch, const Bytes& stored) {
  durable_ = batch.totals.produced;
  forgotten_ = batch.forget;
  counted_ = batch.totals.watermark;
  stored_bytes_ = stored.queued;
  kept_bytes_ = stored.kept;
  for (const StoredEntry& entry : batch.entries) staged_bytes_ -= entry.record.size();
}

void Stream::give_back(Batch&& batch) {
  if (!batch.changed) return;
  changed_ = true;
  erase_.insert(erase_.end(), batch.erase.begin(), batch.erase.end());
  staged_.insert(staged_.begin(), std::make_move_iterator(batch.entries.begin()),
                 std::make_move_iterator(batch.entries.end()));
  gaps_.give_back(batch.gaps);
}

void Stream::restart(std::string first, Time now) {
  std::deque<StoredEntry> staged = std::exchange(staged_, {});
  *this = Stream(tier_);
  if (!first.empty()) append(std::move(first), 0, now);
  for (StoredEntry& entry : staged)
    append(std::move(entry.record), entry.samples, entry.time, entry.ordinal);
  changed_ = true;
}

}  // namespace wayside::spool
