#pragma once

#include <array>

namespace wayside::hub {

/// Entry i makes version i + 1 of the catalog's tables out of version i; an empty file is version 0
/// (SQLite's user_version). Each runs in one transaction, once. What a released program has run is
/// never changed: a later version is another entry.
inline constexpr std::array<const char*, 1> catalog_migrations{R"sql(
CREATE TABLE IF NOT EXISTS nodes (
  node TEXT PRIMARY KEY, since INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS acknowledgements (
  event TEXT PRIMARY KEY, by TEXT NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL) WITHOUT ROWID;
)sql"};

}  // namespace wayside::hub
