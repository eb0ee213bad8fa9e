#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include "spool/spool.hpp"
#include "spool/spool_metrics.hpp"
#include "spool/stream.hpp"

namespace wayside::spool {

/// Two locks. `memory` guards the account and what is staged, and is never held while the store
/// works. `io` is held by whoever writes to the store, through its fsync, and is taken first. So
/// appending to diagnostic and bulk, acknowledging and the ledger never wait for a disk; appending
/// to critical does, which is its promise, and so does an append that finds the staging area full.
struct Spool::State {
  static constexpr std::uint64_t staged_bytes_max = 2u << 20;

  State(std::unique_ptr<SpoolStore> spool_store, SpoolOptions spool_options,
        const Clock& spool_clock, Metrics& spool_metrics, Log spool_log)
      : store(std::move(spool_store)),
        options(spool_options),
        clock(spool_clock),
        metrics(spool_metrics),
        log(std::move(spool_log)) {}

  [[nodiscard]] Status load(std::uint64_t new_epoch);
  [[nodiscard]] Stream& stream(telemetry::Tier tier) {
    return streams[static_cast<std::size_t>(tier)];
  }
  [[nodiscard]] std::uint64_t staged_bytes() const;
  [[nodiscard]] std::uint64_t kept_bytes() const;

  // Taking io:
  [[nodiscard]] Status commit();
  /// Replaces what cannot be read from number `from` on by a gap.
  [[nodiscard]] Status repair(telemetry::Tier tier, std::uint64_t from);
  void maintain();
  /// `read` failed with damage.
  void recover_reading(telemetry::Tier tier, std::uint64_t from, std::size_t bytes_max);

  // With io held:
  [[nodiscard]] Status commit_locked();
  [[nodiscard]] Status commit_once(bool disk_full);
  [[nodiscard]] Status write(const std::array<Stream::Batch, telemetry::tier_count>& batches,
                             const std::optional<Retention>& retained,
                             std::array<Stream::Bytes, telemetry::tier_count>& stored_bytes);
  [[nodiscard]] Status write_stream(telemetry::Tier tier, const Stream::Batch& batch,
                                    Stream::Bytes& bytes);
  /// `disk_full`: there is no room outside the store's file, so some has to be made inside.
  [[nodiscard]] Status make_room(bool disk_full);
  /// Lets the oldest of what is kept go, at most one look's worth and until `wanted` bytes are
  /// free; returns how many.
  [[nodiscard]] Result<std::uint64_t> let_go_oldest(std::uint64_t wanted);
  [[nodiscard]] Status expire(telemetry::Tier tier);
  /// Drops the oldest entries of a tier for which `wanted` holds, at most one look's worth, and
  /// returns the bytes of their records.
  [[nodiscard]] Result<std::uint64_t> drop_oldest(
      telemetry::Tier tier, const char* reason,
      const std::function<bool(const EntryHead&, std::uint64_t bytes_so_far)>& wanted);
  /// Begins the store anew, in epoch `next`.
  [[nodiscard]] Status recover(const Error& cause, std::uint64_t next);
  /// What cannot be read is an error; where it is damage, the store is begun anew.
  Status unreadable(std::atomic<bool>& known, const Error& error);

  [[nodiscard]] std::uint64_t next_epoch() const { return epoch + 1 != 0 ? epoch + 1 : 1; }
  /// The sealed event that stands first in the critical stream of a new epoch.
  [[nodiscard]] std::string reset_event(std::uint64_t old_epoch, const std::string& cause) const;
  void note_commit_failure(const Error& error);
  /// Counts a failure other than a commit's, which says nothing about the next commit, and logs it
  /// unless `known`.
  void note_trouble(std::atomic<bool>& known, const char* what, const Error& error);
  void wake_reader();

  std::unique_ptr<SpoolStore> store;
  SpoolOptions options;
  const Clock& clock;
  SpoolMetrics metrics;
  Log log;

  std::mutex io;
  std::uint64_t freeing_bytes = 0;  ///< io: evicted, and not yet gone from the store
  bool epoch_unsaved = false;       ///< io: the store does not know the epoch yet
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
  std::array<std::optional<Duration>, telemetry::tier_count> staged_since;
  std::optional<Duration> changed_since;
  std::uint64_t used_bytes = 0;  ///< by the store, when it was last asked
  Duration maintained{0};
  std::optional<Duration> failing_since;  ///< the last commit failed
  std::optional<Duration> retry_at;
  std::optional<Error> failure;
  std::function<void()> wake;
};

}  // namespace wayside::spool
