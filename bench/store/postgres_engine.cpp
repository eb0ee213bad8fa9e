#include <fmt/format.h>
#include <libpq-fe.h>
#include <cstring>

#include "store/engine.hpp"

// PostgreSQL over libpq: two wide tables, one row an entry, indexed by truck and time and by time,
// as the suite has them.
namespace wayside::bench {
namespace {

using hub::questions::IotParameters;
using hub::questions::IotQuestion;

constexpr std::size_t rows_a_copy = 100'000;

constexpr const char* tables = R"sql(
CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL, fleet text, driver text, model text,
  device_version text, load_capacity double precision, fuel_capacity double precision,
  nominal_fuel_consumption double precision);
CREATE TABLE readings (time timestamptz NOT NULL, tags_id integer NOT NULL,
  latitude double precision, longitude double precision, elevation double precision,
  velocity double precision, heading double precision, grade double precision,
  fuel_consumption double precision);
CREATE TABLE diagnostics (time timestamptz NOT NULL, tags_id integer NOT NULL,
  fuel_state double precision, current_load double precision, status double precision);
)sql";

constexpr const char* indexes[] = {
    "CREATE UNIQUE INDEX ON tags (name)",      "CREATE INDEX ON readings (tags_id, time DESC)",
    "CREATE INDEX ON readings (time DESC)",    "CREATE INDEX ON diagnostics (tags_id, time DESC)",
    "CREATE INDEX ON diagnostics (time DESC)", "VACUUM ANALYZE"};

const char* text_of(IotQuestion question) {
  switch (question) {
    case IotQuestion::last_loc:
      return "SELECT t.name, t.driver, r.longitude, r.latitude FROM tags t CROSS JOIN LATERAL "
             "(SELECT longitude, latitude FROM readings WHERE tags_id = t.id ORDER BY time DESC "
             "LIMIT 1) r WHERE t.fleet = {fleet} ORDER BY t.name";
    case IotQuestion::single_last_loc:
      return "SELECT t.name, t.driver, r.longitude, r.latitude FROM tags t CROSS JOIN LATERAL "
             "(SELECT longitude, latitude FROM readings WHERE tags_id = t.id ORDER BY time DESC "
             "LIMIT 1) r WHERE t.name IN {trucks} ORDER BY t.name";
    case IotQuestion::low_fuel:
      return "SELECT t.name, t.driver, d.fuel_state FROM tags t CROSS JOIN LATERAL (SELECT "
             "fuel_state FROM diagnostics WHERE tags_id = t.id ORDER BY time DESC LIMIT 1) d "
             "WHERE t.fleet = {fleet} AND d.fuel_state < 0.1 ORDER BY t.name";
    case IotQuestion::high_load:
      return "SELECT t.name, t.driver, d.current_load, t.load_capacity FROM tags t CROSS JOIN "
             "LATERAL (SELECT current_load FROM diagnostics WHERE tags_id = t.id ORDER BY time "
             "DESC LIMIT 1) d WHERE t.fleet = {fleet} AND d.current_load / t.load_capacity > 0.9 "
             "ORDER BY t.name";
    case IotQuestion::stationary_trucks:
      return "SELECT t.name, t.driver FROM tags t JOIN readings r ON r.tags_id = t.id WHERE "
             "time >= {from} AND time < {to} AND t.fleet = {fleet} GROUP BY 1, 2 "
             "HAVING avg(velocity) < 1 ORDER BY 1";
    case IotQuestion::long_driving_sessions:
    case IotQuestion::long_daily_sessions:
      return "WITH driven AS (SELECT tags_id, date_bin('10 minutes', time, 'epoch') AS ten FROM "
             "readings WHERE time >= {from} AND time < {to} GROUP BY 1, 2 HAVING avg(velocity) > "
             "1) SELECT t.name, t.driver FROM driven JOIN tags t ON t.id = tags_id WHERE t.fleet "
             "= {fleet} GROUP BY 1, 2 HAVING count(*) > {periods} ORDER BY 1";
    case IotQuestion::avg_vs_projected_fuel_consumption:
      return "SELECT t.fleet, avg(r.fuel_consumption), avg(t.nominal_fuel_consumption) FROM tags t "
             "JOIN readings r ON r.tags_id = t.id WHERE r.velocity > 1 AND t.fleet IS NOT NULL "
             "GROUP BY 1 ORDER BY 1";
    case IotQuestion::avg_daily_driving_duration:
      return "WITH driven AS (SELECT tags_id, date_bin('10 minutes', time, 'epoch') AS ten FROM "
             "readings GROUP BY 1, 2 HAVING avg(velocity) > 1), daily AS (SELECT tags_id, "
             "date_bin('1 day', ten, 'epoch') AS d, count(*) / 6.0 AS hours FROM driven GROUP BY "
             "1, 2) SELECT t.fleet, t.name, t.driver, avg(hours) FROM daily JOIN tags t ON t.id = "
             "tags_id WHERE t.fleet IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2";
    case IotQuestion::avg_daily_driving_session:
      return "WITH periods AS (SELECT tags_id, date_bin('10 minutes', time, 'epoch') AS ten, "
             "avg(velocity) > 5 AS driving FROM readings GROUP BY 1, 2), turns AS (SELECT *, "
             "lag(driving) OVER (PARTITION BY tags_id ORDER BY ten) AS before FROM periods), "
             "sessions AS (SELECT tags_id, driving, ten AS start, lead(ten) OVER (PARTITION BY "
             "tags_id ORDER BY ten) AS stop FROM turns WHERE driving <> before) SELECT t.name, "
             "date_bin('1 day', start, 'epoch'), avg(stop - start) FROM sessions JOIN tags t ON "
             "t.id = tags_id WHERE driving AND stop IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2";
    case IotQuestion::avg_load:
      return "SELECT t.fleet, t.model, t.load_capacity, avg(d.load / t.load_capacity) FROM tags t "
             "JOIN (SELECT tags_id, avg(current_load) AS load FROM diagnostics GROUP BY 1) d ON "
             "d.tags_id = t.id WHERE t.fleet IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    case IotQuestion::daily_activity:
      return "WITH active AS (SELECT tags_id, date_bin('10 minutes', time, 'epoch') AS ten FROM "
             "diagnostics GROUP BY 1, 2 HAVING avg(status) >= 1) SELECT t.fleet, t.model, "
             "date_bin('1 day', ten, 'epoch'), count(*) / 144.0 FROM active JOIN tags t ON t.id = "
             "tags_id WHERE t.fleet IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    case IotQuestion::breakdown_frequency:
      return "WITH periods AS (SELECT tags_id, date_bin('10 minutes', time, 'epoch') AS ten, "
             "count(*) FILTER (WHERE status = 0) >= 0.5 * count(*) AS broken FROM diagnostics "
             "GROUP BY 1, 2), turns AS (SELECT tags_id, broken, lead(broken) OVER (PARTITION BY "
             "tags_id ORDER BY ten) AS next FROM periods) SELECT t.model, count(*) FROM turns JOIN "
             "tags t ON t.id = tags_id WHERE NOT broken AND next GROUP BY 1 ORDER BY 1";
  }
  return "";
}

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, ResultDeleter>;

struct ConnectionDeleter {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

class PostgresEngine final : public Engine {
 public:
  explicit PostgresEngine(PGconn* connection) : connection_(connection) {}

  Status load(plants::TruckFleet& fleet) override {
    if (const auto made = run(tables); !made) return tl::make_unexpected(made.error());
    std::string rows;
    for (std::size_t i = 0; i < fleet.tags().size(); ++i) {
      const plants::TruckTags& t = fleet.tags()[i];
      rows += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", i, t.name,
                          t.fleet.empty() ? "\\N" : t.fleet, t.driver, t.model, t.device_version,
                          t.load_capacity, t.fuel_capacity, t.nominal_fuel_consumption);
    }
    if (const Status copied = copy("tags", rows); !copied) return copied;
    std::string readings, diagnostics;
    std::size_t count = 0;
    for (plants::TruckFleet::Batch batch; fleet.next(batch);) {
      for (const auto& r : batch.readings)
        readings += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", format_time(r.time),
                                batch.truck, r.latitude, r.longitude, r.elevation, r.velocity,
                                r.heading, r.grade, r.fuel_consumption);
      for (const auto& d : batch.diagnostics)
        diagnostics += fmt::format("{}\t{}\t{}\t{}\t{}\n", format_time(d.time), batch.truck,
                                   d.fuel_state, d.current_load, d.status);
      count += batch.readings.size();
      if (count < rows_a_copy) continue;
      if (const Status copied = copy_both(readings, diagnostics); !copied) return copied;
      count = 0;
    }
    if (const Status copied = copy_both(readings, diagnostics); !copied) return copied;
    for (const char* index : indexes)
      if (const auto made = run(index); !made) return tl::make_unexpected(made.error());
    return {};
  }

  Result<std::uint64_t> bytes() override {
    const auto result =
        run("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ('tags', "
            "'readings', 'diagnostics')");
    if (!result) return tl::make_unexpected(result.error());
    return std::stoull(PQgetvalue(result->get(), 0, 0));
  }

  Result<std::size_t> ask(IotQuestion question, const IotParameters& parameters) override {
    const bool day = question == IotQuestion::long_daily_sessions;
    const bool ten = question == IotQuestion::stationary_trucks;
    const Time to = parameters.from + (day ? hours(24) : ten ? minutes(10) : hours(4));
    // PostgreSQL quotes texts as DuckDB does.
    const auto dialect = hub::questions::Dialect::duckdb;
    const auto result = run(hub::questions::fill(
        text_of(question), {{"fleet", hub::questions::quoted(dialect, parameters.fleet)},
                            {"trucks", hub::questions::quoted_list(dialect, parameters.trucks)},
                            {"from", "'" + format_time(parameters.from) + "'"},
                            {"to", "'" + format_time(to) + "'"},
                            {"periods", day ? "60" : "22"}}));
    if (!result) return tl::make_unexpected(result.error());
    return static_cast<std::size_t>(PQntuples(result->get()));
  }

 private:
  Result<PgResult> run(const std::string& sql) {
    PgResult result(PQexec(connection_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN)
      return result;
    return fail(Errc::io, "{}: {}", sql, PQerrorMessage(connection_.get()));
  }

  Status copy_both(std::string& readings, std::string& diagnostics) {
    if (const Status copied = copy("readings", readings); !copied) return copied;
    if (const Status copied = copy("diagnostics", diagnostics); !copied) return copied;
    readings.clear();
    diagnostics.clear();
    return {};
  }

  Status copy(const std::string& table, const std::string& rows) {
    if (const auto begun = run("COPY " + table + " FROM STDIN"); !begun)
      return tl::make_unexpected(begun.error());
    const bool sent =
        PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) == 1 &&
        PQputCopyEnd(connection_.get(), nullptr) == 1;
    const PgResult done(PQgetResult(connection_.get()));
    const bool stored = sent && PQresultStatus(done.get()) == PGRES_COMMAND_OK;
    while (PQgetResult(connection_.get()) != nullptr) {
    }
    if (stored) return {};
    return fail(Errc::io, "COPY {}: {}", table, PQerrorMessage(connection_.get()));
  }

  std::unique_ptr<PGconn, ConnectionDeleter> connection_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_postgres(const std::string& place) {
  PGconn* connection = PQconnectdb(place.c_str());
  auto engine = std::make_unique<PostgresEngine>(connection);
  if (PQstatus(connection) != CONNECTION_OK)
    return fail(Errc::unavailable, "{}", PQerrorMessage(connection));
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace wayside::bench
