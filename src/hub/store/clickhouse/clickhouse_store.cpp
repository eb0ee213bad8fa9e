#include "hub/store/clickhouse/clickhouse_store.hpp"

#include <fmt/format.h>
#include <atomic>
#include <mutex>
#include <optional>

#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/exporter.hpp"
#include "hub/store/clickhouse/keeper.hpp"
#include "hub/store/clickhouse/query.hpp"
#include "hub/store/clickhouse/reader.hpp"
#include "hub/store/clickhouse/writer.hpp"

namespace wayside::hub {
namespace {

using namespace click;

class ClickhouseStore final : public TelemetryStore {
 public:
  ClickhouseStore(const ClickhouseOptions& options, Log log)
      : database_(options), log_(std::move(log)) {}

  std::string_view name() const override { return "clickhouse"; }

  Status commit(const Batch& batch) override {
    const std::scoped_lock lock(writing_);
    if (!writer_) return away();
    const Status committed = writer_->commit(batch);
    // Whether it was stored is known to the server alone.
    if (!committed) return forget_writer(committed.error());
    change([&](Snapshot& s) { s.commit = writer_->committed(); });
    last_.take(batch);
    return {};
  }

  Result<Replaced> replace_features(const FeatureReplacement& replacement) override {
    const std::scoped_lock lock(writing_);
    if (!writer_) return away();
    auto replaced =
        writer_->replace_features(replacement, snapshot(), [&](const std::string& hidden) {
          change([&](Snapshot& s) {
            s.commit = writer_->committed();
            if (!hidden.empty()) s.hidden["feature_rows"] = hidden;
          });
        });
    if (!replaced) return forget_writer(replaced.error());
    change([](Snapshot& s) { s.hidden.erase("feature_rows"); });
    return replaced;
  }

  Status recover() override {
    // An opening removes what does not count, and what a removal writes does not count yet.
    const auto paused = keeper_.pause();
    const std::scoped_lock lock(writing_);
    if (taken_over_) return tl::make_unexpected(*taken_over_);
    auto writer = Writer::open(database_, log_);
    if (!writer) return tl::make_unexpected(writer.error());
    if (!known_)
      if (const Status emptied = empty_exports(database_); !emptied) return emptied;
    LastValues held;
    if (const Status read = read_last_values(database_, writer->opened(), held); !read) return read;
    last_.become(std::move(held));
    writer_.emplace(std::move(*writer));
    change([&](Snapshot& s) { s = writer_->opened(); });
    known_ = true;
    log_.info("the database {} at {} is open", database_.layout().database,
              database_.first().options().url);
    return {};
  }

  Result<std::map<StreamKey, StreamTotals>> streams() override {
    return read([](const Database& d, const Snapshot&) { return read_streams(d); });
  }
  Result<RowCounts> row_counts() override { return read(read_row_counts); }
  Result<std::vector<NewestTime>> newest_samples() override {
    return read([](const Database& d, const Snapshot&) { return read_newest(d); });
  }
  Result<std::vector<LastValue>> last_values(const LastRequest& request) override {
    if (!known_) return away();
    return last_.find(request);
  }
  Result<DropReasons> drop_reasons() override { return read(read_drop_reasons); }
  Result<std::vector<GapRow>> gaps(const GapFilter& filter) override {
    return read([&](const Database& d, const Snapshot& s) { return read_gaps(d, s, filter); });
  }
  Result<std::vector<SeriesData>> series(const SeriesRequest& request) override {
    return read([&](const Database& d, const Snapshot& s) { return read_series(d, s, request); });
  }
  Result<std::vector<FromNode<telemetry::Decision>>> decisions(
      const DecisionFilter& filter) override {
    return read([&](const Database& d, const Snapshot& s) { return read_decisions(d, s, filter); });
  }
  Result<std::vector<EventRow>> events(const EventFilter& filter) override {
    return read([&](const Database& d, const Snapshot& s) { return read_events(d, s, filter); });
  }
  Result<QueryResult> query(const std::string& sql, const QueryLimits& limits) override {
    return read([&](const Database& d, const Snapshot& s) { return run_query(d, s, sql, limits); });
  }
  Result<StoredSamples> stored_samples(const SampleRequest& request) override {
    return read([&](const Database& d, const Snapshot& s) { return read_samples(d, s, request); });
  }

  Result<MaintenanceStep> maintain(const KeepingPolicy& policy, Time now) override {
    if (!known_) return away();
    return keeper_.step(policy, now);
  }
  void end_keeping() override { keeper_.stop(); }
  Result<Deletion> delete_asset(const DeletionRequest& request) override {
    if (!known_) return away();
    return keeper_.remove_asset(request);
  }
  Result<std::vector<Deletion>> deletions(std::size_t limit) override {
    if (!known_) return away();
    return keeper_.deletions(limit);
  }
  Result<Usage> usage() override { return read(read_usage); }
  Result<ExportedFile> export_rows(const ExportRequest& request) override {
    return read([&](const Database& d, const Snapshot& s) { return write_export(d, s, request); });
  }
  Status log_export(const ExportLine& line) override {
    if (!known_) return away();
    return write_export_line(database_, line);
  }
  Result<std::vector<ExportLine>> exports(std::size_t limit) override {
    return read([&](const Database& d, const Snapshot&) { return read_export_lines(d, limit); });
  }

 private:
  static tl::unexpected<Error> away() {
    return fail(Errc::unavailable, "ClickHouse has not been reached yet");
  }

  /// Reads what counts when they begin; they hold no lock.
  template <class F>
  auto read(F&& f) -> decltype(f(std::declval<const Database&>(), std::declval<Snapshot>())) {
    if (!known_) return away();
    return f(database_, snapshot());
  }

  [[nodiscard]] Snapshot snapshot() {
    const std::scoped_lock lock(reading_);
    return snapshot_;
  }
  void change(const std::function<void(Snapshot&)>& how) {
    const std::scoped_lock lock(reading_);
    how(snapshot_);
  }

  Status check_ownership() {
    const std::scoped_lock lock(writing_);
    return writer_ ? writer_->check_ownership() : Status{away()};
  }

  tl::unexpected<Error> forget_writer(const Error& error) {
    writer_.reset();
    // Taking the database back would only make the two take turns.
    if (error.code == Errc::conflict) taken_over_ = error;
    return tl::make_unexpected(error);
  }

  Database database_;
  Log log_;
  std::mutex writing_;
  std::optional<Writer> writer_;
  std::optional<Error> taken_over_;
  std::mutex reading_;  ///< for the time of a copy
  Snapshot snapshot_;
  std::atomic<bool> known_ = false;  ///< what `snapshot_` says comes from the server
  LastValues last_;
  Keeper keeper_{{database_, [this] { return snapshot(); },
                  [this](const std::function<void(Snapshot&)>& how) { change(how); },
                  [this] { return check_ownership(); }, writing_,
                  [this](const std::string& asset) {
                    if (writer_) writer_->forget_series(asset);
                    last_.forget(asset);
                  }}};
};

}  // namespace

std::unique_ptr<TelemetryStore> make_clickhouse_store(const ClickhouseOptions& options, Log log) {
  return std::make_unique<ClickhouseStore>(options, std::move(log));
}

}  // namespace wayside::hub
