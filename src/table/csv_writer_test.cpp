#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "support/process.hpp"
#include "table/csv_text.hpp"
#include "table/table_writer.hpp"

namespace wayside::table {
namespace {

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(CsvWriter, WritesEveryTypeAndNothingForWhatIsNotSet) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("t.csv");
  auto writer = create_csv(path,
                           {{"asset", Type::text},
                            {"n", Type::integer},
                            {"time", Type::time},
                            {"x, y", Type::number},
                            {"ok", Type::boolean}},
                           {});
  ASSERT_TRUE(writer) << writer.error().message;
  (*writer)->set_text(0, "a \"b\", c");
  (*writer)->set_integer(1, -7);
  (*writer)->set_time(2, Time{1'767'225'600'000'000'001});
  (*writer)->set_number(3, 0.1);
  (*writer)->set_boolean(4, true);
  ASSERT_TRUE((*writer)->end_row());
  (*writer)->set_number(3, std::numeric_limits<double>::quiet_NaN());
  ASSERT_TRUE((*writer)->end_row());
  (*writer)->set_number(3, -std::numeric_limits<double>::infinity());
  ASSERT_TRUE((*writer)->end_row());
  ASSERT_TRUE((*writer)->finish());
  EXPECT_EQ(content(path),
            "asset,n,time,\"x, y\",ok\n"
            "\"a \"\"b\"\", c\",-7,1767225600000000001,0.1,true\n"
            ",,,,\n,,,-inf,\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".json"));
}

TEST(CsvWriter, PutsTheMetadataBesideIt) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("t.csv");
  auto writer = create_csv(path, {{"a", Type::text}}, {{"wayside.kind", "pump \"7\""}});
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->finish());
  EXPECT_EQ(content(path + ".json"), "{\n \"wayside.kind\": \"pump \\\"7\\\"\"\n}\n");
}

TEST(CsvWriter, WhatIsNotFinishedLeavesNothing) {
  const test::TemporaryFolder folder;
  {
    auto writer = create_csv(folder.file("t.csv"), {{"a", Type::text}}, {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->end_row());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(CsvWriter, RefusesColumnsOfOneName) {
  const test::TemporaryFolder folder;
  const auto twice = create_csv(folder.file("t.csv"), {{"a", Type::text}, {"a", Type::time}}, {});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "two columns have the name 'a'");
  EXPECT_FALSE(create_csv(folder.file("t.csv"), {}, {}));
}

RC_GTEST_PROP(CsvText, ANumberReadsBackExactly, (std::uint64_t bits)) {
  const auto value = std::bit_cast<double>(bits);
  std::string text;
  append_number(text, value);
  const double back = std::strtod(text.c_str(), nullptr);
  if (std::isnan(value))
    RC_ASSERT(std::isnan(back));
  else
    RC_ASSERT(std::bit_cast<std::uint64_t>(back) == bits);
}

}  // namespace
}  // namespace wayside::table
