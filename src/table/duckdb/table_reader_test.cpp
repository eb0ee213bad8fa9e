#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "support/process.hpp"
#include "table/duckdb/table_file.hpp"

namespace wayside::table {
namespace {

using testing::HasSubstr;

class TableFile : public testing::TestWithParam<const char*> {};

TEST_P(TableFile, ReadsBackWhatWasWritten) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("t") + GetParam();
  const Metadata metadata{{"wayside.features", "{\"a, b\": 'x'}"}, {"wayside.kind", "pump"}};
  constexpr double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> values{0.1, -0.0, inf, 1e300, 5e-324};
  {
    auto writer = create_table_file(
        path,
        {{"asset", Type::text}, {"time", Type::time}, {"x", Type::number}, {"ok", Type::boolean}},
        metadata);
    ASSERT_TRUE(writer) << writer.error().message;
    for (std::size_t i = 0; i < values.size(); ++i) {
      (*writer)->set_text(0, "p \"1\", " + std::to_string(i));
      (*writer)->set_time(1,
                          Time{1'767'225'600'000'000'000} + Duration{static_cast<std::int64_t>(i)});
      (*writer)->set_number(2, values[i]);
      (*writer)->set_boolean(3, i % 2 == 0);
      ASSERT_TRUE((*writer)->end_row());
    }
    ASSERT_TRUE((*writer)->end_row());
    ASSERT_TRUE((*writer)->finish());
  }
  auto reader = open_table_file(path);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->metadata(), metadata);
  ASSERT_EQ((*reader)->columns().size(), 4u);
  EXPECT_EQ((*reader)->columns()[2].name, "x");
  EXPECT_EQ((*reader)->columns()[2].type, Type::number);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE((*reader)->next().value());
    EXPECT_EQ((*reader)->text(0), "p \"1\", " + std::to_string(i));
    EXPECT_EQ((*reader)->integer(1), 1'767'225'600'000'000'000 + static_cast<std::int64_t>(i));
    EXPECT_EQ((*reader)->number(2), values[i]);
    EXPECT_EQ(std::signbit((*reader)->number(2)), std::signbit(values[i]));
    EXPECT_EQ((*reader)->boolean(3), i % 2 == 0);
  }
  ASSERT_TRUE((*reader)->next().value());
  EXPECT_TRUE((*reader)->is_null(0));
  EXPECT_TRUE(std::isnan((*reader)->number(2)));
  EXPECT_FALSE((*reader)->next().value());
}

INSTANTIATE_TEST_SUITE_P(BothKinds, TableFile, testing::Values(".parquet", ".csv"));

TEST(TableReader, TakesWhatOthersWroteAndRefusesTheRest) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("plain.csv")) << "asset,time,x\np1,5,1\np1,6,\n";
  auto reader = open_table_file(folder.file("plain.csv"));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE((*reader)->metadata().empty());
  ASSERT_TRUE((*reader)->next().value());
  EXPECT_EQ((*reader)->number(2), 1);  // whole numbers are numbers
  ASSERT_TRUE((*reader)->next().value());
  EXPECT_TRUE(std::isnan((*reader)->number(2)));

  EXPECT_EQ(open_table_file(folder.file("none.csv")).error().code, Errc::not_found);
  EXPECT_THAT(open_table_file(folder.file("t.xlsx")).error().message, HasSubstr("ends in"));
  std::ofstream(folder.file("bad.parquet")) << "no parquet at all";
  const auto bad = open_table_file(folder.file("bad.parquet"));
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("bad.parquet"));
}

}  // namespace
}  // namespace wayside::table
