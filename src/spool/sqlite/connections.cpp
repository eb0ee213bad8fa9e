// The two connections of a store, their tables and statements.
#include "spool/sqlite/connections.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <array>

namespace wayside::spool {
namespace {

using sqlite::Database;
using sqlite::Statement;
using telemetry::Tier;

// FULL: a commit is on stable storage when it returns. The log is emptied when the store says so,
// and stays as large as it is: its room is taken once, and writing it again needs no new room. What
// is deleted is not overwritten, which would write it once more. The caches are small: a spool is
// read once, in order. Nobody else is to use the file, and somebody who looks at it is not waited
// for for long.
constexpr const char* new_file_setup = "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;";
constexpr const char* writer_setup =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=-1;"
    "PRAGMA secure_delete=OFF; PRAGMA cache_size=-512; PRAGMA temp_store=MEMORY;"
    "PRAGMA busy_timeout=250;";

// One table a tier, so that every insert goes to the end of a table: pages fill up, and those at
// the front become free as a whole.
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
        " crc INTEGER NOT NULL, bytes INTEGER NOT NULL, ordinal INTEGER NOT NULL DEFAULT 0,"
        " record BLOB NOT NULL);"
        "CREATE INDEX IF NOT EXISTS {0}_gaps ON {0}(seq) WHERE is_gap = 1;",
        to_string(tier));
  return sql;
}

/// Format 1 had no ordinals: its blocks are kept until they are evicted.
std::string from_format_1() {
  std::string sql = "BEGIN IMMEDIATE;";
  for (const Tier tier : telemetry::all_tiers)
    sql += fmt::format("ALTER TABLE {} ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;",
                       to_string(tier));
  return sql + "UPDATE spool SET version = 2; COMMIT;";
}

constexpr const char* entry_columns = "seq, span, is_gap, time, samples, crc, ordinal, record";
constexpr int record_column = 7;

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

Result<std::int64_t> ask(Database& database, const std::string& sql) {
  auto statement = database.prepare(sql);
  if (!statement) return tl::make_unexpected(statement.error());
  return single_value(*statement);
}

/// The format is told twice, in the file's head and in a table: where the two disagree on a later
/// one, it is damage and no later program.
Status check_format(Database& database, const std::string& path) {
  const auto version = ask(database, "SELECT version FROM spool");
  if (!version) return tl::make_unexpected(version.error());
  const auto head = ask(database, "PRAGMA user_version");
  if (!head) return tl::make_unexpected(head.error());
  if (*version > format_version)
    return fail(*head == *version ? Errc::conflict : Errc::corrupt,
                "{} is of format {}, this program reads up to {}", path, *version, format_version);
  if (*version == 1)
    if (auto done = database.exec(from_format_1()); !done) return done;
  if (*head == format_version) return {};
  return database.exec(fmt::format("PRAGMA user_version={}", format_version));
}

/// SQLite reads a file whose head names a later version of its format, and refuses to write it as
/// it does on a disk that cannot be written: nobody but damage writes such a head here.
bool head_is_damaged(Database& database) {
  constexpr sqlite3_int64 versions_at = 18;  ///< SQLite's file format, section 1.3.3
  constexpr unsigned char version_max = 2;
  if (sqlite3_db_readonly(database.handle(), "main") != 1) return false;
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  std::array<unsigned char, 2> versions{};
  return file != nullptr && file->pMethods != nullptr &&
         file->pMethods->xRead(file, versions.data(), versions.size(), versions_at) == SQLITE_OK &&
         (versions[0] > version_max || versions[1] > version_max);
}

/// The log and its index stay when the last connection closes: the next start needs their room.
void keep_log(Database& database) {
  int keep = 1;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

Result<Writer::PerTier> prepare_tier(Database& database, Tier tier) {
  const auto name = to_string(tier);
  auto made = prepare_all(
      database,
      {fmt::format("INSERT OR REPLACE INTO {}(seq, span, is_gap, time, samples, crc, bytes,"
                   " ordinal, record) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                   name),
       fmt::format("DELETE FROM {} WHERE seq BETWEEN ?1 AND ?2", name),
       fmt::format("SELECT coalesce(sum(bytes), 0) FROM {} WHERE seq BETWEEN ?1 AND ?2", name),
       fmt::format("SELECT {} FROM {} WHERE is_gap = 1 ORDER BY seq", entry_columns, name)});
  if (!made) return tl::make_unexpected(made.error());
  return Writer::PerTier{std::move((*made)[0]), std::move((*made)[1]), std::move((*made)[2]),
                         std::move((*made)[3])};
}

}  // namespace

StoredEntry entry_of(Tier tier, const Statement& row) {
  StoredEntry entry;
  entry.tier = tier;
  entry.seq = from_sql(row.integer(0));
  entry.span = from_sql(row.integer(1));
  entry.is_gap = row.integer(2) != 0;
  entry.time = {row.integer(3)};
  entry.samples = from_sql(row.integer(4));
  entry.crc = static_cast<std::uint32_t>(row.integer(5));
  entry.ordinal = from_sql(row.integer(6));
  entry.record = row.blob(record_column);
  return entry;
}

EntryHead head_of(const Statement& row) {
  return {from_sql(row.integer(0)), from_sql(row.integer(1)), row.integer(2) != 0,
          Time{row.integer(3)},     from_sql(row.integer(4)), from_sql(row.integer(5)),
          from_sql(row.integer(6))};
}

std::string_view record_of(const Statement& row) {
  return row.blob(record_column);
}

Result<std::int64_t> single_value(Statement& statement) {
  const auto row = statement.step();
  const std::int64_t value = row && *row ? statement.integer(0) : 0;
  statement.reset();
  if (!row) return tl::make_unexpected(row.error());
  return value;
}

Result<Writer> open_writer(const std::string& path, const std::string& vfs) {
  auto database = Database::open(path, vfs);
  if (!database) return tl::make_unexpected(database.error());
  keep_log(*database);
  const auto pages = ask(*database, "PRAGMA page_count");
  if (!pages) return tl::make_unexpected(pages.error());
  // Said again it would be written again.
  const std::string first = *pages == 0 ? new_file_setup : "";
  if (auto done = database->exec(first + writer_setup + schema()); !done)
    return tl::make_unexpected(done.error());
  if (auto sound = check_format(*database, path); !sound) return tl::make_unexpected(sound.error());
  std::vector<Writer::PerTier> tiers;
  for (const Tier tier : telemetry::all_tiers) {
    auto made = prepare_tier(*database, tier);
    if (!made) return tl::make_unexpected(made.error());
    tiers.push_back(std::move(*made));
  }
  auto made = prepare_all(
      *database,
      {"SELECT produced, watermark, delivered, dropped, bytes FROM totals WHERE tier = ?1",
       "INSERT OR REPLACE INTO totals(tier, produced, watermark, delivered, dropped, bytes)"
       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
       "SELECT critical, diagnostic, bulk, note FROM retention", "DELETE FROM retention",
       "INSERT INTO retention(critical, diagnostic, bulk, note) VALUES(?1, ?2, ?3, ?4)",
       "PRAGMA page_count", "PRAGMA freelist_count", "BEGIN IMMEDIATE", "COMMIT"});
  if (!made) return tl::make_unexpected(made.error());
  if (head_is_damaged(*database)) return fail(Errc::corrupt, "{}: its head is damaged", path);
  auto& m = *made;
  return Writer{std::move(*database), std::move(tiers), std::move(m[0]), std::move(m[1]),
                std::move(m[2]),      std::move(m[3]),  std::move(m[4]), std::move(m[5]),
                std::move(m[6]),      std::move(m[7]),  std::move(m[8])};
}

Result<Reader> open_reader(const std::string& path, const std::string& vfs) {
  auto database = Database::open(path, vfs);
  if (!database) return tl::make_unexpected(database.error());
  keep_log(*database);
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
         fmt::format("SELECT seq, span, is_gap, time, samples, ordinal, bytes FROM {}"
                     " WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
                     name)});
    if (!made) return tl::make_unexpected(made.error());
    tiers.push_back({std::move((*made)[0]), std::move((*made)[1])});
  }
  return Reader{std::move(*database), std::move(tiers)};
}

}  // namespace wayside::spool
