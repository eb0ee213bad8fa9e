#include "hub/store/duckdb/series_ids.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

using telemetry::Tier;

class SeriesIdsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(duckdb_open(nullptr, database_.out()), DuckDBSuccess);
    connection_ = std::move(Connection::open(database_.get()).value());
    ASSERT_TRUE(prepare_schema(connection_));
  }
  SeriesIds loaded() {
    SeriesIds ids;
    EXPECT_TRUE(ids.load(connection_));
    return ids;
  }
  static std::int32_t signal(SeriesIds& ids, const std::string& asset, const std::string& name) {
    return ids.id_of(Dimension::signal, Tier::bulk, "n", asset, name, 1);
  }

  DatabaseHandle database_;
  Connection connection_;
};

TEST_F(SeriesIdsTest, EverythingThatASeriesIsOfTellsItApart) {
  SeriesIds ids = loaded();
  const std::set<std::int32_t> all{ids.id_of(Dimension::signal, Tier::bulk, "n", "a", "x", 1),
                                   ids.id_of(Dimension::feature, Tier::bulk, "n", "a", "x", 1),
                                   ids.id_of(Dimension::signal, Tier::critical, "n", "a", "x", 1),
                                   ids.id_of(Dimension::signal, Tier::bulk, "m", "a", "x", 1),
                                   ids.id_of(Dimension::signal, Tier::bulk, "n", "b", "x", 1),
                                   ids.id_of(Dimension::signal, Tier::bulk, "n", "a", "y", 1),
                                   ids.id_of(Dimension::signal, Tier::bulk, "n", "a", "x", 2),
                                   ids.id_of(Dimension::signal, Tier::bulk, "na", "", "x", 1)};
  EXPECT_EQ(all.size(), 8u);
  EXPECT_EQ(signal(ids, "a", "x"), signal(ids, "a", "x"));
}

TEST_F(SeriesIdsTest, ThoseOfOneNameLieTogetherAcrossRestarts) {
  std::map<std::string, std::set<std::int32_t>> by_name;
  std::map<std::string, std::int32_t> first;
  for (int start = 0; start < 3; ++start) {
    SeriesIds ids = loaded();
    for (int asset = 0; asset < 100 * (start + 1); ++asset) {
      for (const char* name : {"temp", "power", "flow"}) {
        const std::int32_t id = signal(ids, fmt::format("a{}", asset), name);
        by_name[name].insert(id);
        EXPECT_EQ(first.try_emplace(fmt::format("{}/{}", name, asset), id).first->second, id);
      }
    }
    ASSERT_TRUE(ids.write(connection_));
  }
  for (const auto& [name, ids] : by_name) {
    EXPECT_EQ(ids.size(), 300u) << name;
    EXPECT_EQ(*ids.rbegin() - *ids.begin(), 299) << name;
  }
}

TEST_F(SeriesIdsTest, AFullRunIsFollowedByAnother) {
  SeriesIds ids = loaded();
  const std::int32_t other = signal(ids, "a", "other");
  std::set<std::int32_t> all{other};
  for (std::int32_t i = 0; i <= SeriesIds::run_length; ++i)
    all.insert(signal(ids, fmt::format("a{}", i), "temp"));
  EXPECT_EQ(all.size(), static_cast<std::size_t>(SeriesIds::run_length) + 2);
}

/// An earlier program gave ids as series came.
TEST_F(SeriesIdsTest, GoesOnBehindRunsThatNamesShare) {
  ASSERT_TRUE(connection_.run(
      "INSERT INTO series VALUES (0, 0, 'n', 'a', 'temp', 1, 'bulk'), (1, 0, 'n', 'a', 'power', 1, "
      "'bulk'), (2, 0, 'n', 'b', 'temp', 1, 'bulk')"));
  SeriesIds ids = loaded();
  EXPECT_EQ(signal(ids, "b", "temp"), 2);
  EXPECT_EQ(signal(ids, "c", "temp"), SeriesIds::run_length);
  EXPECT_EQ(signal(ids, "c", "power"), 2 * SeriesIds::run_length);
}

TEST_F(SeriesIdsTest, WhereThereAreMoreNamesThanRunsIdsAreGivenOneByOne) {
  ASSERT_TRUE(connection_.run(fmt::format(
      "INSERT INTO series VALUES ({}, 0, 'n', 'a', 'last', 1, 'bulk')", SeriesIds::runs_end - 1)));
  SeriesIds ids = loaded();
  EXPECT_EQ(signal(ids, "a", "x"), SeriesIds::runs_end);
  EXPECT_EQ(signal(ids, "a", "y"), SeriesIds::runs_end + 1);
  EXPECT_EQ(signal(ids, "b", "x"), SeriesIds::runs_end + 2);
  ASSERT_TRUE(ids.write(connection_));
  SeriesIds again = loaded();
  EXPECT_EQ(signal(again, "b", "x"), SeriesIds::runs_end + 2);
  EXPECT_EQ(signal(again, "c", "x"), SeriesIds::runs_end + 3);
}

TEST_F(SeriesIdsTest, AForgottenAssetGetsNewOnes) {
  SeriesIds ids = loaded();
  const std::int32_t of_a = signal(ids, "a", "x"), of_b = signal(ids, "b", "x");
  ids.forget("a");
  EXPECT_EQ(signal(ids, "b", "x"), of_b);
  EXPECT_NE(signal(ids, "a", "x"), of_a);
}

}  // namespace
}  // namespace wayside::hub::duck
