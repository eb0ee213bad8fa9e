#include "hub/store/duckdb/migrations.hpp"

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
INSERT INTO wayside_schema VALUES (1);
CREATE TABLE series (
  id INTEGER NOT NULL, dimension UTINYINT NOT NULL, node VARCHAR NOT NULL, asset VARCHAR NOT NULL,
  name VARCHAR NOT NULL, version UINTEGER NOT NULL);
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
CREATE MACRO now() AS make_timestamp_ns(epoch_ns(get_current_timestamp()));
)sql";

// What tier a row came in was not kept before: an event's is in its id, the others count as
// diagnostic. `latest_rows` is kept current by commits, so that a start need not read every sample.
// `horizon_rows` tells, by tier, before what time samples have been removed, before what time they
// are all archived, and whether everything that left has been downsampled.
constexpr const char* keeping = R"sql(
ALTER TABLE series ADD COLUMN tier tier DEFAULT 'diagnostic';
ALTER TABLE series ALTER COLUMN tier SET NOT NULL;
ALTER TABLE series ALTER COLUMN tier DROP DEFAULT;
ALTER TABLE decision_rows ADD COLUMN tier tier DEFAULT 'diagnostic';
ALTER TABLE decision_rows ALTER COLUMN tier SET NOT NULL;
ALTER TABLE decision_rows ALTER COLUMN tier DROP DEFAULT;
CREATE TABLE event_rows_1 AS SELECT *, CASE regexp_extract(id, '\.([cdb])[0-9]+$', 1)
  WHEN 'c' THEN 'critical' WHEN 'b' THEN 'bulk' ELSE 'diagnostic' END::tier AS tier
  FROM event_rows ORDER BY rowid;
DROP TABLE event_rows;
CREATE TABLE event_rows (
  id VARCHAR NOT NULL, node VARCHAR NOT NULL, asset VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  time TIMESTAMP_NS NOT NULL, severity severity NOT NULL, text VARCHAR NOT NULL,
  data VARCHAR NOT NULL, rule VARCHAR NOT NULL, raised TIMESTAMP_NS, cleared TIMESTAMP_NS,
  tier tier NOT NULL);
INSERT INTO event_rows SELECT * FROM event_rows_1 ORDER BY rowid;
DROP TABLE event_rows_1;
CREATE TABLE streams_1 AS SELECT * FROM streams;
DROP TABLE streams;
CREATE TABLE streams (
  node VARCHAR NOT NULL, epoch UBIGINT NOT NULL, tier tier NOT NULL, produced UBIGINT NOT NULL,
  watermark UBIGINT NOT NULL, delivered UBIGINT NOT NULL, dropped UBIGINT NOT NULL,
  duplicates UBIGINT NOT NULL, updated TIMESTAMP_NS NOT NULL, closed BOOLEAN NOT NULL,
  PRIMARY KEY (node, epoch, tier));
INSERT INTO streams SELECT *, false FROM streams_1;
DROP TABLE streams_1;
CREATE TABLE asset_rows (
  node VARCHAR NOT NULL, asset VARCHAR NOT NULL, site VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  tags VARCHAR NOT NULL, PRIMARY KEY (node, asset));
CREATE TABLE latest_rows (
  series INTEGER NOT NULL, time TIMESTAMP_NS NOT NULL, value DOUBLE NOT NULL);
INSERT INTO latest_rows SELECT series, max(time), arg_max(value, time) FROM sample_rows
  WHERE quality = 'good' AND value IS NOT NULL GROUP BY series;
CREATE TABLE downsample_rows (
  series INTEGER NOT NULL, time TIMESTAMP_NS NOT NULL, every_ns BIGINT NOT NULL,
  count UBIGINT NOT NULL, sum DOUBLE NOT NULL, min DOUBLE NOT NULL, max DOUBLE NOT NULL,
  first DOUBLE NOT NULL, last DOUBLE NOT NULL, min_time TIMESTAMP_NS NOT NULL,
  max_time TIMESTAMP_NS NOT NULL, first_time TIMESTAMP_NS NOT NULL,
  last_time TIMESTAMP_NS NOT NULL);
CREATE TABLE horizon_rows (
  tier tier NOT NULL, raw_from TIMESTAMP_NS, archived_before TIMESTAMP_NS,
  whole_history BOOLEAN NOT NULL);
INSERT INTO horizon_rows VALUES ('critical', NULL, NULL, true), ('diagnostic', NULL, NULL, true),
  ('bulk', NULL, NULL, true);
CREATE TABLE store_identity (id VARCHAR NOT NULL);
INSERT INTO store_identity SELECT substr(replace(uuid()::VARCHAR, '-', ''), 1, 12);
CREATE TABLE archive_files (
  id BIGINT NOT NULL, path VARCHAR NOT NULL, day DATE NOT NULL, tier tier NOT NULL,
  first_time TIMESTAMP_NS NOT NULL, last_time TIMESTAMP_NS NOT NULL, rows UBIGINT NOT NULL,
  bytes UBIGINT NOT NULL);
CREATE TABLE archive_assets (file BIGINT NOT NULL, asset VARCHAR NOT NULL, rows UBIGINT NOT NULL);
CREATE TABLE export_rows (
  time TIMESTAMP_NS NOT NULL, who VARCHAR NOT NULL, remote VARCHAR NOT NULL, what VARCHAR NOT NULL,
  rows UBIGINT NOT NULL, bytes UBIGINT NOT NULL, digest VARCHAR NOT NULL);
CREATE TABLE deletion_rows (
  id BIGINT NOT NULL, asset VARCHAR NOT NULL, who VARCHAR NOT NULL, remote VARCHAR NOT NULL,
  requested TIMESTAMP_NS NOT NULL, finished TIMESTAMP_NS, removed UBIGINT NOT NULL,
  remaining UBIGINT NOT NULL);
UPDATE wayside_schema SET version = 2;
)sql";

// What of a stream is stored ahead of its watermark: as text, and how many numbers that is.
constexpr const char* ahead = R"sql(
CREATE TABLE streams_2 AS SELECT * FROM streams;
DROP TABLE streams;
CREATE TABLE streams (
  node VARCHAR NOT NULL, epoch UBIGINT NOT NULL, tier tier NOT NULL, produced UBIGINT NOT NULL,
  watermark UBIGINT NOT NULL, delivered UBIGINT NOT NULL, dropped UBIGINT NOT NULL,
  duplicates UBIGINT NOT NULL, updated TIMESTAMP_NS NOT NULL, closed BOOLEAN NOT NULL,
  ahead VARCHAR NOT NULL, ahead_records UBIGINT NOT NULL, PRIMARY KEY (node, epoch, tier));
INSERT INTO streams SELECT *, '', 0 FROM streams_2;
DROP TABLE streams_2;
UPDATE wayside_schema SET version = 3;
)sql";

// Numbers of the archive's files were those of the catalogue's largest and one more: what a crash
// left has one that is a little larger than those known.
constexpr const char* counter = R"sql(
CREATE TABLE archive_counter (next BIGINT NOT NULL);
INSERT INTO archive_counter SELECT coalesce(max(id) + 100, 1) FROM archive_files;
UPDATE wayside_schema SET version = 4;
)sql";

}  // namespace

const std::array<Migration, 4> migrations{{
    {1, "the first tables", tables},
    {2, "tiers, the archive, downsampled history, the latest values", keeping},
    {3, "what is stored ahead of a stream's watermark", ahead},
    {4, "numbers of the archive's files that are used once", counter},
}};

}  // namespace wayside::hub::duck
