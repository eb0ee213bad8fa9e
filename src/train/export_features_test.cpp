#include "train/export_features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <cmath>
#include <limits>

#include "train/replay_testing.hpp"
#include "train/table_features.hpp"

namespace wayside::train {
namespace {

using table::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A table in memory: rows of texts, `-` for null; written, then read.
class MemoryTable final : public table::TableWriter, public table::TableReader {
 public:
  MemoryTable(std::vector<table::Column> columns, table::Metadata metadata)
      : columns_(std::move(columns)), metadata_(std::move(metadata)), row_(columns_.size(), "-") {}

  void set_text(std::size_t c, std::string_view v) override { row_[c] = v; }
  void set_integer(std::size_t c, std::int64_t v) override { row_[c] = std::to_string(v); }
  void set_time(std::size_t c, Time v) override { row_[c] = std::to_string(v.ns); }
  void set_number(std::size_t c, double v) override {
    if (!std::isnan(v)) row_[c] = fmt::format("{}", v);
  }
  void set_boolean(std::size_t c, bool v) override { row_[c] = v ? "true" : "false"; }
  Status end_row() override {
    rows.push_back(fmt::format("{}", fmt::join(row_, " ")));
    cells_.push_back(row_);
    row_.assign(columns_.size(), "-");
    return {};
  }
  Status finish() override { return {}; }

  const std::vector<table::Column>& columns() const override { return columns_; }
  const table::Metadata& metadata() const override { return metadata_; }
  Result<bool> next() override { return at_++ < cells_.size(); }
  bool is_null(std::size_t c) const override { return cell(c) == "-"; }
  std::string text(std::size_t c) const override { return cell(c); }
  std::int64_t integer(std::size_t c) const override { return std::stoll(cell(c)); }
  double number(std::size_t c) const override {
    return is_null(c) ? std::numeric_limits<double>::quiet_NaN() : std::stod(cell(c));
  }
  bool boolean(std::size_t c) const override { return cell(c) == "true"; }

  std::vector<std::string> rows;

 private:
  const std::string& cell(std::size_t c) const { return cells_[at_ - 1][c]; }

  std::vector<table::Column> columns_;
  table::Metadata metadata_;
  std::vector<std::string> row_;
  std::vector<std::vector<std::string>> cells_;
  std::size_t at_ = 0;
};

Result<Labels> labels_of(const std::string& text) {
  return read_labels(table::CsvReader::of_text(text), "l.csv");
}

TEST(LabelsTest, TypesFollowFromTheTextsAndRowsAreOrdered) {
  const auto labels =
      labels_of("state,time,asset,wear\nold,9,p1,2\n,8,p1,0.5\nnew,8,p1,\nx,1970-01-01,p2,1\n");
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_EQ(labels->columns[0].type, Type::text);
  EXPECT_EQ(labels->columns[1].type, Type::number);
  EXPECT_EQ(labels->size, 4u);
  EXPECT_EQ(labels->first(), Time{0});
  EXPECT_EQ(labels->last(), Time{9});
  EXPECT_EQ(labels->rows.at("p1")[0].values, (std::vector<std::string>{"", "0.5"}));
  EXPECT_EQ(labels->rows.at("p1")[1].values, (std::vector<std::string>{"new", ""}));
}

TEST(LabelsTest, SaysEveryMistake) {
  EXPECT_EQ(labels_of("asset,time,x\np1,soon,1\n,5,1\np1,5\n").error().message,
            "l.csv:2: time: 'soon' is no time: expected RFC 3339, YYYY-MM-DD hh:mm:ss, or an epoch "
            "number\nl.csv:3: asset: empty\nl.csv:4: 2 fields, expected 3");
  EXPECT_THAT(labels_of("asset,x\n").error().message, HasSubstr("no column 'time'"));
  EXPECT_THAT(labels_of("asset,time\n").error().message, HasSubstr("no labels"));
}

TEST(TrainingTableTest, ALabelSeesTheLastTickAtOrBeforeIt) {
  const auto labels =
      labels_of("asset,time,y\np1,5,a\np1,10,b\np1,19,c\np1,35,d\np2,10,e\np3,7,f\n").value();
  MemoryTable out(TrainingTable::columns({"m", "n"}, &labels), {});
  TrainingTable table(out, 2, &labels);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto take = [&](const char* asset, std::int64_t tick, double m, double n) {
    ASSERT_TRUE(table.take(asset, Time{tick}, std::vector<double>{m, n}));
  };
  take("p1", 10, 1, 2);
  take("p1", 20, nan, 4);
  take("p1", 30, 5, 6);
  take("p2", 20, 7, 8);
  ASSERT_TRUE(table.finish());
  EXPECT_THAT(out.rows, ElementsAre("p1 5 - - - a", "p1 10 10 1 2 b", "p1 19 10 1 2 c",
                                    "p1 35 30 5 6 d", "p2 10 - - - e", "p3 7 - - - f"));
  EXPECT_EQ(table.counters().rows, 6u);
  EXPECT_EQ(table.counters().without_tick, 3u);
}

TEST(TrainingTableTest, WithoutLabelsEveryTickIsARowAndATableReadsBack) {
  const ReplaySchema schema = testing::pump_schema();
  const std::vector<features::Definition> definitions{{"temp_mean", "mean(temp, 2s)", {}},
                                                      {"n", "count(temp, 2s)", {}}};
  const auto& names = schema.kinds[0].plan->names();
  MemoryTable out(TrainingTable::columns(names, nullptr),
                  training_metadata(schema.kinds[0], definitions, Time{0}, Time{99}));
  TrainingTable table(out, names.size(), nullptr);
  for (const char* asset : {"p2", "p1"})
    for (const std::int64_t tick : {10, 20})
      ASSERT_TRUE(
          table.take(asset, Time{tick}, std::vector<double>{1.0 * static_cast<double>(tick), 2}));
  ASSERT_TRUE(table.finish());
  EXPECT_THAT(out.rows,
              ElementsAre("p2 10 10 10 2", "p2 20 20 20 2", "p1 10 10 10 2", "p1 20 20 20 2"));

  FeatureRequest request;
  request.features = {"temp_mean"};
  const auto rows = read_features(out, request);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->kind, "pump");
  EXPECT_EQ(rows->assets, (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(rows->table.times, (std::vector<Time>{{10}, {10}, {20}, {20}}));
  EXPECT_EQ(rows->table.values, (std::vector<double>{10, 10, 20, 20}));
  EXPECT_EQ(rows->definitions.digest, schema.kinds[0].plan->digest());
  ASSERT_EQ(rows->definitions.features.size(), 1u);
  EXPECT_EQ(rows->definitions.features.at("temp_mean").expression, "mean(temp, 2s)");
  EXPECT_EQ(rows->definitions.features.at("temp_mean").digest,
            schema.kinds[0].plan->feature_digests()[0]);
}

TEST(TableFeatures, RefusesWhatIsNotThere) {
  const ReplaySchema schema = testing::pump_schema();
  const std::vector<features::Definition> definitions{{"temp_mean", "mean(temp, 2s)", {}},
                                                      {"n", "count(temp, 2s)", {}}};
  const auto error_of = [&](FeatureRequest request, bool described = true) {
    MemoryTable out(TrainingTable::columns({"temp_mean", "n", "label"}, nullptr),
                    described ? training_metadata(schema.kinds[0], definitions, Time{0}, Time{9})
                              : table::Metadata{});
    const auto rows = read_features(out, request);
    return rows ? std::string() : rows.error().message;
  };
  FeatureRequest request;
  EXPECT_EQ(error_of(request), "");
  EXPECT_THAT(error_of(request, false), HasSubstr("wayside features export"));
  request.features = {"none"};
  EXPECT_THAT(error_of(request), HasSubstr("no column none"));
  request.features = {"label"};
  EXPECT_THAT(error_of(request), HasSubstr("label is a column of the table, but no feature"));
  request.features = {};
  request.assets = {"p9"};
  EXPECT_THAT(error_of(request), HasSubstr("no row of p9"));
  request.kind = "fan";
  EXPECT_THAT(error_of(request), HasSubstr("of kind pump, not fan"));
}

}  // namespace
}  // namespace wayside::train
