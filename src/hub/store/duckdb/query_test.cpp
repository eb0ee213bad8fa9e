#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/store_suite.hpp"

namespace wayside::hub {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class QueryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    store_ = open_duckdb_store({":memory:", 256u << 20, 2}, Log()).value().release();
    ASSERT_TRUE(store_->commit(suite::batch_of_everything()));
  }
  static void TearDownTestSuite() { delete store_; }

  static Result<QueryResult> ask(const std::string& sql, QueryLimits limits = {}) {
    return store_->query(sql, limits);
  }
  static Json rows(const std::string& sql) {
    const auto result = ask(sql);
    EXPECT_TRUE(result) << sql << "\n" << result.error().message;
    return result ? Json::parse(result->rows_json) : Json();
  }
  static TelemetryStore* store_;
};
TelemetryStore* QueryTest::store_ = nullptr;

TEST_F(QueryTest, TheTablesHaveTheDesignsColumns) {
  const std::map<std::string, std::vector<std::string>> tables{
      {"samples", {"node", "asset", "signal", "version", "time", "value", "quality", "series"}},
      {"latest", {"node", "asset", "signal", "version", "time", "value", "series"}},
      {"features", {"node", "asset", "name", "time", "value"}},
      {"decisions",
       {"node", "asset", "model", "release", "time", "score", "class", "confidence", "latency_us",
        "action", "inputs"}},
      {"events", {"node", "asset", "kind", "time", "severity", "text", "data"}},
      {"health", {"node", "time", "metric", "value"}},
      {"assets", {"node", "asset", "site", "kind", "tags"}},
      {"ledger",
       {"node", "epoch", "tier", "produced", "delivered", "dropped", "queued", "duplicates",
        "updated"}}};
  for (const auto& [table, names] : tables) {
    const auto result = ask("select * from " + table);
    ASSERT_TRUE(result) << result.error().message;
    std::vector<std::string> found;
    for (const auto& column : result->columns) found.push_back(column.name);
    EXPECT_EQ(found, names) << table;
    EXPECT_GT(result->rows, 0u) << table;
  }
}

TEST_F(QueryTest, AnswersQuestions) {
  EXPECT_EQ(rows("select asset, max(value) from samples where quality = 'good' group by asset "
                 "order by asset"),
            Json::parse(R"([["a1", 7], ["a2", 2]])"));
  EXPECT_EQ(rows("select value from features where name = 'rise' order by time"),
            (Json{{nullptr}, {0.25}}));
  EXPECT_EQ(rows("with good as (select * from samples where quality = 'good') "
                 "select count(*) from good"),
            (Json{{5}}));
  EXPECT_EQ(rows("select epoch, tier, produced, delivered, dropped, queued from ledger"),
            (Json{{"0000000000000007", "bulk", 9, 2, 4, 3}}));
  EXPECT_EQ(rows("select count(*) from samples where time > now() - interval '1 hour'"),
            (Json{{0}}));
  EXPECT_EQ(rows("select count(*) from samples where time < now() - interval 1 hour"), (Json{{6}}));
  EXPECT_EQ(rows("select count(*) from samples where time >= '2026-01-01T00:00:01Z'"), (Json{{4}}));
  EXPECT_EQ(rows("select d.model, s.value from decisions d asof join samples s on d.asset = "
                 "s.asset and s.time <= d.time and s.signal = 'temp' order by d.time"),
            Json::parse(R"([["m", 1], ["m", 5]])"));
  EXPECT_EQ(
      rows("select a.tags->>'fleet' as fleet, max(s.value) from samples s join assets a using "
           "(node, asset) where s.quality = 'good' group by fleet order by fleet"),
      Json::parse(R"([["East", 7], [null, 2]])"));
  EXPECT_EQ(rows("select asset, signal, value from latest order by all"),
            Json::parse(R"([["a1", "power", 7], ["a1", "temp", -3], ["a2", "temp", 2]])"));
  EXPECT_EQ(rows("describe samples").size(), 8u);
  EXPECT_EQ(rows("select 1 -- and a comment"), (Json{{1}}));
  EXPECT_EQ(rows("SELECT 1;"), (Json{{1}}));
}

/// The examples of docs/hub.md, each ended by a semicolon.
TEST_F(QueryTest, TheDocumentedQuestionsCanBeAsked) {
  std::ifstream file(std::string(WAYSIDE_SOURCE_DIR) + "/docs/hub.md");
  std::string line, sql;
  int asked = 0;
  while (std::getline(file, line)) {
    const bool code = line.starts_with("    ");
    if (!code || (sql.empty() && !line.starts_with("    select"))) continue;
    sql += line + "\n";
    if (!line.ends_with(";")) continue;
    const auto result = ask(sql);
    EXPECT_TRUE(result) << sql << result.error().message;
    sql.clear();
    ++asked;
  }
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(rows("select inputs->>'$.x' from decisions order by time desc limit 1"), (Json{{"1"}}));
}

TEST_F(QueryTest, WritesEveryTypeAsJson) {
  const auto one = [](const std::string& expression) {
    return rows("select " + expression).at(0).at(0);
  };
  EXPECT_EQ(one("true"), true);
  EXPECT_EQ(one("-3::tinyint"), -3);
  EXPECT_EQ(one("9007199254740993"), "9007199254740993");
  EXPECT_EQ(one("sum(3)::hugeint"), 3);
  EXPECT_EQ(one("'170141183460469231731687303715884105727'::hugeint"),
            "170141183460469231731687303715884105727");
  EXPECT_EQ(one("-17::hugeint"), -17);
  EXPECT_EQ(one("0.25"), 0.25);
  EXPECT_EQ(one("-1234567890.5::decimal(20,2)"), -1234567890.5);
  EXPECT_EQ(one("'nan'::double"), nullptr);
  EXPECT_EQ(one("'inf'::float"), nullptr);
  EXPECT_EQ(one("null"), nullptr);
  EXPECT_EQ(one("'é\"\n'"), "é\"\n");
  EXPECT_EQ(one("'\\xAA\\x01'::blob"), "aa01");
  EXPECT_EQ(one("make_timestamp_ns(1767225600000000123)"), "2026-01-01T00:00:00.000000123Z");
  EXPECT_EQ(one("timestamp '1969-12-31 23:59:59.5'"), "1969-12-31T23:59:59.5Z");
  EXPECT_EQ(one("timestamp '9999-12-31 00:00:00'"), "9999-12-31T00:00:00Z");
  EXPECT_EQ(one("'infinity'::timestamp"), "infinity");
  EXPECT_EQ(one("date '2026-03-01'"), "2026-03-01");
  EXPECT_EQ(one("time '12:30:01.5'"), "12:30:01.500000");
  EXPECT_EQ(one("interval '1 month 2 days 1.5 seconds'"), "P1M2DT1.5S");
  EXPECT_EQ(one("[1, null, 3]"), (Json{1, nullptr, 3}));
  EXPECT_EQ(one("[[1], []]"), (Json{{1}, Json::array()}));
  EXPECT_EQ(one("[1, 2]::integer[2]"), (Json{1, 2}));
  EXPECT_EQ(one("{'a': 1, 'b': 'x'}"), (Json{{"a", 1}, {"b", "x"}}));
  EXPECT_EQ(one("map {'a': 1}"), Json::parse(R"([["a", 1]])"));
  EXPECT_EQ(one("'12345678-1234-4321-8765-123456789abc'::uuid"),
            "12345678-1234-4321-8765-123456789abc");
  EXPECT_EQ(one("'bulk'::tier"), "bulk");
  const auto odd = ask("select '101'::bit");
  ASSERT_FALSE(odd);
  EXPECT_THAT(odd.error().message, HasSubstr("VARCHAR"));
}

/// Blocks come as nodes send them; rows without an order come as they lie.
TEST(DuckdbRows, OfASignalLieTogether) {
  const auto store = std::move(open_duckdb_store({":memory:", 256u << 20, 2}, Log()).value());
  Batch batch;
  for (int round = 0; round < 3; ++round)
    for (const char* asset : {"a1", "a2"})
      for (const char* signal : {"temp", "flow"})
        batch.samples.push_back(
            {"n1", suite::block(asset, signal, suite::start + hours(round), {1.0 * round})});
  ASSERT_TRUE(store->commit(batch));
  const auto rows = store->query(
      "select series from samples where signal in ('temp', 'flow') and value >= 0", {});
  ASSERT_TRUE(rows);
  const auto series = Json::parse(rows->rows_json);
  ASSERT_EQ(series.size(), 12u);
  EXPECT_TRUE(std::is_sorted(series.begin(), series.end())) << rows->rows_json;
  const auto of_one = store->query("select value from samples where series = 0", {});
  ASSERT_TRUE(of_one);
  EXPECT_EQ(Json::parse(of_one->rows_json), Json::parse("[[0], [1], [2]]"))
      << "in the order they came";
}

TEST_F(QueryTest, CutsAtTheRowLimit) {
  QueryLimits limits;
  limits.rows_max = 3;
  auto result = ask("select * from range(10)", limits);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->truncated);
  EXPECT_EQ(result->rows_json, "[[0],[1],[2]]");
  result = ask("select * from range(3)", limits);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->truncated);
  limits.reply_bytes_max = 100;
  limits.rows_max = 1'000'000;
  result = ask("select repeat('x', 60) from range(100000)", limits);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->truncated);
  EXPECT_LE(result->rows, 3u);
  EXPECT_LE(result->rows_json.size(), 110u);
}

TEST_F(QueryTest, OneRowIsBoundedToo) {
  QueryLimits limits;
  limits.reply_bytes_max = 1'000;
  // Control characters take six times their size as JSON.
  for (const char* sql :
       {"select repeat(chr(1), 300)", "select repeat('x', 2000)", "select repeat('x', 2000)::blob",
        "select range(1000)", "select [repeat('x', 600), repeat('y', 600)]",
        "select {'a': range(500), 'b': range(500)}", "select map {1: range(1000)}",
        "select repeat('x', 600), repeat('x', 600)"}) {
    const auto result = ask(sql, limits);
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, Errc::full) << result.error().message;
  }
  const auto result = ask("select * from (values ('a'), (repeat('x', 2000)), ('b')) t(v)", limits);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rows_json, "[[\"a\"]]");
  EXPECT_TRUE(result->truncated);
}

/// Each of them for long, none of them much memory, which would end it sooner.
TEST_F(QueryTest, EndsAQueryThatTakesTooLong) {
  QueryLimits limits;
  limits.timeout = milliseconds(200);
  for (const char* sql :
       {"select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + "
        "b.range + c.range = -1",
        "with recursive t as (select 1 as n union all select n + 1 from t) select max(n) from t",
        "select * from range(100000000000) where range < 0"}) {
    const auto result = ask(sql, limits);
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, Errc::timeout) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr("200ms"));
  }
}

TEST_F(QueryTest, EndsAQueryThatTakesTooMuchMemory) {
  const auto result = ask("select list(a.range || repeat('x', 1000)) from range(100000000) a");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::full) << result.error().message;
  EXPECT_EQ(rows("select 1"), (Json{{1}}));
}

/// What must not be possible, each in the words somebody would try.
TEST_F(QueryTest, RefusesEverythingButASelect) {
  for (const char* sql : {"insert into streams values ('x', 1, 'bulk', 1, 1, 1, 1, 1, now())",
                          "delete from sample_rows",
                          "update event_rows set text = ''",
                          "drop table sample_rows",
                          "create table t (a int)",
                          "create macro m() as 1",
                          "create view v as select 1",
                          "alter table sample_rows add column x int",
                          "truncate sample_rows",
                          "attach '/tmp/x.db' as x",
                          "detach x",
                          "use x",
                          "copy samples to '/tmp/x.csv'",
                          "copy sample_rows from '/etc/passwd'",
                          "export database '/tmp/x'",
                          "import database '/tmp/x'",
                          "set memory_limit = '100GB'",
                          "set global threads = 64",
                          "reset threads",
                          "pragma threads = 64",
                          "pragma database_list",
                          "install httpfs",
                          "load httpfs",
                          "checkpoint",
                          "force checkpoint",
                          "vacuum",
                          "begin",
                          "commit",
                          "rollback",
                          "prepare p as select 1",
                          "execute p",
                          "call pragma_version()",
                          "call force_checkpoint()",
                          "explain analyze delete from sample_rows",
                          "select 1; select 2",
                          "select 1; drop table sample_rows",
                          "with x as (delete from sample_rows returning *) select 1",
                          "insert into sample_rows select * from sample_rows returning 1",
                          "",
                          ";",
                          "nonsense",
                          "show tables",
                          "show databases",
                          "comment on table sample_rows is 'x'",
                          "pivot samples on signal using sum(value)"}) {
    const auto result = ask(sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_THAT(result.error().code, testing::AnyOf(Errc::refused, Errc::invalid)) << sql;
  }
  EXPECT_EQ(store_->row_counts().value().samples, 6u);
}

TEST_F(QueryTest, RefusesWhatReachesOutOfTheTables) {
  for (const char* sql :
       {"select * from '/etc/passwd'",
        "select * from 'x.parquet'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/*')",
        "select * from read_json('http://127.0.0.1/')",
        "select * from read_parquet('s3://x/y')",
        "select * from glob('/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from parquet_metadata('/x')",
        "select * from duckdb_settings()",
        "select * from duckdb_secrets()",
        "select * from duckdb_extensions()",
        "select * from duckdb_databases()",
        "select * from duckdb_tables",
        "select * from pragma_database_list()",
        "select * from pragma_database_list",
        "select * from pg_catalog.pg_class",
        "select * from sqlite_master",
        "select * from duckdb_logs",
        "select * from sample_rows",
        "select * from main.sample_rows",
        "select * from memory.main.samples",
        "select * from streams",
        "select * from quarantine_rows",
        "select * from wayside_schema",
        "select * from force_checkpoint()",
        "select * from enable_logging()",
        "select * from query('select 1')",
        "select * from query_table('sample_rows')",
        "select * from test_all_types()",
        "select * from json_execute_serialized_sql('x')",
        "select getenv('HOME')",
        "select write_log('x')",
        "select nextval('x')",
        "select current_setting('memory_limit')",
        "select sleep_ms(100)",
        "select setseed(0.5)",
        "select (select count(*) from duckdb_settings())",
        "select * from samples where asset in (select name from duckdb_settings())",
        "with x as (select * from read_text('/etc/passwd')) select * from x",
        "with duckdb_settings as (select 1) select * from duckdb_settings()",
        "select * from samples union all by name select * from glob('/*')",
        "from read_text('/etc/passwd')",
        "summarize duckdb_settings",
        "describe sample_rows",
        "select * from samples, lateral (select * from glob('/*'))",
        "select list_transform([1], x -> write_log('y'))",
        "select 'x'.write_log()",
        "select system.main.write_log('x')",
        "select count(*) filter (write_log('x') = 'a')"}) {
    const auto result = ask(sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_THAT(result.error().code, testing::AnyOf(Errc::refused, Errc::invalid))
        << sql << "\n"
        << result.error().message;
  }
}

/// A WITH clause lends its name to nothing outside its scope.
TEST_F(QueryTest, AWithClauseOpensNoOtherTable) {
  const char* const names[] = {"quarantine_rows",      "sample_rows",     "streams",
                               "wayside_schema",       "series",          "duckdb_tables",
                               "pragma_database_list", "sqlite_master",   "duckdb_logs",
                               "\"Quarantine_Rows\"",  "duckdb_settings", "pg_class",
                               "\"/etc/passwd\"",      "\"x.parquet\""};
  for (const std::string name : names)
    for (const std::string& sql :
         {"select * from (with " + name + " as (select 1) select 1) x, " + name,
          "select (with " + name + " as (select 1) select 1) from " + name,
          "with x as (select * from " + name + "), " + name + " as (select 1) select * from x",
          "with " + name + " as (select * from " + name + ") select * from " + name,
          "select 1 from " + name + " union all select * from (with recursive " + name +
              " as (select 1 union all select 1) select 1)"}) {
      const auto result = ask(sql);
      ASSERT_FALSE(result) << sql;
      EXPECT_EQ(result.error().code, Errc::refused) << sql << "\n" << result.error().message;
    }
  EXPECT_EQ(rows("with samples as (select 1 as one) select one from samples"), (Json{{1}}));
  EXPECT_EQ(rows("with recursive n as (select 1 as i union all select i + 1 from n where i < 3) "
                 "select max(i) from n"),
            (Json{{3}}));
}

TEST_F(QueryTest, SaysWhatIsWrong) {
  const auto unknown = ask("select valu from samples");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::invalid);
  EXPECT_THAT(unknown.error().message, HasSubstr("valu"));
  const auto table = ask("select * from simples");
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().message, HasSubstr("samples"));
  const auto conversion = ask("select 'x'::int");
  ASSERT_FALSE(conversion);
  EXPECT_EQ(conversion.error().code, Errc::invalid);
}

}  // namespace
}  // namespace wayside::hub
