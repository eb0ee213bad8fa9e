#include "hub/store/duckdb/guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wayside::hub::duck {
namespace {

class GuardTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(duckdb_open(nullptr, database_.out()), DuckDBSuccess);
    connection_ = std::move(Connection::open(database_.get()).value());
  }
  [[nodiscard]] Status check(const std::string& sql) { return check_query(connection_, sql); }
  void expect_refused(const std::string& sql, const std::string& why) {
    const Status checked = check(sql);
    EXPECT_FALSE(checked) << sql;
    if (checked) return;
    EXPECT_EQ(checked.error().code, Errc::refused) << sql;
    EXPECT_THAT(checked.error().message, testing::HasSubstr(why)) << sql;
  }
  void expect_passed(const std::string& sql) {
    const Status checked = check(sql);
    EXPECT_TRUE(checked) << sql << "\n" << checked.error().message;
  }

  DatabaseHandle database_;
  Connection connection_;
};

TEST_F(GuardTest, ListsAreShortUnlessTheyAreTables) {
  for (const char* list :
       {"range(3001)", "range(1000 * 1000 * 1000)", "range(-2000, 2000)", "range(0, 1e12, 2)",
        "range(5, -10000, -1)", "generate_series(1, 1000000)", "range(length(asset))",
        "range(timestamp '1970-01-01', timestamp '2020-01-01', interval 1 second)",
        "range(0, 9, 0)", "range(-9223372036854775808, 9223372036854775807)"})
    expect_refused(std::string("select ") + list + " from samples", "up to 3000 values");
  expect_passed("select range(3000), range(-5, 8000, 3), generate_series(10, 0, -1)");
  expect_passed("select * from range(100000000), generate_series(1, 1000000)");
  expect_passed("from generate_series(date '2026-01-01', date '2026-02-01', interval 1 day)");
}

TEST_F(GuardTest, TextsThatArePutInAreShort) {
  expect_refused("select replace(asset, 'a', repeat('y', 3000)) from samples", "'replace'");
  expect_refused("select replace(asset, 'a', signal) from samples", "'replace'");
  expect_refused(
      "select regexp_replace(asset, '', '" + std::string(33, 'y') + "', 'g') from samples",
      "up to 32 bytes");
  expect_passed(
      "select replace(asset, '-', '_'), regexp_replace(asset, '^loco-(.*)', '\\1', 'g'), "
      "translate(asset, 'abc', 'xyz') from samples");
}

/// What runs for every value of a list.
TEST_F(GuardTest, LambdasOnlyCompute) {
  const std::string from = " from (select list(value) as l, 2 as factor from samples) t";
  for (const char* body :
       {"range(1000000)", "range(3)", "generate_series(1, 2)", "repeat('x', 3)",
        "list_transform(l, y -> x * y)", "list_sum(list_transform(range(1000), y -> y * x))",
        "[y for y in range(10)]", "replace('a', 'a', 'b')",
        "case when x > 1 then list_resize([1], 9) end"})
    expect_refused("select list_transform(l, x -> " + std::string(body) + ")" + from,
                   "inside of a lambda");
  for (const char* body : {"l", "t.l", "list_sum(l)", "x + factor", "x.l", "factor::VARCHAR",
                           "l::DOUBLE[]", "X", "list_sum(l)::DOUBLE"})
    expect_refused("select list_filter(l, x -> " + std::string(body) + " is null)" + from,
                   "a lambda may read");
  expect_refused("select [x for x in l if list_contains(l, x)]" + from, "a lambda may read");
  expect_refused("select list_reduce(l, (a, x) -> a + list_sum(l))" + from, "a lambda may read");
  expect_refused("select list_transform(l, x -> '" + std::string(9'000, 'x') + "')" + from,
                 "too long");
  expect_passed("select list_transform(l, x -> x * 2 + factor::DOUBLE)" + from);
  expect_passed("select list_transform(l, lambda x, i: abs(x) + i)" + from);
  expect_passed("select list_reduce(l, (a, x) -> a + x), [x * 2 for x in l if x > t.factor::INT]" +
                from);
  expect_passed("select list_sum(list_transform(list_filter(l, x -> x > 1), x -> x['a']))" + from);
  expect_passed("select coalesce(data->'$.a'->'$.b', inputs->>factor, data->kind) from events");
}

}  // namespace
}  // namespace wayside::hub::duck
