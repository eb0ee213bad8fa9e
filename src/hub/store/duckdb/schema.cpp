#include "hub/store/duckdb/schema.hpp"

#include <fmt/format.h>

#include "hub/store/duckdb/migrations.hpp"
#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

/// 0 for an empty database.
Result<std::int64_t> version_of(Connection& connection) {
  constexpr const char* count = "SELECT count(*) FROM duckdb_tables() WHERE NOT internal";
  const auto any = one_integer(connection, count);
  if (!any || *any == 0) return any;
  const auto ours =
      one_integer(connection, std::string(count) + " AND table_name = 'wayside_schema'");
  if (!ours) return ours;
  if (*ours == 0) return fail(Errc::corrupt, "the database belongs to another program");
  return one_integer(connection, "SELECT coalesce(max(version), 0)::BIGINT FROM wayside_schema");
}

}  // namespace

Status prepare_schema(Connection& connection) {
  const auto version = version_of(connection);
  if (!version) return tl::make_unexpected(version.error());
  if (*version > schema_version)
    return fail(Errc::corrupt,
                "its tables have version {}, this program knows up to version {}: run the program "
                "that wrote it, or a later one",
                *version, schema_version);
  for (const Migration& migration : migrations) {
    if (migration.version <= *version) continue;
    const Status done = in_transaction(connection, [&] { return connection.run(migration.sql); });
    if (!done)
      return fail_in(
          fmt::format("making version {} of the tables ({})", migration.version, migration.what),
          done.error());
  }
  return {};
}

}  // namespace wayside::hub::duck
