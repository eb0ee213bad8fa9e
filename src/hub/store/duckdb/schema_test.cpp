#include "hub/store/duckdb/schema.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/duckdb/migrations.hpp"
#include "hub/store/duckdb/sql.hpp"
#include "hub/store/keeping_suite.hpp"

namespace wayside::hub {
namespace {

namespace fs = std::filesystem;
using namespace duck;

class SchemaTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("wayside-schema-{}", ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const char* name) const { return folder_ / name; }

  /// Statements in a database of its own, which is closed again.
  static void run(const std::string& path, const std::string& sql) {
    DatabaseHandle database;
    ASSERT_EQ(duckdb_open(path.c_str(), database.out()), DuckDBSuccess);
    auto connection = Connection::open(database.get());
    ASSERT_TRUE(connection);
    const Status done = connection->run(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// Tables, columns, types, constraints, indexes and views, as text.
  static std::string catalogue(const std::string& path) {
    DatabaseHandle database;
    EXPECT_EQ(duckdb_open(path.c_str(), database.out()), DuckDBSuccess);
    auto connection = Connection::open(database.get());
    std::string text;
    for (const char* sql :
         {"SELECT table_name || ' ' || column_index || ' ' || column_name || ' ' || data_type || "
          "' ' || is_nullable || ' ' || coalesce(column_default, '') FROM duckdb_columns() WHERE "
          "NOT internal ORDER BY table_name, column_index",
          "SELECT table_name || ' ' || constraint_type || ' ' || constraint_text FROM "
          "duckdb_constraints() ORDER BY ALL",
          "SELECT table_name || ' ' || coalesce(sql, '') FROM duckdb_indexes() ORDER BY ALL",
          "SELECT sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
          "SELECT type_name || ' ' || labels::VARCHAR FROM duckdb_types() WHERE NOT internal AND "
          "labels IS NOT NULL ORDER BY ALL",
          "SELECT function_name || ' ' || macro_definition FROM duckdb_functions() WHERE NOT "
          "internal ORDER BY ALL"}) {
      const auto rows = collect<std::string>(
          *connection, sql, {}, [](std::string& out, const Rows& found, std::size_t i) {
            out += found.text(0, i) + "\n";
          });
      EXPECT_TRUE(rows) << rows.error().message;
      if (rows) text += *rows;
    }
    return text;
  }
  static std::unique_ptr<TelemetryStore> open(const std::string& path) {
    auto store = open_duckdb_store({path}, Log());
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  fs::path folder_;
};

/// Rows as a program of version 1 wrote them, and its views.
constexpr const char* version_1_rows = R"sql(
CREATE VIEW samples AS SELECT s.node, s.asset, s.name AS signal, s.version, r.time, r.value,
  r.quality FROM sample_rows r JOIN series s ON s.id = r.series;
INSERT INTO series VALUES (0, 0, 'n1', 'a1', 'temp', 1), (1, 0, 'n1', 'a1', 'temp', 2),
  (2, 1, 'n1', 'a1', 'mean', 0), (3, 2, 'n1', '', 'cpu', 0);
INSERT INTO sample_rows VALUES (0, make_timestamp_ns(1767225600000000000), 1.5, 'good'),
  (0, make_timestamp_ns(1767225601000000000), NULL, 'not_finite'),
  (1, make_timestamp_ns(1767225602000000000), 2.5, 'good');
INSERT INTO feature_rows VALUES (2, make_timestamp_ns(1767225600000000000), 7);
INSERT INTO health_rows VALUES (3, make_timestamp_ns(1767225600000000000), 0.5);
INSERT INTO decision_rows VALUES ('n1', 'a1', 'm', 'r', make_timestamp_ns(1767225600000000000), 0.9,
  'anomaly', 0.8, 12, '', '{}');
INSERT INTO event_rows VALUES ('n1.000000000000000a.c5', 'n1', 'a1', 'alert_raised',
  make_timestamp_ns(1767225600000000000), 'alarm', 'hot', '{}', 'hot', NULL, NULL),
  ('n1.000000000000000a.d6', 'n1', '', 'link_lost', make_timestamp_ns(1767225600000000000), 'info',
  '', '{}', '', NULL, NULL);
INSERT INTO streams VALUES ('n1', 10, 'diagnostic', 9, 7, 7, 0, 1,
  make_timestamp_ns(1767225600000000000));
INSERT INTO gap_rows VALUES ('n1', 10, 'bulk', 3, 4, 10, 'spool_full',
  make_timestamp_ns(1767225600000000000), make_timestamp_ns(1767225600000000000));
)sql";

TEST_F(SchemaTest, VersionsFollowEachOther) {
  int version = 0;
  for (const Migration& migration : migrations) EXPECT_EQ(migration.version, ++version);
  EXPECT_EQ(version, schema_version);
}

/// From every earlier version, with rows in it, the same tables come about as in a fresh store.
TEST_F(SchemaTest, EveryVersionBecomesTheSame) {
  ASSERT_TRUE(open(path("fresh")));
  const std::string fresh = catalogue(path("fresh"));
  EXPECT_THAT(fresh, testing::HasSubstr("archive_files"));
  for (std::size_t from = 1; from < migrations.size(); ++from) {
    const std::string old = path(fmt::format("from-{}", from).c_str());
    for (std::size_t i = 0; i < from; ++i) {
      run(old, migrations[i].sql);
      if (i == 0) run(old, version_1_rows);
    }
    EXPECT_NE(catalogue(old), fresh);
    ASSERT_TRUE(open(old));
    EXPECT_EQ(catalogue(old), fresh) << "from version " << from;
    ASSERT_TRUE(open(old)) << "a second opening changes nothing";
    EXPECT_EQ(catalogue(old), fresh);
  }
}

TEST_F(SchemaTest, WhatVersion1WroteIsReadableAndGoesOn) {
  const std::string old = path("old");
  run(old, migrations[0].sql);
  run(old, version_1_rows);
  const auto store = open(old);
  ASSERT_TRUE(store);
  EXPECT_EQ(store->row_counts().value(), (RowCounts{3, 1, 1, 2, 1}));
  const auto totals = store->streams().value().at({"n1", 10, telemetry::Tier::diagnostic});
  EXPECT_EQ(totals, (StreamTotals{9, 7, 7, 0, 1, suite::start, false}));
  EXPECT_EQ(suite::one_series(*store, "a1", "temp", suite::start, suite::start + days(1)).values,
            (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(store->newest_samples()->at(0).time, suite::start + seconds(2));
  EventFilter open_alerts;
  open_alerts.uncleared = true;
  const auto alerts = store->events(open_alerts).value();
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].tier, telemetry::Tier::critical);
  EXPECT_EQ(store->decisions({})->at(0).record.label, "anomaly");
  EXPECT_EQ(suite::rows_of(*store, RecordKind::samples, telemetry::Tier::diagnostic, "a1"), 3u);
  // Known series go on under their ids, and everything of this version works.
  Batch batch;
  batch.samples.push_back({"n1", suite::block("a1", "temp", suite::start + seconds(9), {4}),
                           telemetry::Tier::diagnostic});
  ASSERT_TRUE(store->commit(batch));
  EXPECT_EQ(store->query("select count(distinct series) from samples", {})->rows_json, "[[2]]");
  EXPECT_EQ(store->delete_asset({"a1", {}, suite::start})->remaining, 0u);
}

TEST_F(SchemaTest, RefusesAStoreOfALaterProgram) {
  ASSERT_TRUE(open(path("later")));
  run(path("later"), "UPDATE wayside_schema SET version = 99");
  const auto store = open_duckdb_store({path("later")}, Log());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::corrupt);
  EXPECT_THAT(store.error().message, testing::HasSubstr("version 99"));
  EXPECT_THAT(store.error().message, testing::HasSubstr("a later one"));
  EXPECT_THAT(store.error().message, testing::HasSubstr(path("later")));
}

TEST_F(SchemaTest, RefusesADatabaseOfAnotherProgram) {
  run(path("other"), "CREATE TABLE cats (name VARCHAR)");
  const auto store = open_duckdb_store({path("other")}, Log());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr("another program"));
}

}  // namespace
}  // namespace wayside::hub
