#pragma once

#include <array>
#include <cstdint>
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
  std::uint64_t bytes = 0;  ///< of the record
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
};

/// Running totals of a stream, stored with every change in the same transaction.
struct StreamTotals {
  std::uint64_t produced = 0;
  std::uint64_t watermark = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t bytes = 0;  ///< of the records held
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
  [[nodiscard]] virtual Status set_retention(const Retention& retention) = 0;
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

  /// What the store takes of its medium, without the free room inside it that it will use again.
  [[nodiscard]] virtual Result<std::uint64_t> bytes_used() = 0;
  /// Sets damaged contents aside, where somebody can look at them, and starts empty.
  [[nodiscard]] virtual Status recreate() = 0;
};

}  // namespace wayside::spool
