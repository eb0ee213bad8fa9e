#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "telemetry/tier.hpp"

/// How long what is stored stays, and what is told of it.
namespace wayside::hub {

/// What the store holds rows of. `downsampled` is what stays of samples that went.
enum class RecordKind : std::uint8_t {
  samples = 0,
  features = 1,
  decisions = 2,
  events = 3,
  health = 4,
  downsampled = 5,
};
inline constexpr std::size_t record_kind_count = 6;
inline constexpr std::array<RecordKind, record_kind_count> all_record_kinds{
    RecordKind::samples, RecordKind::features, RecordKind::decisions,
    RecordKind::events,  RecordKind::health,   RecordKind::downsampled};

/// Also the name of its table.
[[nodiscard]] std::string_view to_string(RecordKind kind);
[[nodiscard]] std::optional<RecordKind> parse_record_kind(std::string_view text);

/// Ages are measured from a row's own time. A row goes once it is older than its kind and tier are
/// kept for; an alert that has not cleared stays whatever its age.
struct KeepingPolicy {
  using ByTier = std::array<std::optional<Duration>, telemetry::tier_count>;
  std::array<ByTier, record_kind_count> keep;  ///< nullopt: for good

  /// Samples of quality good leave, when they are archived or removed, one row for each series and
  /// interval of this length (a divisor of a day). Nullopt: they leave nothing.
  std::optional<Duration> downsample_every = minutes(1);
  /// Samples of days that ended longer ago than this move to the archive's files, where the store
  /// has an archive. They stay in the tables `samples` and `series` read.
  std::optional<Duration> archive_after;

  [[nodiscard]] const std::optional<Duration>& of(RecordKind kind, telemetry::Tier tier) const {
    return keep[static_cast<std::size_t>(kind)][static_cast<std::size_t>(tier)];
  }
  [[nodiscard]] std::optional<Duration>& of(RecordKind kind, telemetry::Tier tier) {
    return keep[static_cast<std::size_t>(kind)][static_cast<std::size_t>(tier)];
  }
};

/// Samples go by whole hours, so that removing them is not done row by row: a row older than its
/// time stays for up to this long.
inline constexpr Duration removal_grain = hours(1);

/// Rows before it are older than `keep` at `now`; nullopt: none are.
[[nodiscard]] std::optional<Time> removal_horizon(const std::optional<Duration>& keep, Time now);

/// What one step of maintenance did.
struct MaintenanceStep {
  bool more = false;  ///< work is left: call again
  std::uint64_t removed = 0;
  std::uint64_t archived = 0;
};

/// What is held of one kind, tier and asset. Bytes are a share of what the table (or the file)
/// takes, by rows.
struct UsageLine {
  RecordKind kind = RecordKind::samples;
  telemetry::Tier tier = telemetry::Tier::diagnostic;
  std::string asset;  ///< empty: of nodes
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t archived_rows = 0;
  std::uint64_t archived_bytes = 0;

  friend bool operator==(const UsageLine&, const UsageLine&) = default;
};

struct Usage {
  std::vector<UsageLine> lines;     ///< ordered by kind, tier, asset
  std::uint64_t store_bytes = 0;    ///< the whole store on disk, free room inside it included
  std::uint64_t free_bytes = 0;     ///< of these: room that later rows will use
  std::uint64_t archive_bytes = 0;  ///< all files of the archive
  std::uint64_t archive_files = 0;
};

/// Who asked for what was taken out or removed; both as the client and the connection say.
struct Requester {
  std::string who;     ///< user@host
  std::string remote;  ///< address of the peer

  friend bool operator==(const Requester&, const Requester&) = default;
};

struct DeletionRequest {
  std::string asset;
  Requester by;
  Time time;
  std::function<Time()> now = {};  ///< asked when it has ended; without it that is `time`

  [[nodiscard]] Time end() const { return now ? now() : time; }
};

/// A line of the table `deletions`.
struct Deletion {
  std::string asset;
  Requester by;
  Time requested;
  std::optional<Time> finished;  ///< nullopt: under way, or to be resumed after a crash
  std::uint64_t removed = 0;     ///< rows of all kinds, from the store and from files
  /// Rows of the asset counted afterwards, in the store and in every file. What is not 0 arrived
  /// while the deletion went on.
  std::uint64_t remaining = 0;

  friend bool operator==(const Deletion&, const Deletion&) = default;
};

enum class ExportFormat : std::uint8_t { parquet, csv };
[[nodiscard]] std::string_view to_string(ExportFormat format);

struct ExportRequest {
  RecordKind kind = RecordKind::samples;
  std::vector<std::string> assets;  ///< empty: all
  std::vector<std::string> names;   ///< signals, features, models, kinds of event, metrics
  Time from = Time::min(), to = Time::max();  ///< inclusive
  ExportFormat format = ExportFormat::parquet;
};

/// A file of the store's own making; who asked for it removes it.
struct ExportedFile {
  std::string path;
  std::uint64_t rows = 0;
};

/// A line of the table `exports`.
struct ExportLine {
  Time time;
  Requester by;
  std::string what;  ///< the request as JSON
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::string digest;  ///< SHA-256 of the file, 64 hexadecimal digits

  friend bool operator==(const ExportLine&, const ExportLine&) = default;
};

}  // namespace wayside::hub
