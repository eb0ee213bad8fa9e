#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/batch.hpp"
#include "hub/store/keeping.hpp"
#include "hub/store/last_values.hpp"
#include "hub/store/replay.hpp"

namespace wayside::hub {

struct RowCounts {
  std::uint64_t samples = 0, features = 0, decisions = 0, events = 0, health = 0;

  friend bool operator==(const RowCounts&, const RowCounts&) = default;
};

enum class SeriesKind : std::uint8_t { signal, feature, score };
[[nodiscard]] std::string_view to_string(SeriesKind kind);

struct SeriesRequest {
  static constexpr std::size_t points_max = 10'000;
  static constexpr std::size_t raw_max = 100'000;
  static constexpr std::size_t values_max = 1'000'000;  ///< of all series together
  std::string asset;
  std::vector<std::string> names;  ///< signals, features, `model.score`; empty: all of the asset
  Time from;
  Time to;                   ///< inclusive
  std::size_t points = 600;  ///< 0: every value, at most raw_max of them a series
  bool all_qualities = false;
};

/// Values of one series, ordered by time, equal times in arrival order; NaN: no value.
struct SeriesData {
  std::string name;
  SeriesKind kind = SeriesKind::signal;
  bool reduced = false;
  std::vector<Time> times;
  std::vector<double> values;
  /// Values before it are the smallest and the largest of each interval of the downsampled history,
  /// at the times they had: raw values are gone, or more than the points asked for can show.
  std::optional<Time> downsampled_until = std::nullopt;
};

struct DecisionFilter {
  std::string asset, model;  ///< empty: any
  Time from = Time::min(), to = Time::max();
  std::size_t limit = 100;
};

struct EventFilter {
  std::string id, asset, kind;  ///< empty: any
  bool uncleared = false;       ///< alert_raised that nothing ended
  Time from = Time::min(), to = Time::max();
  std::size_t limit = 200;
};

struct NewestTime {
  std::string node, asset;
  Time time;
};

struct GapFilter {
  std::string node;  ///< empty: any
  std::size_t limit = 1'000;
};

/// How many records of a stream went, by reason.
using DropReasons = std::map<StreamKey, std::map<std::string, std::uint64_t>>;

struct QueryLimits {
  std::size_t rows_max = 10'000;
  Duration timeout = seconds(30);
  std::size_t reply_bytes_max = 64u << 20;
  /// Asked several times a second, from another thread: true ends the query, since nobody waits for
  /// its answer.
  std::function<bool()> abandoned = {};
};

/// Rows as JSON text, `[[…],[…]]`, as docs/api.md says.
struct QueryResult {
  struct Column {
    std::string name, type;
  };
  std::vector<Column> columns;
  std::string rows_json;
  std::size_t rows = 0;
  bool truncated = false;
};

/// Where the hub keeps telemetry. `commit`, `replace_features` and `recover` are called from one
/// thread; everything else comes from any thread. Reads never wait for a commit and a commit never
/// waits for a read.
/// `maintain` and `delete_asset` wait for each other; a commit waits for at most one of their small
/// steps (tens of milliseconds), not for the work between them.
class TelemetryStore {
 public:
  virtual ~TelemetryStore() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;

  [[nodiscard]] virtual Result<std::map<StreamKey, StreamTotals>> streams() = 0;
  /// All of it or none, on stable storage when it returns. After an error whether it was stored is
  /// unknown until `recover`. Errors: `full`, `io`.
  [[nodiscard]] virtual Status commit(const Batch& batch) = 0;
  /// Makes the store usable after an error, opening it again where that is needed; what `streams`
  /// says afterwards is the truth. It does not wait for reads: they may end as `unavailable`.
  [[nodiscard]] virtual Status recover() = 0;

  [[nodiscard]] virtual Result<RowCounts> row_counts() = 0;
  /// Newest times of samples of quality good.
  [[nodiscard]] virtual Result<std::vector<NewestTime>> newest_samples() = 0;
  /// By asset, signal and node, out of memory. Errors: `full` for more than rows_max.
  [[nodiscard]] virtual Result<std::vector<LastValue>> last_values(const LastRequest& request) = 0;
  [[nodiscard]] virtual Result<DropReasons> drop_reasons() = 0;
  /// Those whose records were taken last first; in a stream the higher numbers first.
  [[nodiscard]] virtual Result<std::vector<GapRow>> gaps(const GapFilter& filter) = 0;
  /// Series without a value in the range are given, empty, where they were asked for by name.
  /// Errors: `full` for more than raw_max raw values, or values_max in all.
  [[nodiscard]] virtual Result<std::vector<SeriesData>> series(const SeriesRequest& request) = 0;
  /// Newest first.
  [[nodiscard]] virtual Result<std::vector<FromNode<telemetry::Decision>>> decisions(
      const DecisionFilter& filter) = 0;
  /// Newest first.
  [[nodiscard]] virtual Result<std::vector<EventRow>> events(const EventFilter& filter) = 0;
  /// One SELECT over the design's tables. Errors: `invalid` (not SQL, no such table), `refused`
  /// (not a plain SELECT), `timeout`, `full` (memory).
  [[nodiscard]] virtual Result<QueryResult> query(const std::string& sql,
                                                  const QueryLimits& limits) = 0;

  /// What a replay of features reads. Errors: `full` for more than request.rows_max.
  [[nodiscard]] virtual Result<StoredSamples> stored_samples(const SampleRequest&) {
    return fail(Errc::unavailable, "the store {} gives no samples for a replay", name());
  }
  /// All of it or none; the same again changes nothing. Called from the thread of `commit`, and
  /// like it: after an error whether it was stored is unknown until `recover`.
  [[nodiscard]] virtual Result<Replaced> replace_features(const FeatureReplacement&) {
    return fail(Errc::unavailable, "the store {} takes no features of a replay", name());
  }

  /// One bounded step of what `policy` asks for at `now`: rows that are too old go, their
  /// downsampled history is made in the same commit, cold samples move to the archive, what a
  /// killed deletion left is finished. A crash at any moment neither loses nor doubles a row.
  /// Errors: as of commit; `unavailable` where the store cannot do what the policy asks for.
  [[nodiscard]] virtual Result<MaintenanceStep> maintain(const KeepingPolicy& policy, Time now) = 0;
  /// Removes every row of the asset, archived and downsampled ones too, in bounded steps, and
  /// counts afterwards what is there; stream totals stay, since they tell of numbers and not of
  /// content. After a crash `maintain` ends what was begun. Errors: as of commit; `not_found` where
  /// nothing is stored of it.
  [[nodiscard]] virtual Result<Deletion> delete_asset(const DeletionRequest& request) = 0;
  /// `maintain` and `delete_asset` end soon, those under way too, with an error; for good, and from
  /// any thread. What they leave half done the next opening ends.
  virtual void end_keeping() {}
  /// Newest first, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<Deletion>> deletions(std::size_t limit) = 0;

  /// Reads what is held; may take seconds for a large store.
  [[nodiscard]] virtual Result<Usage> usage() = 0;
  /// Writes what is asked for to a file, with the columns of its table, from one snapshot.
  /// Errors: as of query; `unavailable` for a format the store cannot write.
  [[nodiscard]] virtual Result<ExportedFile> export_rows(const ExportRequest& request) = 0;
  [[nodiscard]] virtual Status log_export(const ExportLine& line) = 0;
  /// Newest first, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<ExportLine>> exports(std::size_t limit) = 0;

  /// What an operator must know though the store works, as sentences: files of the archive that are
  /// not there.
  [[nodiscard]] virtual std::vector<std::string> problems() { return {}; }
};

}  // namespace wayside::hub
