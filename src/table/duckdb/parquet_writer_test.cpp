#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duckdb.h>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/duckdb/handles.hpp"
#include "support/process.hpp"
#include "table/duckdb/table_file.hpp"

namespace wayside::table {
namespace {

/// What DuckDB reads in the file, as text.
class Reading {
 public:
  Reading() {
    duckdb_open(nullptr, database_.out());
    connection_ = duck::Connection::open(database_.get()).value();
  }
  std::vector<std::vector<std::string>> rows(const std::string& sql) {
    std::vector<std::vector<std::string>> all;
    auto result = connection_.rows(sql);
    EXPECT_TRUE(result) << result.error().message;
    if (!result) return all;
    const idx_t columns = duckdb_column_count(result->out());
    EXPECT_TRUE(duck::for_each_row(*result, [&](const duck::Rows& rows, std::size_t i) {
      auto& row = all.emplace_back();
      for (idx_t c = 0; c < columns; ++c)
        row.push_back(rows.is_null(c, i) ? "null" : rows.text(c, i));
    }));
    return all;
  }

 private:
  duck::DatabaseHandle database_;
  duck::Connection connection_;
};

using Cells = std::vector<std::vector<std::string>>;

TEST(ParquetWriter, WritesEveryTypeWithNullsAndMetadata) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("it's.parquet");
  auto writer = create_table_file(path,
                                  {{"asset", Type::text},
                                   {"n", Type::integer},
                                   {"time", Type::time},
                                   {"x \"y\"", Type::number},
                                   {"ok", Type::boolean}},
                                  {{"wayside.definitions", "{\"a\": \"mean('x', 1s)\"}"}});
  ASSERT_TRUE(writer) << writer.error().message;
  (*writer)->set_text(0, "pump");
  (*writer)->set_integer(1, -7);
  (*writer)->set_time(2, Time{1'767'225'600'000'000'001});
  (*writer)->set_number(3, 0.1);
  (*writer)->set_boolean(4, true);
  ASSERT_TRUE((*writer)->end_row());
  (*writer)->set_number(3, std::numeric_limits<double>::quiet_NaN());
  ASSERT_TRUE((*writer)->end_row());
  (*writer)->set_number(3, std::numeric_limits<double>::infinity());
  ASSERT_TRUE((*writer)->end_row());
  ASSERT_TRUE((*writer)->finish());

  Reading reading;
  const std::string file = "'" + folder.path() + "/it''s.parquet'";
  EXPECT_EQ(reading.rows("select asset, n::text, epoch_ns(time)::text, \"x \"\"y\"\"\"::text, "
                         "ok::text from " +
                         file),
            (Cells{{"pump", "-7", "1767225600000000001", "0.1", "true"},
                   {"null", "null", "null", "null", "null"},
                   {"null", "null", "null", "inf", "null"}}));
  EXPECT_EQ(
      reading.rows("select decode(key), decode(value) from parquet_kv_metadata(" + file + ")"),
      (Cells{{"wayside.definitions", "{\"a\": \"mean('x', 1s)\"}"}}));
  const std::filesystem::directory_iterator inside(folder.path());
  EXPECT_EQ(std::distance(begin(inside), end(inside)), 1);
}

TEST(ParquetWriter, KeepsManyRowsInOrder) {
  const test::TemporaryFolder folder;
  constexpr std::int64_t rows = 300'000;
  auto writer = create_parquet(folder.file("t.parquet"), {{"i", Type::integer}}, {});
  ASSERT_TRUE(writer) << writer.error().message;
  for (std::int64_t i = 0; i < rows; ++i) {
    (*writer)->set_integer(0, i);
    ASSERT_TRUE((*writer)->end_row());
  }
  ASSERT_TRUE((*writer)->finish());
  Reading reading;
  EXPECT_EQ(reading.rows("select count(*)::text, (sum((i <> file_row_number)::int))::text from "
                         "read_parquet('" +
                         folder.file("t.parquet") + "', file_row_number = true)"),
            (Cells{{"300000", "0"}}));
}

TEST(ParquetWriter, WhatCannotBeWrittenLeavesNothing) {
  const test::TemporaryFolder folder;
  {
    auto writer = create_parquet(folder.file("t.parquet"), {{"a", Type::text}}, {});
    ASSERT_TRUE(writer);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  const auto other = create_table_file(folder.file("t.xlsx"), {{"a", Type::text}}, {});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, testing::HasSubstr("ends in .parquet or .csv"));
  EXPECT_FALSE(create_parquet("/dev/null/t.parquet", {{"a", Type::text}}, {}));
}

}  // namespace
}  // namespace wayside::table
