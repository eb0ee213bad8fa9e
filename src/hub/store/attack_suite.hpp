#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "hub/store/store_suite.hpp"

/// What nobody may get out of `query`, in the words of every store's language: on either store each
/// of these must be an error. Called with a store that holds `batch_of_everything`.
namespace wayside::hub::suite {

inline const std::vector<std::string>& attacks() {
  static const std::vector<std::string> all{
      // Files.
      "select * from read_csv('/etc/passwd')",
      "select * from read_csv_auto('/etc/passwd', delim=':')",
      "select * from read_text('/etc/passwd')",
      "select * from read_blob('/etc/passwd')",
      "select * from read_json('/etc/passwd')",
      "select * from read_ndjson_objects('/etc/passwd')",
      "select * from read_parquet('/tmp/x.parquet')",
      "select * from parquet_metadata('/tmp/x.parquet')",
      "select * from parquet_scan('/tmp/x.parquet')",
      "select * from sniff_csv('/etc/passwd')",
      "select * from glob('/etc/*')",
      "select * from '/etc/passwd'",
      "select * from 'x.csv'",
      "select * from 'archive/*.parquet'",
      "select * from \"/etc/passwd\"",
      "select * from `/etc/passwd`",
      "select * from file('/etc/passwd', 'CSV', 'a String')",
      "select * from file('../../etc/passwd', LineAsString, 'a String')",
      "select file('/etc/passwd')",
      "select * from filesystem('/etc')",
      "select * from input('a String')",
      "select * from sqlite_scan('/tmp/x.db', 't')",
      "select * from sqlite('/tmp/x.db', 't')",
      "select content from read_text(['/etc/passwd', '/etc/group'])",
      "from read_text('/etc/passwd')",
      "select * from samples union all by name select * from glob('/*')",
      "select * from samples where asset in (select file from glob('/*'))",
      "select (select content from read_text('/etc/passwd') limit 1)",
      "with x as (select * from read_text('/etc/passwd')) select * from x",
      "with a as (with b as (select * from read_text('/etc/passwd')) select * from b) select * "
      "from a",
      "select * from (select * from (select * from read_text('/etc/passwd')) q) r",
      "select * from samples, lateral (select * from glob('/*'))",
      "select * from samples s left join read_text('/etc/passwd') t on true",
      "select count(*) from samples having (select count(*) from glob('/*')) > 0",
      "select 1 order by (select content from read_text('/etc/passwd'))",
      "select case when exists (select 1 from glob('/*')) then 1 else 0 end",
      // Network.
      "select * from url('http://127.0.0.1:1/', CSV, 'a String')",
      "select * from remote('127.0.0.1:9000', system, one)",
      "select * from remote('127.0.0.1', 'system.users')",
      "select * from remoteSecure('127.0.0.1', 'system.users')",
      "select * from cluster('x', system, one)",
      "select * from s3('http://127.0.0.1/x', 'CSV')",
      "select * from hdfs('hdfs://x/y', 'CSV', 'a String')",
      "select * from mysql('127.0.0.1:3306', 'a', 'b', 'c', 'd')",
      "select * from postgresql('127.0.0.1:5432', 'a', 'b', 'c', 'd')",
      "select * from odbc('DSN=x', 'a', 'b')",
      "select * from jdbc('x', 'a', 'b')",
      "select * from mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'a String')",
      "select * from read_csv('http://127.0.0.1:1/x.csv')",
      "select * from 'https://example.invalid/x.parquet'",
      "select * from iceberg_scan('s3://x')",
      "select * from executable('x.sh', TabSeparated, 'a String')",
      // What the server is and does.
      "select * from duckdb_settings()",
      "select * from duckdb_secrets()",
      "select * from duckdb_databases()",
      "select * from duckdb_functions()",
      "select * from duckdb_tables",
      "select * from pragma_database_list",
      "select * from sqlite_master",
      "select * from pg_catalog.pg_class",
      "select * from system.tables",
      "select * from system.users",
      "select * from system.processes",
      "select * from system.query_log",
      "select * from system.settings",
      "select * from `system`.`tables`",
      "select * from system . tables",
      "select * from system/**/.tables",
      "select name from samples, system.tables",
      "select * from samples join system.one on 1 = 1",
      "select * from merge('system', '.*')",
      "select * from dictionary('x')",
      "select * from numbers_mt(10), system.tables",
      "select count(*) from samples where asset in system.tables",
      "select 1 in (select name from system.tables)",
      "select getenv('HOME')",
      "select current_setting('memory_limit')",
      "select getSetting('max_memory_usage')",
      "select hostName()",
      "select version(), currentUser() from system.one",
      "select getMacro('x')",
      "select dictGet('a', 'b', toUInt64(1))",
      "select joinGet('a', 'b', 1)",
      "select write_log('x')",
      "select list_transform([1], x -> write_log('y'))",
      "select 'x'.write_log()",
      "select nextval('x')",
      // Our own tables behind the views.
      "select * from sample_rows",
      "select * from main.sample_rows",
      "select * from wayside.sample_rows",
      "select * from quarantine_rows",
      "select * from stream_rows",
      "select * from streams",
      "select * from wayside_schema",
      "select * from deletion_rows",
      "select * from (with sample_rows as (select 1) select 1) x, sample_rows",
      "with recursive quarantine_rows as (select 1) select * from wayside.quarantine_rows",
      "select * from query_table('sample_rows')",
      "select * from query('select 1')",
      "select * from view(select * from system.one)",
      // More than one, or no, SELECT.
      "",
      ";",
      "-- nothing",
      "/* nothing */",
      "select 1; select 2",
      "select 1; drop table samples",
      "select 1 /* ; */; insert into events values (1)",
      "insert into samples values (1)",
      "insert into samples select * from samples",
      "update events set text = ''",
      "delete from samples",
      "alter table sample_rows delete where 1",
      "truncate table sample_rows",
      "drop table sample_rows",
      "drop view samples",
      "create table t as select 1",
      "create view v as select 1",
      "create macro m() as 1",
      "create temp table t (a int)",
      "copy samples to '/tmp/x.csv'",
      "copy (select 1) to '/tmp/x.parquet'",
      "copy samples from '/etc/passwd'",
      "select * from samples into outfile '/tmp/x'",
      "select 1 format Native settings max_memory_usage = 0",
      "select 1 settings max_execution_time = 0",
      "select 1 settings readonly = 0",
      "set memory_limit = '1TB'",
      "set max_memory_usage = 0",
      "reset memory_limit",
      "pragma database_list",
      "pragma enable_external_access",
      "attach '/tmp/x.db' as x",
      "attach table t",
      "detach x",
      "use system",
      "install httpfs",
      "load httpfs",
      "call pragma_version()",
      "checkpoint",
      "vacuum",
      "export database '/tmp/x'",
      "import database '/tmp/x'",
      "begin",
      "commit",
      "rollback",
      "kill query where 1",
      "system reload config",
      "optimize table sample_rows final",
      "rename table sample_rows to x",
      "grant all on *.* to default",
      "show tables",
      "show processlist",
      "explain analyze delete from samples",
      "prepare p as select 1",
      "execute p",
      "deallocate p",
      "with x as (insert into samples select * from samples returning *) select * from x",
      "with x as (delete from samples returning *) select * from x",
      // Disguises.
      "SeLeCt * FrOm ReAd_TeXt('/etc/passwd')",
      "select * from read_text /* */ ('/etc/passwd')",
      "select * from\nread_text\n(\n'/etc/passwd'\n)",
      "select * from \"read_text\"('/etc/passwd')",
      "select * from /*! */ read_text('/etc/passwd')",
      "select 1 -- \n from read_text('/etc/passwd')",
      "select * from main.read_text('/etc/passwd')",
      "select * from system.main.read_text('/etc/passwd')",
      "select * from (values (1)) t, read_text('/etc/passwd')",
      "select * from (((read_text('/etc/passwd'))))",
      "((select * from read_text('/etc/passwd')))",
      "select * from samples where 'a\\' or 1 = 1 from system.tables --",
      "select {x:String} from system.one",
      "select $1",
      "select ?",
      "select * from samples prewhere 1 in (select 1 from system.one)",
      "select * from samples sample 1 offset 0 where exists (select * from glob('*'))",
      "select * from samples array join (select groupArray(name) from system.tables) as x",
  };
  return all;
}

inline void refuses_attacks(TelemetryStore& store) {
  ASSERT_GE(attacks().size(), 150u);
  for (const std::string& sql : attacks()) {
    const auto result = store.query(sql, {});
    EXPECT_FALSE(result) << sql;
    if (result) continue;
    EXPECT_THAT(result.error().code, testing::AnyOf(Errc::refused, Errc::invalid))
        << sql << "\n"
        << result.error().message;
  }
  std::string nul = "select 1";
  nul += '\0';
  EXPECT_FALSE(store.query(nul + " from samples", {}));
  EXPECT_FALSE(store.query("select 1" + std::string(100'000, ' '), {}));
  EXPECT_FALSE(
      store.query("select " + std::string(30'000, '(') + "1" + std::string(30'000, ')'), {}));
}

/// Each would take all time or memory there is: it ends as an error or as a cut answer, and then
/// the store still takes data and answers.
inline void survives(TelemetryStore& store, const std::vector<std::string>& bombs) {
  QueryLimits limits;
  limits.timeout = milliseconds(500);
  limits.rows_max = 1'000;
  for (const std::string& sql : bombs) {
    const auto result = store.query(sql, limits);
    if (result) {
      EXPECT_TRUE(result->truncated) << sql;
      continue;
    }
    EXPECT_THAT(result.error().code,
                testing::AnyOf(Errc::timeout, Errc::full, Errc::refused, Errc::invalid))
        << sql << "\n"
        << result.error().message;
  }
  Batch batch;
  batch.samples.push_back({"n1", block("a1", "after", start, {1, 2, 3})});
  ASSERT_TRUE(store.commit(batch));
  const auto after = store.query("select count(*) from samples where signal = 'after'", {});
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->rows_json, "[[3]]");
}

/// Reads never block ingest: batches are committed, and others read them, in the midst of a query
/// that does not go on before.
inline void commits_go_on_beside(TelemetryStore& store, const std::string& endless) {
  std::atomic<bool> at_work = false, committed = false;
  QueryLimits limits;
  limits.abandoned = [&] {
    at_work = true;
    at_work.notify_all();
    committed.wait(false);
    return true;
  };
  std::thread asker([&] { EXPECT_FALSE(store.query(endless, limits)); });
  at_work.wait(false);
  for (int i = 0; i < 5; ++i) {
    Batch batch;
    batch.samples.push_back({"n1", block("a1", "beside", start + hours(i), {1, 2, 3})});
    const Status stored = store.commit(batch);
    EXPECT_TRUE(stored) << stored.error().message;
  }
  const auto seen = store.query("select count(*) from samples where signal = 'beside'", {});
  committed = true;
  committed.notify_all();
  asker.join();
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->rows_json, "[[15]]");
}

/// A query whose client went away ends as such, not at its time limit.
inline void ends_an_abandoned_query(TelemetryStore& store, const std::string& endless) {
  QueryLimits limits;
  limits.timeout = minutes(5);
  std::atomic<int> asked = 0;
  limits.abandoned = [&] { return ++asked > 2; };
  const auto result = store.query(endless, limits);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unavailable) << result.error().message;
}

}  // namespace wayside::hub::suite
