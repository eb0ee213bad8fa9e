#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spool/gap_index.hpp"
#include "spool/spool_store.hpp"

namespace wayside::spool {

/// CRC-32C over an entry's fields and its record.
[[nodiscard]] std::uint32_t checksum(const StoredEntry& entry);
/// A gap as an entry with the number `first`.
[[nodiscard]] StoredEntry gap_entry(telemetry::Tier tier, std::uint64_t first,
                                    const telemetry::Gap& gap);

/// One tier's numbered stream as it is in memory: the account, and what the store does not know
/// yet. What is decided here (a record taken, dropped, acknowledged) holds at once; the store
/// catches up with the next commit that succeeds.
class Stream {
 public:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;
  };
  /// The records that the store holds.
  struct Bytes {
    std::uint64_t queued = 0;
    std::uint64_t kept = 0;  ///< of acknowledged ones
  };
  /// Changes on their way to the store, in the order: erase, put entries, put gaps, totals.
  struct Batch {
    std::vector<Range> erase;
    /// Acknowledged and not kept: (forgotten, forget] is erased too.
    std::uint64_t forgotten = 0;
    std::uint64_t forget = 0;
    std::uint64_t counted = 0;  ///< the watermark up to which `kept_bytes` counts
    std::uint64_t kept_bytes = 0;
    std::deque<StoredEntry> entries;
    GapIndex::Changes gaps;
    StreamTotals totals;  ///< `bytes` is the queued ones' before the batch
    bool changed = false;
  };

  explicit Stream(telemetry::Tier tier) : tier_(tier) {}
  /// Takes up what the store holds, of which `kept_bytes` are acknowledged; returns false where its
  /// totals do not agree with each other and were corrected.
  [[nodiscard]] bool load(const StreamTotals& totals, const std::vector<StoredEntry>& gaps,
                          std::uint64_t kept_bytes);

  /// Takes a record, and returns its number.
  std::uint64_t append(std::string record, std::uint64_t samples, Time now,
                       std::uint64_t ordinal = 0);
  /// Gives numbers to records that were dropped before they came here.
  void drop_new(const telemetry::Gap& gap);
  /// Drops [first, last], as far as the hub has not acknowledged it: a gap takes its place. Returns
  /// how many records were queued there.
  std::uint64_t drop(std::uint64_t first, std::uint64_t last, telemetry::Gap gap);
  /// Drops a record that was taken but is not in the store. False if it is (or is acknowledged).
  [[nodiscard]] bool drop_staged(std::uint64_t seq, const char* reason, Time now);
  /// `watermark` is not beyond durable().
  void acknowledge(std::uint64_t watermark);

  /// Acknowledged entries from number `from` on are kept from now on.
  void keep(std::uint64_t from);
  /// No longer keeps acknowledged entries up to `last`.
  void let_go(std::uint64_t last);

  [[nodiscard]] Batch take_batch();
  void committed(const Batch& batch, const Bytes& stored);
  void give_back(Batch&& batch);
  /// The store was damaged and is empty now: what is staged becomes the start of a new epoch,
  /// behind `first` where that is a record.
  void restart(std::string first, Time now);

  [[nodiscard]] std::uint64_t produced() const { return produced_; }
  [[nodiscard]] std::uint64_t watermark() const { return watermark_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t queued() const { return produced_ - watermark_ - gaps_.covered(); }
  /// Of the queued records those that are in the store.
  [[nodiscard]] std::uint64_t stored() const { return queued() - staged_.size(); }
  [[nodiscard]] std::uint64_t durable() const { return durable_; }
  [[nodiscard]] std::uint64_t staged_bytes() const { return staged_bytes_; }
  [[nodiscard]] const std::deque<StoredEntry>& staged() const { return staged_; }
  /// Of records in the store that are not acknowledged.
  [[nodiscard]] std::uint64_t stored_bytes() const { return stored_bytes_; }
  [[nodiscard]] std::uint64_t queued_bytes() const { return stored_bytes_ + staged_bytes_; }
  /// Of acknowledged entries, in the store.
  [[nodiscard]] std::uint64_t kept_bytes() const { return kept_bytes_; }
  /// The first number that may be kept; acknowledged ones before it are forgotten.
  [[nodiscard]] std::uint64_t kept_from() const { return forget() + 1; }
  [[nodiscard]] bool changed() const { return changed_; }
  /// The oldest number that is still queued or will be; what lies before is acknowledged or
  /// dropped.
  [[nodiscard]] std::uint64_t oldest() const { return gaps_.skip(watermark_ + 1); }
  [[nodiscard]] bool is_dropped(std::uint64_t seq) const { return gaps_.skip(seq) != seq; }
  [[nodiscard]] const GapIndex& gaps() const { return gaps_; }

 private:
  /// Up to here acknowledged entries are not wanted any more.
  [[nodiscard]] std::uint64_t forget() const;

  telemetry::Tier tier_;
  std::uint64_t produced_ = 0;
  std::uint64_t watermark_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t durable_ = 0;       ///< highest number that the store has on stable storage
  std::uint64_t stored_bytes_ = 0;  ///< queued
  std::uint64_t kept_bytes_ = 0;
  std::uint64_t staged_bytes_ = 0;
  std::optional<std::uint64_t> keep_from_;  ///< nothing acknowledged is kept without
  std::uint64_t let_go_ = 0;                ///< up to here it is not kept all the same
  std::uint64_t forgotten_ = 0;             ///< up to here the store was told to forget
  std::uint64_t counted_ = 0;               ///< the watermark when kept_bytes_ was counted
  GapIndex gaps_;
  std::deque<StoredEntry> staged_;
  std::vector<Range> erase_;
  bool changed_ = false;
};

}  // namespace wayside::spool
