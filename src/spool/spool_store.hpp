#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/tier.hpp"

namespace wayside::spool {

/// What is known of a stored entry without its record.
struct EntryHead {
  std::uint64_t seq = 0;
  std::uint64_t span = 1;  ///< numbers it takes: a gap stands for several
  bool is_gap = false;
  Time time;  ///< wall time of appending, for `keep`
  std::uint64_t samples = 0;
  std::uint64_t ordinal = 0;  ///< as of StoredEntry
  std::uint64_t bytes = 0;    ///< of the record
};

/// One stored entry of a stream.
struct StoredEntry {
  telemetry::Tier tier = telemetry::Tier::bulk;
  std::uint64_t seq = 0;
  std::uint64_t span = 1;
  bool is_gap = false;
  Time time;
  std::uint64_t samples = 0;
  std::string record;
  std::uint32_t crc = 0;  ///< over all of the above; the spool's business, the store only keeps it
  /// Counts the blocks of a signal where its tier is thinned when room is short, which keeps those
  /// that a step divides. 0: kept until it is evicted.
  std::uint64_t ordinal = 0;
};

/// Running totals of a stream, stored with every change in the same transaction.
struct StreamTotals {
  std::uint64_t produced = 0;
  std::uint64_t watermark = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t bytes = 0;  ///< of the records held
};

/// A spool of so many bytes lets so many bytes of records, or one that is larger, wait for one
/// transaction, and has its store drop at most as much in it from amid what stays.
[[nodiscard]] constexpr std::uint64_t staged_bytes_max(std::uint64_t limit) {
  return std::clamp<std::uint64_t>(limit / 16, 64u << 10, 2u << 20);
}

/// Room for records in a store, as it counts it.
struct Room {
  std::uint64_t used = 0;
  std::uint64_t max = 0;
  /// Bytes of records that one transaction can take, where that is less than the limit lets it.
  std::uint64_t at_once = std::numeric_limits<std::uint64_t>::max();
};

/// What of the acknowledged is kept for whoever fills the spool: entries from these numbers on.
struct Retention {
  std::array<std::uint64_t, telemetry::tier_count> from{};  ///< by tier
  std::string note;  ///< theirs, at most Spool::note_bytes_max; stored with the numbers
};

/// Where a spool keeps its entries. Changes are collected in one transaction, which the first of
/// them begins, and become durable, all or none, at `commit`. One caller at a time, except that the
/// reading methods (`read`, `heads`) may be called beside everything else; they see what is
/// committed, and where something in the middle cannot be read they give what lies before it, and
/// an error only if that is nothing. Errors: `full`, `io`; `corrupt` where only `recreate` helps.
class SpoolStore {
 public:
  virtual ~SpoolStore() = default;
  /// Its contents were damaged when it was opened, and are set aside.
  [[nodiscard]] virtual bool recreated() const = 0;
  /// 0 if the store is new.
  [[nodiscard]] virtual Result<std::uint64_t> epoch() = 0;
  [[nodiscard]] virtual Status set_epoch(std::uint64_t epoch) = 0;
  [[nodiscard]] virtual Result<StreamTotals> totals(telemetry::Tier tier) = 0;
  [[nodiscard]] virtual Status set_totals(telemetry::Tier tier, const StreamTotals& totals) = 0;
  [[nodiscard]] virtual Result<std::optional<Retention>> retention() = 0;
  /// nullopt: nothing is wanted any more.
  [[nodiscard]] virtual Status set_retention(const std::optional<Retention>& retention) = 0;
  /// All gap entries of a stream.
  [[nodiscard]] virtual Result<std::vector<StoredEntry>> gaps(telemetry::Tier tier) = 0;

  /// Takes the place of an entry with the same number.
  [[nodiscard]] virtual Status put(const StoredEntry& entry) = 0;
  /// Removes the entries with first <= seq <= last, and returns how many bytes their records had.
  [[nodiscard]] virtual Result<std::uint64_t> erase(telemetry::Tier tier, std::uint64_t first,
                                                    std::uint64_t last) = 0;
  /// The bytes of the records of the entries with first <= seq <= last.
  [[nodiscard]] virtual Result<std::uint64_t> held(telemetry::Tier tier, std::uint64_t first,
                                                   std::uint64_t last) = 0;
  /// On stable storage when it returns.
  [[nodiscard]] virtual Status commit() = 0;
  virtual void rollback() = 0;

  /// Entries in order, from the last one with seq <= from on (or the first), until `bytes_max` of
  /// their records are read (at least one entry).
  [[nodiscard]] virtual Result<std::vector<StoredEntry>> read(telemetry::Tier tier,
                                                              std::uint64_t from,
                                                              std::size_t bytes_max) = 0;
  /// Entries with seq >= from, without their records.
  [[nodiscard]] virtual Result<std::vector<EntryHead>> heads(telemetry::Tier tier,
                                                             std::uint64_t from,
                                                             std::size_t entries_max) = 0;

  /// From now on takes at most so many bytes of its medium: all its files together, at every
  /// moment, in the midst of a commit too. What does not fit fails as `full`.
  [[nodiscard]] virtual Status limit(std::uint64_t bytes) = 0;
  /// What is used, without the free room that it will use again; of what the limit and the medium
  /// let it use.
  [[nodiscard]] virtual Result<Room> room() = 0;
  /// What an entry with a record of so many bytes adds to `room().used` at most.
  [[nodiscard]] virtual std::uint64_t footprint(std::uint64_t record_bytes) const = 0;
  /// What the files take of the medium.
  [[nodiscard]] virtual std::uint64_t bytes_taken() = 0;
  /// Work that can wait, for when nobody does: nothing is lost where it is never called or fails.
  virtual void tidy() = 0;
  /// Sets damaged contents aside, where somebody can look at them, and starts empty.
  [[nodiscard]] virtual Status recreate() = 0;
};

}  // namespace wayside::spool
