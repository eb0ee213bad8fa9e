#include "hub/store/duckdb/schema.hpp"

#include <fmt/format.h>

namespace wayside::hub::duck {
namespace {

// Rows of the large tables carry an integer for (node, asset, name): appending and storing text
// costs five times as much. The views give the design's tables back. Nothing has an index: rows
// come nearly in order of time, so the minimum and maximum per row group do an index's work.
constexpr const char* tables = R"sql(
CREATE TYPE quality AS ENUM ('good', 'out_of_range', 'late', 'not_finite', 'bad');
CREATE TYPE tier AS ENUM ('critical', 'diagnostic', 'bulk');
CREATE TYPE severity AS ENUM ('info', 'warning', 'alarm');
CREATE TABLE wayside_schema (version INTEGER NOT NULL);
CREATE TABLE series (
  id INTEGER NOT NULL, dimension UTINYINT NOT NULL, node VARCHAR NOT NULL, asset VARCHAR NOT NULL,
  name VARCHAR NOT NULL, version UINTEGER NOT NULL);
CREATE TABLE asset_rows (
  node VARCHAR NOT NULL, asset VARCHAR NOT NULL, site VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  tags VARCHAR NOT NULL, PRIMARY KEY (node, asset));
CREATE TABLE sample_rows (
  series INTEGER NOT NULL, time TIMESTAMP_NS NOT NULL, value DOUBLE, quality quality NOT NULL);
CREATE TABLE feature_rows (series INTEGER NOT NULL, time TIMESTAMP_NS NOT NULL, value DOUBLE);
CREATE TABLE health_rows (series INTEGER NOT NULL, time TIMESTAMP_NS NOT NULL, value DOUBLE);
CREATE TABLE decision_rows (
  node VARCHAR NOT NULL, asset VARCHAR NOT NULL, model VARCHAR NOT NULL, release VARCHAR NOT NULL,
  time TIMESTAMP_NS NOT NULL, score DOUBLE, class VARCHAR NOT NULL, confidence DOUBLE,
  latency_us DOUBLE, action VARCHAR NOT NULL, inputs VARCHAR NOT NULL);
CREATE TABLE event_rows (
  id VARCHAR NOT NULL, node VARCHAR NOT NULL, asset VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  time TIMESTAMP_NS NOT NULL, severity severity NOT NULL, text VARCHAR NOT NULL,
  data VARCHAR NOT NULL, rule VARCHAR NOT NULL, raised TIMESTAMP_NS, cleared TIMESTAMP_NS);
CREATE TABLE streams (
  node VARCHAR NOT NULL, epoch UBIGINT NOT NULL, tier tier NOT NULL, produced UBIGINT NOT NULL,
  watermark UBIGINT NOT NULL, delivered UBIGINT NOT NULL, dropped UBIGINT NOT NULL,
  duplicates UBIGINT NOT NULL, updated TIMESTAMP_NS NOT NULL, PRIMARY KEY (node, epoch, tier));
CREATE TABLE gap_rows (
  node VARCHAR NOT NULL, epoch UBIGINT NOT NULL, tier tier NOT NULL, first_seq UBIGINT NOT NULL,
  last_seq UBIGINT NOT NULL, samples UBIGINT NOT NULL, reason VARCHAR NOT NULL,
  first_time TIMESTAMP_NS NOT NULL, last_time TIMESTAMP_NS NOT NULL);
CREATE TABLE quarantine_rows (
  node VARCHAR NOT NULL, epoch UBIGINT NOT NULL, tier tier NOT NULL, seq UBIGINT NOT NULL,
  reason VARCHAR NOT NULL, bytes BLOB NOT NULL);
)sql";

// now() is DuckDB's own with a time zone, which does not compare with the tables' times.
constexpr const char* views = R"sql(
CREATE VIEW samples AS SELECT s.node, s.asset, s.name AS signal, s.version, r.time, r.value,
  r.quality FROM sample_rows r JOIN series s ON s.id = r.series;
CREATE VIEW features AS SELECT s.node, s.asset, s.name, r.time, r.value
  FROM feature_rows r JOIN series s ON s.id = r.series;
CREATE VIEW assets AS SELECT node, asset, site, kind, tags FROM asset_rows;
CREATE VIEW health AS SELECT s.node, r.time, s.name AS metric, r.value
  FROM health_rows r JOIN series s ON s.id = r.series;
CREATE VIEW decisions AS SELECT node, asset, model, release, time, score, class, confidence,
  latency_us, action, inputs FROM decision_rows;
CREATE VIEW events AS SELECT node, asset, kind, time, severity, text, data FROM event_rows;
CREATE VIEW ledger AS SELECT node, printf('%016x', epoch) AS epoch, tier, produced, delivered,
  dropped, (CASE WHEN produced > watermark THEN produced - watermark ELSE 0 END)::UBIGINT AS queued,
  duplicates, updated FROM streams;
CREATE VIEW gaps AS SELECT node, printf('%016x', epoch) AS epoch, tier, first_seq, last_seq,
  samples, reason, first_time, last_time FROM gap_rows;
CREATE MACRO now() AS make_timestamp_ns(epoch_ns(get_current_timestamp()));
)sql";

Result<std::int64_t> one_integer(Connection& connection, const std::string& sql) {
  auto result = connection.rows(sql);
  if (!result) return tl::make_unexpected(result.error());
  std::int64_t value = 0;
  const Status read = for_each_row(
      *result, [&](const Rows& rows, std::size_t i) { value = rows.value<std::int64_t>(0, i); });
  if (!read) return tl::make_unexpected(read.error());
  return value;
}

Status create(Connection& connection) {
  const std::string all =
      fmt::format("BEGIN; {} {} INSERT INTO wayside_schema VALUES ({}); COMMIT;", tables, views,
                  schema_version);
  const Status created = connection.run(all);
  if (!created) return fail_in("creating the tables", created.error());
  return {};
}

}  // namespace

Status prepare_schema(Connection& connection) {
  constexpr const char* count = "SELECT count(*) FROM duckdb_tables() WHERE NOT internal";
  const auto any = one_integer(connection, count);
  if (!any) return tl::make_unexpected(any.error());
  if (*any == 0) return create(connection);
  const auto ours =
      one_integer(connection, std::string(count) + " AND table_name = 'wayside_schema'");
  if (!ours) return tl::make_unexpected(ours.error());
  if (*ours == 0) return fail(Errc::corrupt, "the database belongs to another program");
  const auto version =
      one_integer(connection, "SELECT coalesce(max(version), 0)::BIGINT FROM wayside_schema");
  if (!version) return tl::make_unexpected(version.error());
  if (*version != schema_version)
    return fail(Errc::corrupt, "its tables have version {}, this program knows version {}",
                *version, schema_version);
  return {};
}

}  // namespace wayside::hub::duck
