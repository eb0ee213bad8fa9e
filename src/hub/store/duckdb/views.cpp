#include "hub/store/duckdb/views.hpp"

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

constexpr const char* views = R"sql(
CREATE OR REPLACE VIEW latest AS SELECT s.node, s.asset, s.name AS signal, s.version, r.time,
  r.value, r.series FROM latest_rows r JOIN series s ON s.id = r.series;
CREATE OR REPLACE VIEW features AS SELECT s.node, s.asset, s.name, r.time, r.value
  FROM feature_rows r JOIN series s ON s.id = r.series;
CREATE OR REPLACE VIEW assets AS SELECT node, asset, site, kind, tags FROM asset_rows;
CREATE OR REPLACE VIEW health AS SELECT s.node, r.time, s.name AS metric, r.value
  FROM health_rows r JOIN series s ON s.id = r.series;
CREATE OR REPLACE VIEW decisions AS SELECT node, asset, model, release, time, score, class,
  confidence, latency_us, action, inputs FROM decision_rows;
CREATE OR REPLACE VIEW events AS SELECT node, asset, kind, time, severity, text, data
  FROM event_rows;
CREATE OR REPLACE VIEW ledger AS SELECT node, printf('%016x', epoch) AS epoch, tier, produced,
  delivered, (dropped + CASE WHEN closed THEN missing ELSE 0 END)::UBIGINT AS dropped,
  (CASE WHEN closed THEN 0 ELSE missing END)::UBIGINT AS queued, duplicates, updated
  FROM (SELECT *, CASE WHEN produced > watermark + ahead_records
        THEN produced - watermark - ahead_records ELSE 0 END AS missing FROM streams);
CREATE OR REPLACE VIEW gaps AS SELECT node, printf('%016x', epoch) AS epoch, tier, first_seq,
  last_seq, samples, reason, first_time, last_time FROM gap_rows;
CREATE OR REPLACE VIEW downsampled AS SELECT s.node, s.asset, s.name AS signal, s.version, d.time,
  to_microseconds(d.every_ns // 1000) AS every, sum(d.count)::UBIGINT AS count,
  sum(d.sum) / sum(d.count) AS mean, min(d.min) AS min, max(d.max) AS max,
  arg_min(d.first, d.first_time) AS first, arg_max(d.last, d.last_time) AS last
  FROM downsample_rows d JOIN series s ON s.id = d.series
  GROUP BY s.node, s.asset, s.name, s.version, d.time, d.every_ns;
CREATE OR REPLACE VIEW exports AS SELECT time, who, remote, what, rows, bytes, digest
  FROM export_rows;
CREATE OR REPLACE VIEW deletions AS SELECT asset, who, remote, requested, finished, removed,
  remaining FROM deletion_rows;
)sql";

}  // namespace

std::string parquet_source(const std::vector<std::string>& files) {
  return fmt::format("read_parquet([{}])", sql_texts(files));
}

Status create_samples_view(Connection& connection, const std::vector<std::string>& files) {
  std::string sql =
      "CREATE OR REPLACE VIEW samples AS SELECT s.node, s.asset, s.name AS signal, s.version, "
      "r.time, r.value, r.quality, r.series FROM sample_rows r JOIN series s ON s.id = r.series";
  if (!files.empty())
    sql +=
        " UNION ALL SELECT node, asset, signal, version, time, value, quality::quality, "
        "series FROM " +
        parquet_source(files);
  return connection.run(sql);
}

Status create_views(Connection& connection, const std::vector<std::string>& files) {
  if (const Status created = connection.run(views); !created) return created;
  return create_samples_view(connection, files);
}

}  // namespace wayside::hub::duck
