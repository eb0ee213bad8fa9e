#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "spool/spool_store.hpp"
#include "telemetry/record.hpp"
#include "telemetry/tier.hpp"

namespace wayside::spool {

/// The account of one stream, invariant 2: produced = delivered + dropped + queued, in records.
struct LedgerLine {
  std::uint64_t produced = 0;
  std::uint64_t delivered = 0;  ///< acknowledged by the hub
  std::uint64_t dropped = 0;    ///< gone into gap records
  std::uint64_t queued = 0;
  std::uint64_t queued_bytes = 0;
  [[nodiscard]] bool balanced() const { return produced == delivered + dropped + queued; }
};

struct SpoolOptions {
  /// What the store may take of its medium, with all its files.
  std::uint64_t bytes_max = 2ull << 30;
  /// Of that, what only critical records may fill, so that one finds room at once; nothing: a 32nd.
  /// At most half of what there is for records.
  std::optional<std::uint64_t> reserve_bytes;
  /// By tier: when room is short every so many-th block of a signal is kept, and the others are
  /// dropped, before anything is evicted. 0: none are.
  std::array<std::uint32_t, telemetry::tier_count> thin{};
  std::array<Duration, telemetry::tier_count> keep{days(90), days(30), days(14)};
};

/// The node's durable store-and-forward queue: one numbered stream a tier, from 1, in one epoch.
/// Thread-safe: the recorder appends, the uplink reads and acknowledges.
///
/// Durability: `append` to critical returns after the record is on stable storage; diagnostic is
/// within 100 ms and bulk within 1 s of `append`, provided `step` is called at least every 50 ms.
/// Only what is on stable storage is given to `read`.
class Spool {
 public:
  static constexpr std::size_t note_bytes_max = 64u << 20;  ///< of a retention

  /// `new_epoch` is used if the store is empty. Errors: what the store says, plus what to do.
  [[nodiscard]] static Result<std::unique_ptr<Spool>> open(std::unique_ptr<SpoolStore> store,
                                                           SpoolOptions options,
                                                           std::uint64_t new_epoch,
                                                           const Clock& clock, Metrics& metrics,
                                                           Log log);
  ~Spool();

  [[nodiscard]] std::uint64_t epoch() const;

  /// Gives the record its number and returns it. On a full disk older entries make room first, bulk
  /// before the others. Where that does not help, or the disk fails, the record is accounted as
  /// dropped (`disk_full`, `disk_error`), never lost silently, and the error is returned.
  /// `wait`: a critical record is on stable storage when this returns; else with the next `step`.
  Result<std::uint64_t> append(telemetry::Tier tier, const telemetry::Record& record,
                               bool wait = true);

  /// Accounts `records` (holding `samples`) that were dropped before they reached the spool; they
  /// get numbers and become one gap record.
  Status drop(telemetry::Tier tier, const telemetry::Gap& gap);

  /// Commits what is due, expires by `keep`, evicts by `bytes_max`. Cheap when there is nothing to
  /// do. Returns `until_due`.
  Duration step();
  /// How long nothing needs a step, unless something is appended, dropped or acknowledged
  /// meanwhile.
  [[nodiscard]] Duration until_due() const;
  /// Commits everything now.
  Status flush();

  struct Entry {
    std::uint64_t seq = 0;
    std::uint64_t span = 1;  ///< numbers it takes: a gap stands for several
    std::string record;      ///< sealed
  };
  /// Durable entries from number `from` on, until `bytes_max` of them are read (at least one).
  /// `epoch`: nothing where the spool is in another; 0: whichever it is in.
  [[nodiscard]] std::vector<Entry> read(telemetry::Tier tier, std::uint64_t from,
                                        std::size_t bytes_max, std::uint64_t epoch = 0) const;
  /// The hub has committed everything up to `watermark`. Errors: `invalid` where it is ahead of
  /// what was produced, or the spool is in another epoch than `epoch` (0: whichever it is in).
  /// Going back is ignored.
  Status acknowledge(telemetry::Tier tier, std::uint64_t watermark, std::uint64_t epoch = 0);
  [[nodiscard]] std::uint64_t watermark(telemetry::Tier tier) const;
  struct Position {
    std::uint64_t epoch = 0;
    std::uint64_t watermark = 0;
    std::uint64_t durable = 0;
  };
  /// A tier's, all of one moment.
  [[nodiscard]] Position position(telemetry::Tier tier) const;

  /// Leaves epoch `left` (if it is still in it), whose numbers the hub has with other records:
  /// everything keeps its number, and what is queued goes to the hub as of a new epoch, with an
  /// event `spool_reset` that gives the cause. A disk that fails learns of it with the first commit
  /// that succeeds.
  void leave_epoch(std::uint64_t left, const std::string& cause);

  /// From the next commit on keeps what is acknowledged from these numbers on, and the note, for
  /// this run and the next: as long as there is room, for it is the first to go when there is none.
  /// It is never sent again and has no part in the ledger. Without, and where the note would take
  /// more than an eighth of the room for records, nothing acknowledged is kept.
  void retain(Retention retention);
  /// What was wanted last, also by an earlier run; nothing after the spool was begun anew.
  [[nodiscard]] std::optional<Retention> retention() const;
  struct Kept {
    std::uint64_t seq = 0;
    Time appended;              ///< wall time
    std::uint64_t samples = 0;  ///< 0 for what is no block of samples
    std::string record;         ///< sealed
  };
  struct KeptPart {
    std::vector<Kept> entries;
    std::uint64_t next = 0;  ///< where to go on; nothing is there where it is what was asked for
  };
  /// Durable entries from number `from` on, acknowledged or not, until `bytes_max` of them are read
  /// (at least one). Gaps, and what does not pass its check, are left out. Errors: the store's.
  [[nodiscard]] Result<KeptPart> read_kept(telemetry::Tier tier, std::uint64_t from,
                                           std::size_t bytes_max) const;

  /// Highest durable number.
  [[nodiscard]] std::uint64_t durable(telemetry::Tier tier) const;

  [[nodiscard]] std::array<LedgerLine, telemetry::tier_count> ledger() const;
  struct DroppedRange {
    std::uint64_t first_seq = 0;
    telemetry::Gap gap;
  };
  /// What was dropped and the hub has not acknowledged: at most `max` ranges, the highest numbers
  /// first.
  [[nodiscard]] std::vector<DroppedRange> gaps(telemetry::Tier tier, std::size_t max) const;

  /// Why the last attempt to write failed; nothing once one has succeeded.
  [[nodiscard]] std::optional<Error> failure() const;

  /// Share of `bytes_max` that was in use at the last commit, with what waits for the next, and
  /// without what is kept only as long as there is room.
  [[nodiscard]] double fill() const;

  /// Called (from the committing thread) whenever new entries became durable.
  void on_durable(std::function<void()> wake);

 private:
  struct State;
  explicit Spool(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wayside::spool
