#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "hub/store/attack_suite.hpp"
#include "hub/store/clickhouse/store_fixture.hpp"

namespace wayside::hub {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class ClickhouseQueryTest : public suite::ClickhouseFixture {
 protected:
  void SetUp() override {
    ClickhouseFixture::SetUp();
    if (IsSkipped()) return;
    store_ = open();
    ASSERT_TRUE(store_->commit(suite::batch_of_everything()));
  }
  Result<QueryResult> ask(const std::string& sql, const QueryLimits& limits = {}) {
    return store_->query(sql, limits);
  }
  Json rows(const std::string& sql) {
    const auto result = ask(sql);
    EXPECT_TRUE(result) << sql << "\n" << result.error().message;
    return result ? Json::parse(result->rows_json) : Json();
  }
  std::unique_ptr<TelemetryStore> store_;
};

TEST_F(ClickhouseQueryTest, TheTablesHaveTheDesignsColumns) {
  const std::map<std::string, std::vector<std::string>> tables{
      {"samples", {"node", "asset", "signal", "version", "time", "value", "quality"}},
      {"features", {"node", "asset", "name", "time", "value"}},
      {"decisions",
       {"node", "asset", "model", "release", "time", "score", "class", "confidence", "latency_us",
        "action", "inputs"}},
      {"events", {"node", "asset", "kind", "time", "severity", "text", "data"}},
      {"health", {"node", "time", "metric", "value"}},
      {"assets", {"node", "asset", "site", "kind", "tags"}},
      {"latest", {"node", "asset", "signal", "time", "value"}},
      {"downsampled",
       {"node", "asset", "signal", "version", "time", "every", "count", "mean", "min", "max",
        "first", "last"}},
      {"exports", {"time", "who", "remote", "what", "rows", "bytes", "digest"}},
      {"deletions", {"asset", "who", "remote", "requested", "finished", "removed", "remaining"}},
      {"ledger",
       {"node", "epoch", "tier", "produced", "delivered", "dropped", "queued", "duplicates",
        "updated"}}};
  for (const auto& [table, names] : tables) {
    for (const char* condition : {"", " where 1 = 0"}) {
      const auto result = ask("select * from " + table + condition);
      ASSERT_TRUE(result) << result.error().message;
      std::vector<std::string> found;
      for (const auto& column : result->columns) found.push_back(column.name);
      EXPECT_EQ(found, names) << table;
      const bool empty = table == "downsampled" || table == "exports" || table == "deletions";
      EXPECT_EQ(result->rows > 0, *condition == '\0' && !empty) << table;
    }
  }
}

TEST_F(ClickhouseQueryTest, AnswersQuestions) {
  EXPECT_EQ(rows("select asset, max(value) from samples where quality = 'good' group by asset "
                 "order by asset"),
            Json::parse(R"([["a1", 7], ["a2", 2]])"));
  EXPECT_EQ(rows("select value from features where name = 'rise' order by time"),
            (Json{{nullptr}, {0.25}}));
  EXPECT_EQ(rows("select epoch, tier, produced, delivered, dropped, queued from ledger"),
            (Json{{"0000000000000007", "bulk", 9, 2, 4, 3}}));
  EXPECT_EQ(rows("select s.value, time from samples s where s.asset = 'a2'"),
            Json::parse(R"([[2, "2026-01-01T00:00:09Z"]])"));
  EXPECT_EQ(rows("select samples.value from samples any left join (select asset, kind from "
                 "assets) using (asset) where kind = 'pump' and signal = 'power'"),
            (Json{{7}}));
  EXPECT_EQ(rows("select count() from samples where asset in (select asset from assets where "
                 "visitParamExtractString(tags, 'fleet') = 'East')"),
            (Json{{5}}));
  EXPECT_EQ(rows("SELECT 1;"), (Json{{1}}));
  EXPECT_EQ(rows("select 1 -- and a comment"), (Json{{1}}));
  EXPECT_EQ(rows("select 'it''s', 'a\\'b', 'back\\\\slash'"),
            Json::parse(R"([["it's", "a'b", "back\\slash"]])"));
  // Comments do not nest here, and the server is given none.
  EXPECT_EQ(rows("select 1 /* /* */ , 'text */ from system.tables -- '"),
            Json::parse(R"([[1, "text */ from system.tables -- "]])"));
  EXPECT_EQ(rows("select asset, n from (select asset, count() as n from samples group by asset) "
                 "where n > 1"),
            Json::parse(R"([["a1", 5]])"));
}

/// The examples of docs/clickhouse.md, each ended by a semicolon.
TEST_F(ClickhouseQueryTest, TheDocumentedQuestionsCanBeAsked) {
  std::ifstream file(std::string(WAYSIDE_SOURCE_DIR) + "/docs/clickhouse.md");
  std::string line, sql;
  int asked = 0;
  while (std::getline(file, line)) {
    if (sql.empty() && !line.starts_with("    select")) continue;
    sql += line + "\n";
    if (!line.ends_with(";")) continue;
    const auto result = ask(sql);
    EXPECT_TRUE(result) << sql << result.error().message;
    sql.clear();
    ++asked;
  }
  EXPECT_EQ(asked, 3);
}

TEST_F(ClickhouseQueryTest, WritesEveryTypeAsJson) {
  const auto one = [&](const std::string& expression) {
    return rows("select " + expression).at(0).at(0);
  };
  EXPECT_EQ(one("-3"), -3);
  EXPECT_EQ(one("9007199254740993"), "9007199254740993");
  EXPECT_EQ(one("toUInt64(18446744073709551615)"), "18446744073709551615");
  EXPECT_EQ(one("toInt16(-300)"), -300);
  EXPECT_EQ(one("toFloat32(0.25)"), 0.25);
  EXPECT_EQ(one("1/0"), nullptr);
  EXPECT_EQ(one("0/0"), nullptr);
  EXPECT_EQ(one("null"), nullptr);
  EXPECT_EQ(one("toNullable(3)"), 3);
  EXPECT_EQ(one("toDecimal64(-1234567.25, 3)"), -1234567.25);
  EXPECT_EQ(one("toDecimal32(1.5, 2)"), 1.5);
  EXPECT_EQ(one("toDateTime('2026-01-01 00:00:05', 'UTC')"), "2026-01-01T00:00:05Z");
  EXPECT_EQ(one("toDate('2026-03-01')"), "2026-03-01");
  EXPECT_EQ(one("[1, 2]"), (Json{1, 2}));
  EXPECT_EQ(one("[[1], [], [2, 3]]"), (Json{{1}, Json::array(), {2, 3}}));
  EXPECT_EQ(one("('a', 1)"), Json::parse(R"(["a", 1])"));
  EXPECT_EQ(one("toFixedString('ab', 4)"), "ab");
  EXPECT_EQ(one("CAST('a' AS Enum8('a' = 1, 'b, c' = -2))"), "a");
  EXPECT_EQ(one("toInt64(1767225600000000123) AS time"), "2026-01-01T00:00:00.000000123Z");
  EXPECT_EQ(one("toUUID('12345678-1234-4321-8765-123456789abc')"),
            "12345678-1234-4321-8765-123456789abc");
  EXPECT_EQ(one("'é\"\\n'"), "é\"\n");
}

TEST_F(ClickhouseQueryTest, CutsAtTheLimits) {
  QueryLimits limits;
  limits.rows_max = 3;
  auto result = ask("select arrayJoin(range(10))", limits);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->truncated);
  EXPECT_EQ(result->rows_json, "[[0],[1],[2]]");
  result = ask("select arrayJoin(range(3))", limits);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->truncated);
  limits.reply_bytes_max = 100;
  limits.rows_max = 1'000'000;
  result = ask("select arrayStringConcat(arrayMap(x -> 'x', range(60))), arrayJoin(range(1000))",
               limits);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->truncated);
  EXPECT_LE(result->rows_json.size(), 110u);
  result = ask("select arrayStringConcat(arrayMap(x -> 'x', range(2000)))", limits);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::full);
}

TEST_F(ClickhouseQueryTest, RefusesAttacks) {
  suite::refuses_attacks(*store_);
}

/// What the language of ClickHouse has beside the words of every store.
TEST_F(ClickhouseQueryTest, RefusesWhatReachesOutOfTheTables) {
  for (const char* sql : {
           "select * from samples as where join system.tables on 1 = 1",
           "select * from samples as where, system.tables",
           "select * from samples any left join samples using asset, system.tables",
           "select * from samples s join samples t on s.asset = where, default.x",
           "select * from samples s join samples t on s.asset = t.asset, default.x",
           "select * from samples array join [1] as limit join default.x using a",
           "select * from (select 1 as a) window all inner join default.x using (a)",
           "select * from (select 1 as a) qualify all inner join default.x using (a)",
           "select * from (select 1 as a) offset any left join default.x using (a)",
           "select * from (select 1 as a) fetch all inner join default.x using (a)",
           "select * from (select 1 as a) except all inner join default.x using (a)",
           "select * from (select 1 as a) intersect all inner join default.x using (a)",
           "select * from (select 1 as a) select all inner join default.x using (a)",
           "select * from (select 1 as a) as array join default.x using (a)",
           "select * from (select 1 as a) fetch all inner join x using (a)",
           "select * from (select 1 as a) fetch all inner join numbers(10) using (a)",
           "select * from samples fetch, default.x",
           "select * from default.x",
           "select * from `default`.`x`",
           "select * from numbers(10)",
           "select * from (((numbers(10))))",
           "select count() from samples where asset in (clear_rows)",
           "select count() from samples where asset in ((default.x))",
           "select count() from samples where asset in others",
           "select count() from samples where asset global not in others",
           "select in(asset, others) from samples",
           "select not in(asset, others) from samples",
           "select globalIn(asset, others) from samples",
           "select notIn(asset, others) from samples",
           "select joinGet('x', 'y', asset) from samples",
           "select dictGetString('x', 'y', toUInt64(1))",
           "select hasColumnInTable('system', 'tables', 'name')",
           "select sleep(3)",
           "select currentDatabase()",
           "select uptime()",
           "select `hostName`()",
           "select * from stream_rows",
           "select * from sample_rows_all",
           "select * from writer_rows",
           "with clear_rows as (select 1) select * from clear_rows",
           "select 1 from samples settings max_threads = 1",
           "select 1 into outfile 'x' format CSV",
           "select 1 parallel with drop table samples",
           "select 1 # comment",
           "select $tag$x$tag$",
           "select @@version",
           "desc samples",
           "select `a\\`b`",
       }) {
    const auto result = ask(sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_THAT(result.error().code, testing::AnyOf(Errc::refused, Errc::invalid))
        << sql << "\n"
        << result.error().message;
  }
}

TEST_F(ClickhouseQueryTest, SurvivesBombs) {
  suite::survives(*store_,
                  {"select arrayMap(x -> arrayMap(y -> range(100000), range(100000)), range(1000))",
                   "select groupArray(a) from (select arrayJoin(range(10000000)) a, "
                   "arrayJoin(range(1000)) b)",
                   "select max(cityHash64(a, b, c)) from (select arrayJoin(range(100000)) a, "
                   "arrayJoin(range(100000)) b, arrayJoin(range(1000)) c)",
                   "select arrayJoin(range(100000000))"});
}

TEST_F(ClickhouseQueryTest, EndsAnAbandonedQuery) {
  suite::ends_an_abandoned_query(
      *store_,
      "select max(cityHash64(a, b, c)) from (select arrayJoin(range(10000)) a, "
      "arrayJoin(range(10001)) b, arrayJoin(range(10002)) c)");
}

TEST_F(ClickhouseQueryTest, CommitsGoOnBesideAQuery) {
  suite::commits_go_on_beside(
      *store_,
      "select max(cityHash64(a, b, c)) from (select arrayJoin(range(10000)) a, "
      "arrayJoin(range(10001)) b, arrayJoin(range(10002)) c)");
}

TEST_F(ClickhouseQueryTest, SaysWhatIsWrong) {
  const auto unknown = ask("select valu from samples");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::invalid);
  EXPECT_THAT(unknown.error().message, HasSubstr("valu"));
  const auto table = ask("select * from simples");
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().message, HasSubstr("samples"));
  const auto text = ask("select 'x");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::invalid);
}

}  // namespace
}  // namespace wayside::hub
