#include "hub/store/clickhouse/clickhouse_store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <cctype>
#include <mutex>
#include <optional>

#include "hub/store/clickhouse/database.hpp"
#include "hub/store/clickhouse/query.hpp"
#include "hub/store/clickhouse/reader.hpp"
#include "hub/store/clickhouse/writer.hpp"

namespace wayside::hub {
namespace {

using namespace click;

class ClickhouseStore final : public TelemetryStore {
 public:
  ClickhouseStore(ClickhouseOptions options, Log log) : database_(options), log_(std::move(log)) {}

  std::string_view name() const override { return "clickhouse"; }

  Status commit(const Batch& batch) override {
    const std::scoped_lock lock(writing_);
    if (!writer_) return fail(Errc::unavailable, "ClickHouse has not been reached yet");
    const Status committed = writer_->commit(batch);
    // Whether it was stored is known to the server alone.
    if (committed)
      committed_ = writer_->committed();
    else
      forget_writer(committed.error());
    return committed;
  }

  Status recover() override {
    const std::scoped_lock lock(writing_);
    if (taken_over_) return tl::make_unexpected(*taken_over_);
    auto writer = Writer::open(database_, log_);
    if (!writer) return tl::make_unexpected(writer.error());
    writer_.emplace(std::move(*writer));
    committed_ = writer_->committed();
    known_ = true;
    log_.info("the database {} at {} is open", database_.layout().database,
              database_.first().options().url);
    return {};
  }

  Result<std::map<StreamKey, StreamTotals>> streams() override {
    return read([](const Database& d, std::uint32_t) { return read_streams(d); });
  }
  Result<RowCounts> row_counts() override { return read(read_row_counts); }
  Result<std::vector<NewestTime>> newest_samples() override { return read(read_newest); }
  Result<DropReasons> drop_reasons() override { return read(read_drop_reasons); }
  Result<std::vector<SeriesData>> series(const SeriesRequest& request) override {
    return read([&](const Database& d, std::uint32_t c) { return read_series(d, c, request); });
  }
  Result<std::vector<FromNode<telemetry::Decision>>> decisions(
      const DecisionFilter& filter) override {
    return read([&](const Database& d, std::uint32_t c) { return read_decisions(d, c, filter); });
  }
  Result<std::vector<EventRow>> events(const EventFilter& filter) override {
    return read([&](const Database& d, std::uint32_t c) { return read_events(d, c, filter); });
  }
  Result<QueryResult> query(const std::string& sql, const QueryLimits& limits) override {
    return read([&](const Database& d, std::uint32_t c) { return run_query(d, c, sql, limits); });
  }

 private:
  /// Reads what was committed when they began; they hold no lock.
  template <class F>
  auto read(F&& f) -> decltype(f(std::declval<const Database&>(), std::uint32_t{})) {
    if (!known_) return fail(Errc::unavailable, "ClickHouse has not been reached yet");
    return f(database_, committed_.load());
  }

  void forget_writer(const Error& error) {
    writer_.reset();
    // Taking the database back would only make the two take turns.
    if (error.code == Errc::conflict) taken_over_ = error;
  }

  Database database_;
  Log log_;
  std::mutex writing_;
  std::optional<Writer> writer_;
  std::optional<Error> taken_over_;
  std::atomic<std::uint32_t> committed_ = 0;
  std::atomic<bool> known_ = false;  ///< what `committed_` says comes from the server
};

}  // namespace

std::unique_ptr<TelemetryStore> make_clickhouse_store(ClickhouseOptions options, Log log) {
  return std::make_unique<ClickhouseStore>(std::move(options), std::move(log));
}

Status check_clickhouse_name(const std::string& name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_';
  });
  if (plain && !std::isdigit(static_cast<unsigned char>(name.front()))) return {};
  return fail(Errc::invalid,
              "found '{}', expected a name of letters, digits and underscores that begins with no "
              "digit",
              name);
}

}  // namespace wayside::hub
