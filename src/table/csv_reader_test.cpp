#include "table/csv_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <fstream>

#include "support/process.hpp"
#include "table/csv_text.hpp"

namespace wayside::table {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read_all(CsvReader reader) {
  Rows rows;
  for (;;) {
    const auto fields = reader.next();
    if (!fields) {
      rows.push_back({"error", fields.error().message});
      return rows;
    }
    if (*fields == nullptr) return rows;
    rows.emplace_back((*fields)->begin(), (*fields)->end());
  }
}

TEST(CsvReader, ReadsLinesOfAnyKind) {
  EXPECT_EQ(read_all(CsvReader::of_text("a,b\r\n\n1,,\n\"x, \"\"y\"\"\",z")),
            (Rows{{"a", "b"}, {"1", "", ""}, {"x, \"y\"", "z"}}));
  EXPECT_EQ(read_all(CsvReader::of_text("")), Rows{});
  EXPECT_EQ(read_all(CsvReader::of_text("\"\",\"a\"")), (Rows{{"", "a"}}));
}

TEST(CsvReader, SaysWhichLineIsWrong) {
  for (const char* line : {"\"a", "\"a\"b", "a,\"b"})
    EXPECT_THAT(read_all(CsvReader::of_text(std::string("x\n") + line)).back()[1],
                testing::HasSubstr("line 2: a quote without its pair"));
  const std::string long_line(CsvReader::line_bytes_max + 1, 'x');
  EXPECT_THAT(read_all(CsvReader::of_text("x\n" + long_line)).back()[1],
              testing::HasSubstr("line 2 is longer than"));
}

TEST(CsvReader, CountsLinesWithTheEmptyOnes) {
  CsvReader reader = CsvReader::of_text("a\n\n\nb\n");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), 1u);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), 4u);
  EXPECT_EQ(reader.next().value(), nullptr);
}

TEST(CsvReader, ReadsAFileLargerThanItsBuffer) {
  const test::TemporaryFolder folder;
  std::ofstream out(folder.file("t.csv"));
  constexpr int lines = 100'000;
  for (int i = 0; i < lines; ++i) out << i << ",some text\n";
  out.close();
  auto reader = CsvReader::open(folder.file("t.csv"));
  ASSERT_TRUE(reader);
  for (int i = 0; i < lines; ++i) {
    const auto fields = reader->next();
    ASSERT_TRUE(fields && *fields != nullptr);
    ASSERT_EQ((**fields)[0], std::to_string(i));
    ASSERT_EQ((**fields)[1], "some text");
  }
  EXPECT_EQ(reader->next().value(), nullptr);
  EXPECT_EQ(CsvReader::open(folder.file("none.csv")).error().code, Errc::not_found);
}

RC_GTEST_PROP(CsvReader, ReadsBackWhatWasWritten, ()) {
  const auto cell = rc::gen::container<std::string>(rc::gen::element('a', ',', '"', ' ', ';'));
  const auto rows = *rc::gen::container<Rows>(
      rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell)));
  std::string text;
  Rows expected;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      append_field(line, row[i]);
    }
    if (!line.empty()) expected.push_back(row);
    text += line + '\n';
  }
  RC_ASSERT(read_all(CsvReader::of_text(text)) == expected);
}

}  // namespace
}  // namespace wayside::table
