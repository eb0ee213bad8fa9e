#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include "spool/record_limit.hpp"
#include "spool/spool.hpp"
#include "spool/spool_metrics.hpp"
#include "spool/stream.hpp"
#include "spool/trusted_time.hpp"

namespace wayside::spool {

/// Two locks. `memory` guards the account and what is staged, and is never held while the store
/// works. `io` is held by whoever writes to the store, through its fsync, and is taken first. So
/// appending to diagnostic and bulk, acknowledging and the ledger never wait for a disk; appending
/// to critical does, which is its promise, and so does an append that finds the staging area full.
struct Spool::State {
  static constexpr Duration never = days(36'500);  ///< of the monotonic clock

  State(std::unique_ptr<SpoolStore> spool_store, SpoolOptions spool_options,
        const Clock& spool_clock, Metrics& spool_metrics, Log spool_log)
      : store(std::move(spool_store)),
        options(spool_options),
        staged_max(staged_bytes_max(spool_options.bytes_max)),
        record_max(record_bytes_max(spool_options.bytes_max)),
        clock(spool_clock),
        trusted(spool_clock),
        metrics(spool_metrics),
        log(std::move(spool_log)) {}

  [[nodiscard]] Status load(std::uint64_t new_epoch);
  [[nodiscard]] Stream& stream(telemetry::Tier tier) {
    return streams[static_cast<std::size_t>(tier)];
  }
  [[nodiscard]] std::uint64_t staged_bytes() const;
  [[nodiscard]] std::uint64_t kept_bytes() const;
  [[nodiscard]] Duration commit_due() const;

  // Taking io:
  [[nodiscard]] Status commit();
  /// Replaces what cannot be read from number `from` on by a gap.
  [[nodiscard]] Status repair(telemetry::Tier tier, std::uint64_t from);
  void maintain();
  /// `read` failed with damage.
  void recover_reading(telemetry::Tier tier, std::uint64_t from, std::size_t bytes_max);

  // With io held:
  /// A critical record that somebody waits for goes alone: what it waits for is its own bytes.
  enum class Scope { critical, all };
  [[nodiscard]] Status commit_locked(Scope scope = Scope::all);
  [[nodiscard]] Status commit_once(Scope scope, bool disk_full);
  /// Holding memory as well: takes what did not get to the store back, or notes that it did.
  void settle(const Status& status, Duration began,
              std::array<Stream::Batch, telemetry::tier_count>& batches,
              const std::array<Stream::Bytes, telemetry::tier_count>& stored_bytes);
  [[nodiscard]] Status write(const std::array<Stream::Batch, telemetry::tier_count>& batches,
                             const std::optional<std::optional<Retention>>& retained,
                             std::array<Stream::Bytes, telemetry::tier_count>& stored_bytes);
  [[nodiscard]] Status erase_from(telemetry::Tier tier, const Stream::Batch& batch,
                                  Stream::Bytes& bytes);
  [[nodiscard]] Status write_to(telemetry::Tier tier, const Stream::Batch& batch,
                                Stream::Bytes& bytes);
  /// Room for what is staged, by letting go and dropping what is worth least; all is committed
  /// where something has to. `disk_full`: there is no room outside the store's file, so some has to
  /// be made inside.
  [[nodiscard]] Status make_room(Scope& scope, bool disk_full);
  struct Shortage {
    std::uint64_t others = 0;  ///< to be made by kept and other than critical records
    std::uint64_t all = 0;     ///< by critical ones, if need be
  };
  [[nodiscard]] Shortage shortage(Scope scope, const Room& room, bool disk_full) const;
  /// Drops the oldest of a tier, until so many bytes are free; returns how many are.
  [[nodiscard]] Result<std::uint64_t> evict(telemetry::Tier tier, std::uint64_t wanted);
  /// Goes on keeping only every so many-th block, where the tier is one for that.
  [[nodiscard]] Result<std::uint64_t> thin(telemetry::Tier tier, std::uint64_t wanted);
  /// Drops the records between gaps where there are too many gaps.
  [[nodiscard]] Status bound_gaps(telemetry::Tier tier);
  /// Lets the oldest of what is kept go, at most one look's worth and until `wanted` bytes are
  /// free; returns how many.
  [[nodiscard]] Result<std::uint64_t> let_go_oldest(std::uint64_t wanted);
  [[nodiscard]] Status expire(telemetry::Tier tier);
  enum class Choice { drop, pass, stop };
  struct Look {
    std::uint64_t bytes = 0;  ///< that were dropped
    std::uint64_t next = 0;   ///< where to look on
    bool end = false;         ///< there is no more, or `choose` has stopped
  };
  /// Drops, of one look's entries from number `from` on, those that `choose` wants to, knowing how
  /// many bytes it has dropped before. Each run of them becomes a gap.
  [[nodiscard]] Result<Look> drop_some(
      telemetry::Tier tier, std::uint64_t from, const char* reason,
      const std::function<Choice(const EntryHead&, std::uint64_t bytes_before)>& choose);
  /// Begins the store anew, in epoch `next`.
  [[nodiscard]] Status recover(const Error& cause, std::uint64_t next);
  void leave_epoch(std::uint64_t left, const std::string& cause);
  /// What cannot be read is an error; where it is damage, the store is begun anew.
  Status unreadable(std::atomic<bool>& known, const Error& error);

  /// Counts the blocks of each signal of a tier that is thinned. Holding memory.
  [[nodiscard]] std::uint64_t next_ordinal(telemetry::Tier tier, const telemetry::Record& record);

  [[nodiscard]] std::uint64_t next_epoch() const { return epoch + 1 != 0 ? epoch + 1 : 1; }
  /// The sealed event that a new epoch brings.
  [[nodiscard]] std::string reset_event(std::uint64_t old_epoch, std::string text) const;
  void note_commit_failure(const Error& error);
  /// Counts a failure other than a commit's, which says nothing about the next commit, and logs it
  /// unless `known`.
  void note_trouble(std::atomic<bool>& known, const char* what, const Error& error);
  void wake_reader();

  std::unique_ptr<SpoolStore> store;
  SpoolOptions options;
  const std::uint64_t staged_max;  ///< bytes of records that wait in memory
  const std::uint64_t record_max;
  const Clock& clock;
  TrustedTime trusted;  ///< io
  SpoolMetrics metrics;
  Log log;

  std::mutex io;
  std::uint64_t freeing_bytes = 0;  ///< io: evicted, and not yet gone from the store
  bool epoch_unsaved = false;       ///< io: the store does not know the epoch yet
  /// io: how far each tier is thinned, and what is kept there: every step-th.
  struct Thinned {
    std::uint64_t step = 0;
    std::uint64_t next = 0;
  };
  std::array<Thinned, telemetry::tier_count> thinned;
  std::atomic<bool> reads_fail{false};
  std::atomic<bool> maintenance_fails{false};
  std::atomic<bool> recovery_fails{false};

  mutable std::mutex memory;
  std::uint64_t epoch = 0;
  std::array<Stream, telemetry::tier_count> streams{Stream(telemetry::Tier::critical),
                                                    Stream(telemetry::Tier::diagnostic),
                                                    Stream(telemetry::Tier::bulk)};
  std::optional<Retention> retention;
  bool retention_unsaved = false;
  bool note_refused = false;
  std::array<std::optional<Duration>, telemetry::tier_count> staged_since;
  std::optional<Duration> changed_since;
  Room room;  ///< in the store, when it was last asked
  std::map<std::string, std::uint64_t> ordinals;
  Duration maintained{0};
  bool written_since_maintained = true;
  std::optional<Duration> failing_since;  ///< the last commit failed
  std::optional<Duration> retry_at;
  std::optional<Error> failure;
  std::function<void()> wake;
};

}  // namespace wayside::spool
