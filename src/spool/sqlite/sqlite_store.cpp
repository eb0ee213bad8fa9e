#include "spool/sqlite/sqlite_store.hpp"

#include <fmt/format.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>

#include "base/assert.hpp"
#include "base/sqlite/database.hpp"

namespace wayside::spool {
namespace {

using sqlite::Database;
using sqlite::Statement;
using telemetry::Tier;

constexpr std::int64_t format_version = 1;
// Free pages are used again; beyond this, and half of the file, they go back to the file system, a
// few with each commit.
constexpr std::int64_t free_pages_kept = 1024;
constexpr int pages_returned_at_once = 256;
constexpr std::uint64_t page_bytes = 4096;

// One table a tier, so that every insert goes to the end of a table: pages fill up, and those at
// the front become free as a whole. FULL: a commit is on stable storage when it returns. The log is
// kept to a few MiB, the caches small: a spool is read once, in order.
std::string writer_setup() {
  return "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
         "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=256; PRAGMA "
         "journal_size_limit=4194304;"
         "PRAGMA cache_size=-512; PRAGMA temp_store=MEMORY;";
}

std::string schema() {
  std::string sql =
      "CREATE TABLE IF NOT EXISTS spool(version INTEGER NOT NULL, epoch INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS totals(tier INTEGER PRIMARY KEY, produced INTEGER NOT NULL,"
      " watermark INTEGER NOT NULL, delivered INTEGER NOT NULL, dropped INTEGER NOT NULL,"
      " bytes INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS retention(critical INTEGER NOT NULL,"
      " diagnostic INTEGER NOT NULL, bulk INTEGER NOT NULL, note BLOB NOT NULL);";
  for (const Tier tier : telemetry::all_tiers)
    sql += fmt::format(
        "CREATE TABLE IF NOT EXISTS {0}(seq INTEGER PRIMARY KEY, span INTEGER NOT NULL,"
        " is_gap INTEGER NOT NULL, time INTEGER NOT NULL, samples INTEGER NOT NULL,"
        " crc INTEGER NOT NULL, bytes INTEGER NOT NULL, record BLOB NOT NULL);"
        "CREATE INDEX IF NOT EXISTS {0}_gaps ON {0}(seq) WHERE is_gap = 1;",
        to_string(tier));
  return sql;
}

std::int64_t to_sql(std::uint64_t v) {
  return static_cast<std::int64_t>(v);
}
std::uint64_t from_sql(std::int64_t v) {
  return static_cast<std::uint64_t>(v);
}

constexpr const char* entry_columns = "seq, span, is_gap, time, samples, crc, record";

StoredEntry entry_of(Tier tier, const Statement& row) {
  StoredEntry entry;
  entry.tier = tier;
  entry.seq = from_sql(row.integer(0));
  entry.span = from_sql(row.integer(1));
  entry.is_gap = row.integer(2) != 0;
  entry.time = {row.integer(3)};
  entry.samples = from_sql(row.integer(4));
  entry.crc = static_cast<std::uint32_t>(row.integer(5));
  entry.record = row.blob(6);
  return entry;
}

Result<std::int64_t> single_value(Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  if (!statement) return tl::make_unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return tl::make_unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

/// The connection that changes things, with its statements. Made anew when the file is.
struct Writer {
  struct PerTier {
    Statement put, erase, held, gaps;
  };
  Database database;
  std::vector<PerTier> tiers;
  Statement totals, set_totals, retention, clear_retention, set_retention;
  bool in_transaction = false;
};

/// The connection that reads beside the writer: WAL lets neither wait for the other.
struct Reader {
  struct PerTier {
    Statement read, heads;
  };
  Database database;
  std::vector<PerTier> tiers;
};

Result<std::vector<Statement>> prepare_all(Database& database,
                                           const std::vector<std::string>& sql) {
  std::vector<Statement> statements;
  for (const auto& text : sql) {
    auto statement = database.prepare(text);
    if (!statement) return tl::make_unexpected(statement.error());
    statements.push_back(std::move(*statement));
  }
  return statements;
}

Result<Writer> open_writer(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return tl::make_unexpected(database.error());
  if (auto done = database->exec(writer_setup() + schema()); !done)
    return tl::make_unexpected(done.error());
  const auto version = single_value(*database, "SELECT version FROM spool");
  if (!version) return tl::make_unexpected(version.error());
  if (*version > format_version)
    return fail(Errc::conflict, "{} is of format {}, this program reads up to {}", path, *version,
                format_version);
  std::vector<Writer::PerTier> tiers;
  for (const Tier tier : telemetry::all_tiers) {
    const auto name = to_string(tier);
    auto made = prepare_all(
        *database,
        {fmt::format(
             "INSERT OR REPLACE INTO {}(seq, span, is_gap, time, samples, crc, bytes, record)"
             " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
             name),
         fmt::format("DELETE FROM {} WHERE seq BETWEEN ?1 AND ?2", name),
         fmt::format("SELECT coalesce(sum(bytes), 0) FROM {} WHERE seq BETWEEN ?1 AND ?2", name),
         fmt::format("SELECT {} FROM {} WHERE is_gap = 1 ORDER BY seq", entry_columns, name)});
    if (!made) return tl::make_unexpected(made.error());
    tiers.push_back({std::move((*made)[0]), std::move((*made)[1]), std::move((*made)[2]),
                     std::move((*made)[3])});
  }
  auto made = prepare_all(
      *database,
      {"SELECT produced, watermark, delivered, dropped, bytes FROM totals WHERE tier = ?1",
       "INSERT OR REPLACE INTO totals(tier, produced, watermark, delivered, dropped, bytes)"
       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
       "SELECT critical, diagnostic, bulk, note FROM retention", "DELETE FROM retention",
       "INSERT INTO retention(critical, diagnostic, bulk, note) VALUES(?1, ?2, ?3, ?4)"});
  if (!made) return tl::make_unexpected(made.error());
  return Writer{std::move(*database),  std::move(tiers),      std::move((*made)[0]),
                std::move((*made)[1]), std::move((*made)[2]), std::move((*made)[3]),
                std::move((*made)[4])};
}

Result<Reader> open_reader(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return tl::make_unexpected(database.error());
  if (auto done = database->exec("PRAGMA query_only=ON; PRAGMA cache_size=-256;"); !done)
    return tl::make_unexpected(done.error());
  std::vector<Reader::PerTier> tiers;
  for (const Tier tier : telemetry::all_tiers) {
    const auto name = to_string(tier);
    auto made = prepare_all(
        *database,
        {fmt::format("SELECT {0} FROM {1} WHERE seq >= coalesce((SELECT max(seq) FROM {1}"
                     " WHERE seq <= ?1), 0) ORDER BY seq",
                     entry_columns, name),
         fmt::format("SELECT seq, span, is_gap, time, samples, bytes FROM {} WHERE seq >= ?1"
                     " ORDER BY seq LIMIT ?2",
                     name)});
    if (!made) return tl::make_unexpected(made.error());
    tiers.push_back({std::move((*made)[0]), std::move((*made)[1])});
  }
  return Reader{std::move(*database), std::move(tiers)};
}

}  // namespace

class SqliteStore final : public SpoolStore {
 public:
  SqliteStore(std::string path, Log log) : path_(std::move(path)), log_(std::move(log)) {}

  /// Opens the file, or begins it anew where it is damaged.
  Status start();

  [[nodiscard]] bool recreated() const override { return recreated_; }
  Result<std::uint64_t> epoch() override;
  Status set_epoch(std::uint64_t epoch) override;
  Result<StreamTotals> totals(Tier tier) override;
  Status set_totals(Tier tier, const StreamTotals& totals) override;
  Result<std::optional<Retention>> retention() override;
  Status set_retention(const Retention& retention) override;
  Result<std::vector<StoredEntry>> gaps(Tier tier) override;
  Status put(const StoredEntry& entry) override;
  Result<std::uint64_t> erase(Tier tier, std::uint64_t first, std::uint64_t last) override;
  Result<std::uint64_t> held(Tier tier, std::uint64_t first, std::uint64_t last) override;
  Status commit() override;
  void rollback() override;
  Result<std::vector<StoredEntry>> read(Tier tier, std::uint64_t from,
                                        std::size_t bytes_max) override;
  Result<std::vector<EntryHead>> heads(Tier tier, std::uint64_t from,
                                       std::size_t entries_max) override;
  Result<std::uint64_t> bytes_used() override;
  Status recreate() override;

 private:
  [[nodiscard]] Status open();
  [[nodiscard]] Status begin();
  [[nodiscard]] Status return_free_pages();
  /// The writer; an error while a recreation has failed and is not repeated yet.
  [[nodiscard]] Result<Writer*> writer();

  std::string path_;
  Log log_;
  bool recreated_ = false;
  std::optional<Writer> writer_;
  std::mutex reader_mutex_;
  std::optional<Reader> reader_;
};

Status SqliteStore::start() {
  Status opened = open();
  if (opened || opened.error().code != Errc::corrupt) return opened;
  recreated_ = true;
  return recreate();
}

Status SqliteStore::open() {
  auto writer = open_writer(path_);
  if (!writer) return tl::make_unexpected(writer.error());
  writer_ = std::move(*writer);
  auto reader = open_reader(path_);
  if (!reader) return tl::make_unexpected(reader.error());
  const std::lock_guard lock(reader_mutex_);
  reader_ = std::move(*reader);
  return {};
}

Result<Writer*> SqliteStore::writer() {
  if (!writer_) return fail(Errc::corrupt, "{} was damaged and could not be begun anew", path_);
  return &*writer_;
}

Status SqliteStore::begin() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  if ((*w)->in_transaction) return {};
  if (auto begun = (*w)->database.exec("BEGIN IMMEDIATE"); !begun) return begun;
  (*w)->in_transaction = true;
  return {};
}

Result<std::uint64_t> SqliteStore::epoch() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  return single_value((*w)->database, "SELECT epoch FROM spool").map(from_sql);
}

Status SqliteStore::set_epoch(std::uint64_t epoch) {
  if (auto begun = begin(); !begun) return begun;
  return writer_->database.exec(
      fmt::format("DELETE FROM spool; INSERT INTO spool(version, epoch) VALUES({}, {});",
                  format_version, to_sql(epoch)));
}

Result<StreamTotals> SqliteStore::totals(Tier tier) {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->totals;
  statement.reset();
  const auto row = statement.bind(1, static_cast<std::int64_t>(tier)).step();
  if (!row) return tl::make_unexpected(row.error());
  StreamTotals totals;
  if (*row)
    totals = {from_sql(statement.integer(0)), from_sql(statement.integer(1)),
              from_sql(statement.integer(2)), from_sql(statement.integer(3)),
              from_sql(statement.integer(4))};
  statement.reset();
  return totals;
}

Status SqliteStore::set_totals(Tier tier, const StreamTotals& totals) {
  if (auto begun = begin(); !begun) return begun;
  return writer_->set_totals.bind(1, static_cast<std::int64_t>(tier))
      .bind(2, to_sql(totals.produced))
      .bind(3, to_sql(totals.watermark))
      .bind(4, to_sql(totals.delivered))
      .bind(5, to_sql(totals.dropped))
      .bind(6, to_sql(totals.bytes))
      .run();
}

Result<std::optional<Retention>> SqliteStore::retention() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->retention;
  const auto row = statement.step();
  std::optional<Retention> retention;
  if (row && *row) {
    retention.emplace();
    for (std::size_t t = 0; t < telemetry::tier_count; ++t)
      retention->from[t] = from_sql(statement.integer(static_cast<int>(t)));
    retention->note = statement.blob(telemetry::tier_count);
  }
  statement.reset();
  if (!row) return tl::make_unexpected(row.error());
  return retention;
}

Status SqliteStore::set_retention(const Retention& retention) {
  if (auto begun = begin(); !begun) return begun;
  if (auto cleared = writer_->clear_retention.run(); !cleared) return cleared;
  Statement& statement = writer_->set_retention;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    statement.bind(static_cast<int>(t) + 1, to_sql(retention.from[t]));
  return statement.bind_blob(telemetry::tier_count + 1, retention.note).run();
}

Result<std::vector<StoredEntry>> SqliteStore::gaps(Tier tier) {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->tiers[static_cast<std::size_t>(tier)].gaps;
  std::vector<StoredEntry> gaps;
  for (;;) {
    const auto row = statement.step();
    if (row && *row) {
      gaps.push_back(entry_of(tier, statement));
      continue;
    }
    statement.reset();
    if (!row) return tl::make_unexpected(row.error());
    return gaps;
  }
}

Status SqliteStore::put(const StoredEntry& entry) {
  if (auto begun = begin(); !begun) return begun;
  return writer_->tiers[static_cast<std::size_t>(entry.tier)]
      .put.bind(1, to_sql(entry.seq))
      .bind(2, to_sql(entry.span))
      .bind(3, std::int64_t{entry.is_gap})
      .bind(4, entry.time.ns)
      .bind(5, to_sql(entry.samples))
      .bind(6, std::int64_t{entry.crc})
      .bind(7, to_sql(entry.record.size()))
      .bind_blob(8, entry.record)
      .run();
}

Result<std::uint64_t> SqliteStore::held(Tier tier, std::uint64_t first, std::uint64_t last) {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->tiers[static_cast<std::size_t>(tier)].held;
  const auto row = statement.bind(1, to_sql(first)).bind(2, to_sql(last)).step();
  const std::int64_t bytes = row && *row ? statement.integer(0) : 0;
  statement.reset();
  if (!row) return tl::make_unexpected(row.error());
  return from_sql(bytes);
}

Result<std::uint64_t> SqliteStore::erase(Tier tier, std::uint64_t first, std::uint64_t last) {
  if (auto begun = begin(); !begun) return tl::make_unexpected(begun.error());
  const auto bytes = held(tier, first, last);
  if (!bytes) return bytes;
  Statement& statement = writer_->tiers[static_cast<std::size_t>(tier)].erase;
  if (auto done = statement.bind(1, to_sql(first)).bind(2, to_sql(last)).run(); !done)
    return tl::make_unexpected(done.error());
  return bytes;
}

Status SqliteStore::commit() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  if (!(*w)->in_transaction) return {};
  if (auto committed = (*w)->database.exec("COMMIT"); !committed) return committed;
  (*w)->in_transaction = false;
  // The changes are safe; a file that cannot shrink now will another time.
  if (auto returned = return_free_pages(); !returned)
    log_.warn("the spool's file could not be made smaller: {}", returned.error().message);
  return {};
}

Status SqliteStore::return_free_pages() {
  const auto free = single_value(writer_->database, "PRAGMA freelist_count");
  if (!free) return tl::make_unexpected(free.error());
  if (*free <= free_pages_kept) return {};
  const auto pages = single_value(writer_->database, "PRAGMA page_count");
  if (!pages) return tl::make_unexpected(pages.error());
  if (*free <= *pages / 2) return {};
  return writer_->database.exec(
      fmt::format("PRAGMA incremental_vacuum({})", pages_returned_at_once));
}

void SqliteStore::rollback() {
  if (!writer_ || !writer_->in_transaction) return;
  writer_->in_transaction = false;
  // After some errors (a full disk, say) SQLite has rolled back by itself, and says so here.
  if (auto done = writer_->database.exec("ROLLBACK"); !done)
    log_.debug("rollback: {}", done.error().message);
}

Result<std::vector<StoredEntry>> SqliteStore::read(Tier tier, std::uint64_t from,
                                                   std::size_t bytes_max) {
  const std::lock_guard lock(reader_mutex_);
  if (!reader_) return fail(Errc::corrupt, "{} was damaged and could not be begun anew", path_);
  Statement& statement = reader_->tiers[static_cast<std::size_t>(tier)].read;
  statement.bind(1, to_sql(from));
  std::vector<StoredEntry> entries;
  std::size_t bytes = 0;
  for (;;) {
    const auto row = statement.step();
    bool more = row && *row;
    if (more) {
      bytes += statement.blob(6).size();
      more = entries.empty() || bytes <= bytes_max;
      if (more) entries.push_back(entry_of(tier, statement));
    }
    if (more) continue;
    // An open statement would hold back the log's end.
    statement.reset();
    if (!row && entries.empty()) return tl::make_unexpected(row.error());
    return entries;
  }
}

Result<std::vector<EntryHead>> SqliteStore::heads(Tier tier, std::uint64_t from,
                                                  std::size_t entries_max) {
  const std::lock_guard lock(reader_mutex_);
  if (!reader_) return fail(Errc::corrupt, "{} was damaged and could not be begun anew", path_);
  Statement& statement = reader_->tiers[static_cast<std::size_t>(tier)].heads;
  statement.bind(1, to_sql(from)).bind(2, to_sql(entries_max));
  std::vector<EntryHead> heads;
  for (;;) {
    const auto row = statement.step();
    if (row && *row) {
      heads.push_back({from_sql(statement.integer(0)), from_sql(statement.integer(1)),
                       statement.integer(2) != 0, Time{statement.integer(3)},
                       from_sql(statement.integer(4)), from_sql(statement.integer(5))});
      continue;
    }
    statement.reset();
    if (!row && heads.empty()) return tl::make_unexpected(row.error());
    return heads;
  }
}

Result<std::uint64_t> SqliteStore::bytes_used() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  const auto pages = single_value((*w)->database, "PRAGMA page_count");
  if (!pages) return tl::make_unexpected(pages.error());
  const auto free = single_value((*w)->database, "PRAGMA freelist_count");
  if (!free) return tl::make_unexpected(free.error());
  return from_sql(*pages - *free) * page_bytes;
}

Status SqliteStore::recreate() {
  {
    const std::lock_guard lock(reader_mutex_);
    reader_.reset();
  }
  writer_.reset();
  for (const char* suffix : {"", "-wal"}) {
    const std::string from = path_ + suffix;
    const std::string to = path_ + ".damaged" + suffix;
    if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
      return fail(Errc::io, "cannot rename {} to {}: {}", from, to, std::strerror(errno));
  }
  static_cast<void>(std::remove((path_ + "-shm").c_str()));  // SQLite makes it again
  log_.error("the spool's damaged file is now {}.damaged", path_);
  return open();
}

Result<std::unique_ptr<SpoolStore>> open_sqlite_store(const std::string& path, Log log) {
  auto store = std::make_unique<SqliteStore>(path, std::move(log));
  if (auto opened = store->start(); !opened)
    return fail_in(fmt::format("spool {}", path), opened.error());
  return store;
}

}  // namespace wayside::spool
