#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sqlite/database.hpp"
#include "spool/spool_store.hpp"

namespace wayside::spool {

inline constexpr std::int64_t format_version = 2;

/// The connection that changes things, with its statements. Made anew when the file is.
struct Writer {
  struct PerTier {
    sqlite::Statement put, erase, held, gaps;
  };
  sqlite::Database database;
  std::vector<PerTier> tiers;
  sqlite::Statement totals, set_totals, retention, clear_retention, set_retention;
  sqlite::Statement pages, free_pages, begin, commit;
  bool in_transaction = false;
};

/// The connection that reads beside the writer: WAL lets neither wait for the other.
struct Reader {
  struct PerTier {
    sqlite::Statement read, heads;
  };
  sqlite::Database database;
  std::vector<PerTier> tiers;
};

/// Creates the tables if need be, and brings those of an earlier format up to date. Errors: as of
/// the database; `conflict` for a file of a later format.
[[nodiscard]] Result<Writer> open_writer(const std::string& path, const std::string& vfs);
[[nodiscard]] Result<Reader> open_reader(const std::string& path, const std::string& vfs);

/// What a statement with the columns of an entry, or of a head, stands at.
[[nodiscard]] StoredEntry entry_of(telemetry::Tier tier, const sqlite::Statement& row);
[[nodiscard]] EntryHead head_of(const sqlite::Statement& row);
/// The record of such an entry, in SQLite's own memory.
[[nodiscard]] std::string_view record_of(const sqlite::Statement& row);

/// The number that a statement gives, which is reset; 0 where it gives no row.
[[nodiscard]] Result<std::int64_t> single_value(sqlite::Statement& statement);

[[nodiscard]] inline std::int64_t to_sql(std::uint64_t v) {
  return static_cast<std::int64_t>(v);
}
[[nodiscard]] inline std::uint64_t from_sql(std::int64_t v) {
  return static_cast<std::uint64_t>(v);
}

}  // namespace wayside::spool
