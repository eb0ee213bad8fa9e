#include "hub/store/duckdb/duckdb_store.hpp"

#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include "hub/store/duckdb/deadline.hpp"
#include "hub/store/duckdb/query.hpp"
#include "hub/store/duckdb/reader.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/duckdb/writer.hpp"

namespace wayside::hub {
namespace {

using namespace duck;

// The write-ahead log is folded into the file when it has grown to this: seldom enough to cost
// little, often enough that a start after a crash takes seconds.
constexpr const char* checkpoint_at = "256MB";

/// What every connection lives under: users' queries reach no file, no network and no setting.
Result<ConfigHandle> make_config(const DuckdbOptions& options) {
  ConfigHandle config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess)
    return fail(Errc::io, "DuckDB gave no configuration");
  const std::pair<const char*, std::string> settings[] = {
      {"enable_external_access", "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"max_temp_directory_size", "0KB"},
      {"memory_limit", fmt::format("{}B", options.memory_bytes)},
      {"threads", std::to_string(options.threads)},
      {"wal_autocheckpoint", checkpoint_at},
      {"lock_configuration", "true"},
  };
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess)
      return fail(Errc::io, "DuckDB does not know the setting {}", name);
  return config;
}

Error open_error(const std::string& path, std::string message) {
  const bool locked = message.find("Could not set lock") != std::string::npos;
  message = message.substr(0, message.find('\n'));
  if (locked) return {Errc::conflict, fmt::format("{} is in use by another process", path)};
  return {Errc::io, fmt::format("cannot open the store {}: {}", path, message)};
}

class DuckdbStore final : public TelemetryStore {
 public:
  DuckdbStore(DuckdbOptions options, Log log)
      : options_(std::move(options)), log_(std::move(log)) {}
  ~DuckdbStore() override { close(); }

  Status open() {
    auto config = make_config(options_);
    if (!config) return tl::make_unexpected(config.error());
    char* why = nullptr;
    if (duckdb_open_ext(options_.path.c_str(), database_.out(), config->get(), &why) !=
        DuckDBSuccess) {
      const Error error = open_error(options_.path, why ? why : "DuckDB gave no reason");
      duckdb_free(why);
      database_.reset();
      return tl::make_unexpected(error);
    }
    auto connection = Connection::open(database_.get());
    if (!connection) return tl::make_unexpected(connection.error());
    if (const Status ready = prepare_schema(*connection); !ready)
      return fail_in("the store " + options_.path, ready.error());
    auto writer = Writer::open(database_.get());
    if (!writer) return tl::make_unexpected(writer.error());
    writer_.emplace(std::move(*writer));
    return {};
  }

  std::string_view name() const override { return "duckdb"; }

  Status commit(const Batch& batch) override {
    const std::shared_lock lock(mutex_);
    if (!writer_) return fail(Errc::io, "the store is not open");
    const Status committed = writer_->commit(batch);
    if (!committed) writer_.reset();
    return committed;
  }

  Status recover() override {
    // A failed write may leave the whole instance unusable, and only a fresh one knows what of it
    // reached the file.
    const std::unique_lock lock(mutex_);
    close();
    const Status opened = open();
    if (!opened) {
      close();
      return opened;
    }
    log_.info("the store {} was opened again", options_.path);
    return {};
  }

  Result<std::map<StreamKey, StreamTotals>> streams() override {
    return read([](Connection& c) { return read_streams(c); });
  }
  Result<RowCounts> row_counts() override {
    return read([](Connection& c) { return read_row_counts(c); });
  }
  Result<std::vector<NewestTime>> newest_samples() override {
    return read([](Connection& c) { return read_newest(c); });
  }
  Result<DropReasons> drop_reasons() override {
    return read([](Connection& c) { return read_drop_reasons(c); });
  }
  Result<std::vector<SeriesData>> series(const SeriesRequest& request) override {
    return read_in_time([&](Connection& c) { return read_series(c, request); });
  }
  Result<std::vector<FromNode<telemetry::Decision>>> decisions(
      const DecisionFilter& filter) override {
    return read_in_time([&](Connection& c) { return read_decisions(c, filter); });
  }
  Result<std::vector<EventRow>> events(const EventFilter& filter) override {
    return read_in_time([&](Connection& c) { return read_events(c, filter); });
  }
  Result<QueryResult> query(const std::string& sql, const QueryLimits& limits) override {
    const std::shared_lock lock(mutex_);
    if (!database_) return fail(Errc::unavailable, "the store is not open");
    return run_query(database_.get(), sql, limits);
  }

 private:
  /// A connection for each read: readers see a snapshot and never wait for the writer.
  template <class F>
  auto read(F&& f) -> decltype(f(std::declval<Connection&>())) {
    const std::shared_lock lock(mutex_);
    if (!database_) return fail(Errc::unavailable, "the store is not open");
    auto connection = Connection::open(database_.get());
    if (!connection) return tl::make_unexpected(connection.error());
    return f(*connection);
  }

  /// The reads that somebody waits for and whose range he chose.
  template <class F>
  auto read_in_time(F&& f) -> decltype(f(std::declval<Connection&>())) {
    return read([&](Connection& connection) {
      const duck::Deadline deadline(connection.get(), options_.read_timeout);
      auto result = f(connection);
      if (!result && result.error().code == Errc::timeout)
        result = fail(Errc::timeout, "reading took longer than {}: ask for a shorter range",
                      format_duration(options_.read_timeout));
      return result;
    });
  }

  void close() {
    writer_.reset();
    database_.reset();
  }

  DuckdbOptions options_;
  Log log_;
  std::shared_mutex mutex_;  ///< exclusive only to open again
  DatabaseHandle database_;
  std::optional<Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<TelemetryStore>> open_duckdb_store(const DuckdbOptions& options, Log log) {
  auto store = std::make_unique<DuckdbStore>(options, std::move(log));
  if (const Status opened = store->open(); !opened) return tl::make_unexpected(opened.error());
  return std::unique_ptr<TelemetryStore>(std::move(store));
}

}  // namespace wayside::hub
