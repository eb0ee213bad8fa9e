#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <thread>

#include "node/sources/csv_row.hpp"
#include "node/sources/source_fixture.hpp"
#include "node/sources/time_rule.hpp"
#include "support/data.hpp"

namespace wayside::node::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvTest : public SourceTest {
 protected:
  /// A source of one file with these keys beside the path.
  std::string yaml(const std::string& text, const std::string& keys) {
    return fmt::format("csv: {{path: {}, {}}}", file("log.csv", text), keys);
  }
  static std::string engine(const std::string& columns) {
    return fmt::format("time: time, asset: engine-1, columns: {{{}}}", columns);
  }
};

TEST_F(CsvTest, ConvertsUnitsAndTimes) {
  const auto samples = run(yaml(
      "time,temp_f,p\n2026-01-01T00:00:00Z,212,1\n2026-01-01 00:00:01.5,32,2\n1767225602,-40,3\n",
      engine("temp_f: {signal: coolant_temp, unit: degF}, p: {signal: oil_pressure, unit: bar}")));
  ASSERT_EQ(samples.size(), 6u);
  EXPECT_NEAR(samples[0].value, 100, 1e-9);
  EXPECT_NEAR(samples[1].value, 100, 1e-9) << "1 bar in kPa";
  EXPECT_NEAR(samples[2].value, 0, 1e-9);
  EXPECT_NEAR(samples[4].value, -40, 1e-9);
  EXPECT_EQ(format_time(samples[0].time), "2026-01-01T00:00:00Z");
  EXPECT_EQ(format_time(samples[2].time), "2026-01-01T00:00:01.5Z");
  EXPECT_EQ(format_time(samples[4].time), "2026-01-01T00:00:02Z");
  EXPECT_EQ(rejected(), 0u);
  EXPECT_EQ(passed(), 6);
  EXPECT_EQ(sink_.waited(), 6u) << "a file waits for room";
}

TEST_F(CsvTest, TakesAPartOfTheFile) {
  const std::string rows = "time,t\n2026-01-01,80\n2026-01-02,81\n2026-01-03,82\n";
  const std::string keys = engine("t: coolant_temp") + ", from: 2026-01-02, until: 2026-01-03";
  const auto samples = run(yaml(rows, keys));
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].value, 81);
  EXPECT_EQ(rejected(), 0u);
}

TEST_F(CsvTest, CountsWhatIsWrongAndGoesOn) {
  const auto samples =
      run(yaml("time,t\n"
               "2026-01-01T00:00:00Z,80\n"
               "yesterday,80\n"               // time
               "2026-01-01T00:00:02Z,warm\n"  // value
               "2026-01-01T00:00:03Z\n"       // a field is missing
               "2026-01-01T00:00:04Z,\"80\n"  // a quote is open
               "2026-01-01T00:00:05Z,900\n"   // out of range, passed on
               "2026-01-01T00:00:06Z,nan\n"   // not finite, passed on
               "2026-01-01T00:00:07Z,\n"      // no measurement: nothing to count
               "\n"
               "2026-01-01T00:00:08Z,81",  // no line end
               engine("t: coolant_temp, q: oil_pressure")));
  ASSERT_EQ(samples.size(), 4u);
  EXPECT_EQ(samples[1].quality, telemetry::Quality::out_of_range);
  EXPECT_EQ(samples[1].value, 900);
  EXPECT_EQ(samples[2].quality, telemetry::Quality::not_finite);
  EXPECT_EQ(samples[3].value, 81);
  EXPECT_EQ(rejected("time_unparsable"), 1u);
  EXPECT_EQ(rejected("value_unparsable"), 1u);
  EXPECT_EQ(rejected("row_unparsable"), 2u);
  EXPECT_EQ(rejected("out_of_range"), 1u);
  EXPECT_EQ(rejected("not_finite"), 1u);
  EXPECT_EQ(rejected("column_unknown"), 1u) << "q is configured but not in the file";
  EXPECT_EQ(rejected(), 7u);
  EXPECT_THAT(said_, HasSubstr("no column 'q'"));
}

TEST_F(CsvTest, SkipsARowThatIsTooLong) {
  const std::string row = "2026-01-01T00:00:00Z,80\n";
  const auto samples = run(
      yaml("time,t\n" + row + std::string(3 << 20, 'x') + "\n" + row, engine("t: coolant_temp")));
  EXPECT_EQ(samples.size(), 2u);
  EXPECT_EQ(rejected("row_too_long"), 1u);
  EXPECT_EQ(rejected(), 1u);
}

TEST_F(CsvTest, ReadsQuotesBomCrlfAndOtherDelimiters) {
  const auto samples = run(
      yaml("\xef\xbb\xbf\"time\";\"a \"\"hot\"\" one\";x\r\n2026-01-01 00:00:00;\" 81.5 \";7\r\n",
           "delimiter: ';', " + engine("'a \"hot\" one': coolant_temp")));
  ASSERT_EQ(samples.size(), 0u) << "blanks inside quotes are no number";
  EXPECT_EQ(rejected("value_unparsable"), 1u);
}

TEST_F(CsvTest, ReadsTabs) {
  const auto samples =
      run(yaml("time\tt\n2026-01-01\t81.5\n", "delimiter: tab, " + engine("t: coolant_temp")));
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].value, 81.5);
}

TEST_F(CsvTest, ReadsFilesWithoutHeaderByNumberOrName) {
  const std::string text = "  1  0.5   80\n  2  0.6   81\n";
  const auto by_number =
      run(yaml(text,
               "delimiter: whitespace, header: false, asset: engine-1, columns: {3: coolant_temp}, "
               "time: {column: 1, unit: 1h, start: 2026-01-01T00:00:00Z}"));
  ASSERT_EQ(by_number.size(), 2u);
  EXPECT_EQ(format_time(by_number[1].time), "2026-01-01T02:00:00Z");
  EXPECT_EQ(by_number[1].value, 81);
  const auto both =
      run(yaml(text,
               "delimiter: whitespace, header: false, names: [n, x, t], asset: engine-1, "
               "columns: {t: coolant_temp}, time: {every: 10ms, start: 2026-01-01}"));
  ASSERT_EQ(both.size(), 4u);
  EXPECT_EQ(format_time(both[3].time), "2026-01-01T00:00:00.01Z");
}

TEST_F(CsvTest, TakesTheAssetFromAColumn) {
  const auto samples =
      run(yaml("time,unit,t\n1767225600,1,80\n1767225600,2,81\n1767225600,3,82\n",
               "time: {column: time, epoch: s}, asset: {column: unit, name: engine-$1}, "
               "columns: {t: coolant_temp}"));
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[1].asset, *assets_.find("engine-2"));
  EXPECT_EQ(rejected("asset_unknown"), 1u);
}

TEST_F(CsvTest, AssetOfAnotherKindHasNoSuchSignal) {
  run(yaml("time,who,t\n1767225600,this-computer,80\n",
           "time: time, asset: {column: who}, columns: {t: coolant_temp}"));
  EXPECT_EQ(rejected("signal_unknown"), 1u);
}

TEST_F(CsvTest, ReadsTimesInAFormat) {
  const auto samples =
      run(yaml("time,t\n31.12.2025 23:59:59.25 +0100,80\n31/12/2025,80\n",
               "time: {column: time, format: '%d.%m.%Y %H:%M:%S'}, asset: engine-1, "
               "columns: {t: coolant_temp}"));
  EXPECT_EQ(samples.size(), 0u) << "what follows the format is not swallowed";
  const auto zoned =
      run(yaml("time,t\n31.12.2025 23:59:59 +0100,80\n",
               "time: {column: time, format: '%d.%m.%Y %H:%M:%S %z'}, asset: engine-1, "
               "columns: {t: coolant_temp}"));
  ASSERT_EQ(zoned.size(), 1u);
  EXPECT_EQ(format_time(zoned[0].time), "2025-12-31T22:59:59Z");
  const auto fraction =
      run(yaml("time,t\n31.12.2025 23:59:59.25,80\n",
               "time: {column: time, format: '%d.%m.%Y %H:%M:%S'}, asset: engine-1, "
               "columns: {t: coolant_temp}"));
  ASSERT_EQ(fraction.size(), 2u);
  EXPECT_EQ(format_time(fraction[1].time), "2025-12-31T23:59:59.25Z");
}

TEST_F(CsvTest, NamesTheColumnsWhereTheTimeIsMissing) {
  EXPECT_TRUE(run(yaml("timestamp,t\n2026-01-01,80\n",
                       "time: timestmp, asset: engine-1, columns: {t: coolant_temp}"))
                  .empty());
  EXPECT_THAT(said_, HasSubstr("did you mean timestamp?"));
  EXPECT_EQ(rejected("column_unknown"), 1u);
}

TEST_F(CsvTest, SaysWhyItEndedBeforeItsFileDid) {
  const std::string row = "2026-01-01T00:00:00Z,80\n";
  const auto whole = create(yaml("time,t\n" + row, engine("t: coolant_temp")));
  whole->run({});
  EXPECT_TRUE(whole->outcome());
  const auto wrong = create(yaml("when,t\n" + row, engine("t: coolant_temp")));
  wrong->run({});
  ASSERT_FALSE(wrong->outcome());
  EXPECT_THAT(wrong->outcome().error().message, HasSubstr("it has no column 'time' for the time"));
  const auto gone = create(yaml("time,t\n" + row, engine("t: coolant_temp")));
  std::filesystem::remove_all(folder());
  gone->run({});
  ASSERT_FALSE(gone->outcome());
  EXPECT_THAT(gone->outcome().error().message, HasSubstr("cannot open"));
}

TEST_F(CsvTest, PacedRowsWaitAndStopAtOnce) {
  const auto source =
      create(yaml("time,t\n2026-01-01T00:00:00Z,80\n2026-01-01T00:00:06Z,81\n"
                  "2027-01-01T00:00:00Z,82\n",
                  "pace: 60x, " + engine("t: coolant_temp")));
  const Duration before = system_clock_.monotonic();
  std::jthread thread([&](std::stop_token stop) { source->run(stop); });
  ASSERT_TRUE(sink_.wait_for(1));
  EXPECT_EQ(sink_.samples()[0].value, 80);
  // The second row is due after 6 s / 60; it leaves when the third, a year away, begins to wait.
  ASSERT_TRUE(sink_.wait_for(2));
  EXPECT_GE((system_clock_.monotonic() - before).seconds(), 0.099);
  thread.request_stop();
  thread.join();
  EXPECT_EQ(sink_.samples().size(), 2u);
}

TEST_F(CsvTest, SaysWhatStandsInTheWayOfReading) {
  const auto spec =
      parse("csv: {path: nowhere.csv, time: t, asset: engine-1, columns: {x: coolant_temp}}");
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(spec->create(context()).error().message, "there is no file nowhere.csv");
  const auto dir =
      parse(fmt::format("csv: {{path: {}, time: t, asset: engine-1, columns: {{x: coolant_temp}}}}",
                        folder().string()));
  EXPECT_THAT(dir->create(context()).error().message, HasSubstr("is a folder"));
}

TEST_F(CsvTest, LocatesAllMistakesOfTheConfiguration) {
  const std::string said = mistakes(
      "csv:\n"
      "  path: log.csv\n"
      "  tme: timestamp\n"
      "  asset: engine-3\n"
      "  pace: 60\n"
      "  delimiter: ''\n"
      "  columns:\n"
      "    a: {signal: coolant_tmp}\n");
  EXPECT_THAT(said,
              HasSubstr("agent.yaml:3:3: error: a csv source has no 'tme' (did you mean 'time'?)"));
  EXPECT_THAT(said, HasSubstr("a csv source needs 'time'"));
  EXPECT_THAT(
      said, HasSubstr("agent.yaml:4:10: error: unknown asset 'engine-3' (did you mean engine-1?)"));
  EXPECT_THAT(said, HasSubstr("agent.yaml:5:9: error: expected the pace max, real or a factor"));
  EXPECT_THAT(said, HasSubstr("agent.yaml:6:14: error: expected one character"));
  const std::string columns = mistakes(
      "csv:\n"
      "  path: log.csv\n"
      "  time: {column: t, unit: 1h}\n"
      "  asset: engine-1\n"
      "  header: false\n"
      "  names: [t, b]\n"
      "  columns:\n"
      "    a: {signal: coolant_tmp}\n"
      "    b: {signal: coolant_temp, unit: degCC}\n"
      "    c: {signal: coolant_temp, unit: kPa}\n");
  EXPECT_THAT(columns, HasSubstr("agent.yaml:3:9: error: 'start' goes with 'unit'"));
  EXPECT_THAT(columns,
              HasSubstr("agent.yaml:8:17: error: the kind engine has no signal 'coolant_tmp' "
                        "(did you mean coolant_temp?)"));
  EXPECT_THAT(columns,
              HasSubstr("agent.yaml:9:37: error: unknown unit 'degCC' (did you mean degC?)"));
  EXPECT_THAT(columns, HasSubstr("agent.yaml:10:37: error: 'kPa' cannot be converted to 'degC'"));
  EXPECT_THAT(columns, HasSubstr("agent.yaml:8:5: error: 'names' has no column 'a'"));
}

TEST_F(CsvTest, ReplaysTheMachineTemperatureOfNab) {
  const std::string path =
      test::data_file("nab/data/realKnownCause/machine_temperature_system_failure.csv");
  if (path.empty()) GTEST_SKIP() << "the NAB data set is not on this machine (WAYSIDE_DATA)";
  const auto samples =
      run(fmt::format("csv: {{path: {}, time: timestamp, asset: engine-1, columns: "
                      "{{value: {{signal: coolant_temp, unit: degF}}}}}}",
                      path));
  EXPECT_EQ(samples.size(), 22'695u);
  EXPECT_EQ(format_time(samples.front().time), "2013-12-02T21:15:00Z");
  EXPECT_NEAR(samples.front().value, (73.96732207 - 32) / 1.8, 1e-9);
  EXPECT_EQ(rejected(), 0u);
}

TEST_F(CsvTest, ReadsTheTurbofansOfCmapss) {
  const std::string packed = test::data_file("cmapss/train_FD001.txt.gz");
  if (packed.empty()) GTEST_SKIP() << "the C-MAPSS data set is not on this machine (WAYSIDE_DATA)";
  const std::string path = (folder() / "train_FD001.txt").string();
  ASSERT_EQ(std::system(fmt::format("gzip -dc {} > {}", packed, path).c_str()), 0);
  const auto samples =
      run(fmt::format("csv: {{path: {}, delimiter: whitespace, header: false, asset: {{column: 1, "
                      "name: engine-$1}}, "
                      "time: {{column: 2, unit: 1h, start: 2026-01-01T00:00:00Z}}, "
                      "columns: {{7: {{signal: coolant_temp, unit: degR}}, 12: {{signal: "
                      "oil_pressure, unit: psia}}}}}}",
                      path));
  // Engines 1 and 2 ran for 192 and 287 cycles; the others are no assets here.
  EXPECT_EQ(samples.size(), 2u * (192 + 287));
  EXPECT_EQ(rejected("asset_unknown"), 20'631u - 192 - 287);
  EXPECT_EQ(format_time(samples.front().time), "2026-01-01T01:00:00Z");
  EXPECT_NEAR(samples.front().value, 641.82 / 1.8 - 273.15, 1e-6) << "T24 in °R";
  EXPECT_EQ(samples.front().quality, telemetry::Quality::good);
}

TEST(RowSplitterTest, SplitsByWhitespace) {
  RowSplitter splitter(RowSplitter::whitespace);
  EXPECT_THAT(*splitter.split("  1 \t 2  3 "), ElementsAre("1", "2", "3"));
  EXPECT_THAT(*splitter.split("\"a b\" c"), ElementsAre("a b", "c"));
  EXPECT_THAT(*splitter.split(""), ElementsAre());
  EXPECT_EQ(splitter.split("\"a\"b c"), nullptr);
}

TEST(RowSplitterTest, SplitsByOneCharacter) {
  RowSplitter splitter(',');
  EXPECT_THAT(*splitter.split("a, b ,,\"c,d\" ,\"e\"\"f\""),
              ElementsAre("a", "b", "", "c,d", "e\"f"));
  EXPECT_THAT(*splitter.split("a,"), ElementsAre("a", ""));
  EXPECT_EQ(splitter.split("a,\"b"), nullptr);
  EXPECT_EQ(splitter.split("a,\"b\"c"), nullptr);
  EXPECT_EQ(splitter.split(std::string(RowSplitter::fields_max + 1, ',')), nullptr);
  RowSplitter tabs('\t');
  EXPECT_THAT(*tabs.split("a\t\tb"), ElementsAre("a", "", "b"));
}

}  // namespace
}  // namespace wayside::node::sources
