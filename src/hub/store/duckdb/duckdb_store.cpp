#include "hub/store/duckdb/duckdb_store.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>

#include "hub/store/duckdb/deadline.hpp"
#include "hub/store/duckdb/deletion.hpp"
#include "hub/store/duckdb/exporter.hpp"
#include "hub/store/duckdb/keeper.hpp"
#include "hub/store/duckdb/query.hpp"
#include "hub/store/duckdb/reader.hpp"
#include "hub/store/duckdb/schema.hpp"
#include "hub/store/duckdb/sql.hpp"
#include "hub/store/duckdb/usage.hpp"
#include "hub/store/duckdb/views.hpp"
#include "hub/store/duckdb/writer.hpp"

namespace wayside::hub {
namespace {

using namespace duck;

// The write-ahead log is folded into the file when it has grown to this: seldom enough to cost
// little, often enough that a start after a crash takes seconds.
constexpr const char* checkpoint_at = "256MB";

namespace fs = std::filesystem;

Result<ConfigHandle> make_config(const DuckdbOptions& options) {
  ConfigHandle config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess)
    return fail(Errc::io, "DuckDB gave no configuration");
  const std::pair<const char*, std::string> settings[] = {
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"max_temp_directory_size", "0KB"},
      {"memory_limit", fmt::format("{}B", options.memory_bytes)},
      {"threads", std::to_string(options.threads)},
      {"wal_autocheckpoint", checkpoint_at},
  };
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess)
      return fail(Errc::io, "DuckDB does not know the setting {}", name);
  return config;
}

/// What every connection lives under from here on: no file but in these folders, no network and no
/// setting can be reached.
Status lock_down(Connection& connection, const std::vector<std::string>& folders) {
  return connection.run(
      fmt::format("SET allowed_directories = [{}]; SET enable_external_access = "
                  "false; SET lock_configuration = true",
                  sql_texts(folders)));
}

/// Where exports are written: beside the database.
std::string export_folder(const std::string& path) {
  static std::atomic<int> number = 0;
  if (path != ":memory:") return fs::absolute(path + ".exports").string();
  return (fs::temp_directory_path() / fmt::format("wayside-exports-{}-{}", ::getpid(), ++number))
      .string();
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
      : options_(std::move(options)),
        log_(std::move(log)),
        exports_(export_folder(options_.path)),
        archive_(options_.archive.empty() ? "" : fs::absolute(options_.archive).string(),
                 options_.on_step, log_) {}
  ~DuckdbStore() override {
    close();
    std::error_code ignored;  // what is left is removed at the next opening
    fs::remove_all(exports_, ignored);
  }

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
    if (const Status ready = prepare(*connection); !ready)
      return fail_in("the store " + options_.path, ready.error());
    LastValues held;
    if (const Status read = read_last_values(*connection, held); !read) return read;
    last_.become(std::move(held));
    auto writer = Writer::open(database_.get());
    if (!writer) return tl::make_unexpected(writer.error());
    writer_.emplace(std::move(*writer));
    keeper_.emplace(place());
    return {};
  }

  std::string_view name() const override { return "duckdb"; }

  Status commit(const Batch& batch) override {
    const std::shared_lock lock(mutex_);
    const std::scoped_lock commits(commits_);
    if (!writer_) return fail(Errc::io, "the store is not open");
    const Status committed = writer_->commit(batch);
    if (committed)
      last_.take(batch);
    else
      writer_.reset();
    return committed;
  }

  Result<Replaced> replace_features(const FeatureReplacement& replacement) override {
    const std::shared_lock lock(mutex_);
    const std::scoped_lock commits(commits_);
    if (!writer_) return fail(Errc::io, "the store is not open");
    auto replaced = writer_->replace_features(replacement);
    if (!replaced) writer_.reset();
    return replaced;
  }

  Status recover() override {
    // A failed write may leave the whole instance unusable, and only a fresh one knows what of it
    // reached the file. Ingest waits for it: no read begins, and those at work are ended.
    reopening_ = true;
    constexpr std::chrono::milliseconds again{20};
    std::unique_lock lock(mutex_, std::defer_lock);
    while (!lock.try_lock_for(again)) at_work_.interrupt();
    close();
    const Status opened = open();
    if (!opened) close();
    reopening_ = false;
    if (opened) log_.info("the store {} was opened again", options_.path);
    return opened;
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
  Result<std::vector<LastValue>> last_values(const LastRequest& request) override {
    return beside_others([&] { return last_.find(request); });
  }
  Result<DropReasons> drop_reasons() override {
    return read([](Connection& c) { return read_drop_reasons(c); });
  }
  Result<std::vector<GapRow>> gaps(const GapFilter& filter) override {
    return read_in_time([&](Connection& c) { return read_gaps(c, filter); });
  }
  Result<std::vector<SeriesData>> series(const SeriesRequest& request) override {
    return read_in_time([&](Connection& c) { return read_series(c, archive_, request); });
  }
  Result<StoredSamples> stored_samples(const SampleRequest& request) override {
    return read_in_time([&](Connection& c) { return read_samples(c, archive_, request); });
  }
  Result<std::vector<FromNode<telemetry::Decision>>> decisions(
      const DecisionFilter& filter) override {
    return read_in_time([&](Connection& c) { return read_decisions(c, filter); });
  }
  Result<std::vector<EventRow>> events(const EventFilter& filter) override {
    return read_in_time([&](Connection& c) { return read_events(c, filter); });
  }
  Result<QueryResult> query(const std::string& sql, const QueryLimits& limits) override {
    return beside_others([&] {
      const Readers::Guard reader(readers_);
      // The other half stays for commits and for reads of our own.
      return run_query(database_.get(), sql, limits, options_.memory_bytes / 2, at_work_);
    });
  }

  Result<MaintenanceStep> maintain(const KeepingPolicy& policy, Time now) override {
    return beside_others([&]() -> Result<MaintenanceStep> {
      const std::scoped_lock keeping(keeping_);
      if (policy.archive_after && !archive_.exists())
        return fail(Errc::unavailable, "the store has no archive to move samples to");
      const auto resumed = resume_deletion(now);
      if (!resumed) return tl::make_unexpected(resumed.error());
      if (*resumed) return MaintenanceStep{true, 0, 0};
      return keeper_->step(policy, now);
    });
  }
  Result<Deletion> delete_asset(const DeletionRequest& request) override {
    return beside_others([&]() -> Result<Deletion> {
      const std::scoped_lock keeping(keeping_);
      auto connection = Connection::open(database_.get());
      if (!connection) return tl::make_unexpected(connection.error());
      const AtWork::Guard working(at_work_, connection->get());
      AssetDeletion deletion = make_deletion();
      const auto id = deletion.begin(*connection, request);
      if (!id) return tl::make_unexpected(id.error());
      resumed_.insert(*id);
      return deletion.finish(*connection, *id, [&] { return request.end(); });
    });
  }
  Result<std::vector<Deletion>> deletions(std::size_t limit) override {
    return read([&](Connection& c) { return read_deletions(c, limit); });
  }
  Result<Usage> usage() override {
    std::error_code none;  // there may be no log
    const auto log_bytes = fs::file_size(options_.path + ".wal", none);
    return read([&](Connection& c) { return read_usage(c, none ? 0 : log_bytes); });
  }
  Result<ExportedFile> export_rows(const ExportRequest& request) override {
    ExportedFile file;
    file.path = fmt::format("{}/{}.{}", exports_, ++export_number_, to_string(request.format));
    const auto rows = read([&](Connection& c) { return write_export(c, request, file.path); });
    if (rows) file.rows = *rows;
    if (rows) return file;
    std::error_code ignored;  // there may be none
    fs::remove(file.path, ignored);
    return tl::make_unexpected(rows.error());
  }
  Status log_export(const ExportLine& line) override {
    return beside_others([&]() -> Status {
      auto connection = Connection::open(database_.get());
      if (!connection) return tl::make_unexpected(connection.error());
      return write_export_line(*connection, line);
    });
  }
  Result<std::vector<ExportLine>> exports(std::size_t limit) override {
    return read([&](Connection& c) { return read_exports(c, limit); });
  }
  std::vector<std::string> problems() override { return archive_.problems(); }

 private:
  /// The tables, the archive and the views over both; then nothing else can be reached.
  Status prepare(Connection& connection) {
    if (const Status ready = prepare_schema(connection); !ready) return ready;
    std::error_code error;
    fs::remove_all(exports_, error);
    if (!error) fs::create_directories(exports_, error);
    if (error) return fail(Errc::io, "{}: {}", exports_, error.message());
    std::vector<std::string> folders{exports_};
    if (archive_.exists()) folders.push_back(archive_.folder());
    if (const Status locked = lock_down(connection, folders); !locked) return locked;
    if (const Status opened = archive_.open(connection); !opened) return opened;
    return in_transaction(connection, [&]() -> Status {
      const auto paths = archive_.paths(connection);
      if (!paths) return tl::make_unexpected(paths.error());
      return create_views(connection, *paths);
    });
  }

  KeepingPlace place() {
    return {database_.get(), archive_, readers_, at_work_, commits_, options_.limits};
  }

  AssetDeletion make_deletion() {
    return {place(), [this](const std::string& asset) {
              if (writer_) writer_->forget(asset);
              last_.forget(asset);
            }};
  }

  /// Of those that a crash left; each is tried once until the next opening, so that one that cannot
  /// end does not keep the rest from being done. True where there was one.
  Result<bool> resume_deletion(Time now) {
    auto connection = Connection::open(database_.get());
    if (!connection) return tl::make_unexpected(connection.error());
    const AtWork::Guard working(at_work_, connection->get());
    const auto left = AssetDeletion::unfinished(*connection);
    if (!left) return tl::make_unexpected(left.error());
    for (const std::int64_t id : *left) {
      if (!resumed_.insert(id).second) continue;
      const auto done = make_deletion().finish(*connection, id, [&] { return now; });
      if (!done) return tl::make_unexpected(done.error());
      log_.info("ended the deletion of {}, which a crash had cut short", done->asset);
      return true;
    }
    return false;
  }

  /// While the store is open. What is cut short because it is opened again is `unavailable`.
  template <class F>
  auto beside_others(F&& f) -> decltype(f()) {
    constexpr const char* again = "the store is being opened again";
    if (reopening_) return fail(Errc::unavailable, again);
    const std::shared_lock lock(mutex_);
    if (reopening_) return fail(Errc::unavailable, again);
    if (!keeper_) return fail(Errc::unavailable, "the store is not open");
    auto result = f();
    if (!result && result.error().code == Errc::timeout && reopening_)
      result = fail(Errc::unavailable, again);
    if (!result && result.error().code == Errc::io && archive_.exists()) look_for_files();
    return result;
  }

  /// What failed may have missed a file of the archive: what comes next goes on without it.
  void look_for_files() {
    const std::unique_lock keeping(keeping_, std::try_to_lock);
    if (!keeping) return;  // maintenance looks as well
    auto connection = Connection::open(database_.get());
    Status looked;
    if (connection) looked = archive_.look(*connection);
    if (!looked) log_.error("looking for the archive's files: {}", looked.error().message);
  }

  /// A connection for each read: readers see a snapshot and never wait for the writer.
  template <class F>
  auto read(F&& f) -> decltype(f(std::declval<Connection&>())) {
    return beside_others([&]() -> decltype(f(std::declval<Connection&>())) {
      const Readers::Guard reader(readers_);
      auto connection = Connection::open(database_.get());
      if (!connection) return tl::make_unexpected(connection.error());
      const AtWork::Guard working(at_work_, connection->get());
      // Several statements, one snapshot; it ends with the connection.
      if (const Status begun = connection->run("BEGIN TRANSACTION READ ONLY"); !begun)
        return tl::make_unexpected(begun.error());
      return f(*connection);
    });
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
    keeper_.reset();
    resumed_.clear();
    writer_.reset();
    database_.reset();
    archive_.close();
  }

  DuckdbOptions options_;
  Log log_;
  std::shared_timed_mutex mutex_;  ///< exclusive only to open again
  std::atomic<bool> reopening_ = false;
  AtWork at_work_;
  std::string exports_;  ///< folder
  std::atomic<std::uint64_t> export_number_ = 0;
  LastValues last_;
  Readers readers_;
  Archive archive_;
  std::mutex keeping_;  ///< held by maintenance and deletions, before `commits_`
  std::mutex commits_;  ///< held by commits and by what must not run beside one
  DatabaseHandle database_;
  std::optional<Writer> writer_;
  std::optional<Keeper> keeper_;
  std::set<std::int64_t> resumed_;  ///< deletions tried since opening
};

}  // namespace

Result<std::unique_ptr<TelemetryStore>> open_duckdb_store(const DuckdbOptions& options, Log log) {
  auto store = std::make_unique<DuckdbStore>(options, std::move(log));
  if (const Status opened = store->open(); !opened) return tl::make_unexpected(opened.error());
  return std::unique_ptr<TelemetryStore>(std::move(store));
}

}  // namespace wayside::hub
