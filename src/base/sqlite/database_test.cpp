#include "base/sqlite/database.hpp"

#include <gtest/gtest.h>

namespace wayside::sqlite {
namespace {

TEST(Database, StoresAndReadsBack) {
  Database db = Database::open(":memory:").value();
  ASSERT_TRUE(db.exec("create table t(i integer, r real, s text, b blob)"));
  Statement insert = db.prepare("insert into t values(?, ?, ?, ?)").value();
  ASSERT_TRUE(insert.bind(1, std::int64_t{7})
                  .bind(2, 1.5)
                  .bind_text(3, "")
                  .bind_blob(4, std::string_view("\0x", 2))
                  .run());
  Statement select = db.prepare("select i, r, s, b from t").value();
  ASSERT_TRUE(select.step().value());
  EXPECT_EQ(select.integer(0), 7);
  EXPECT_EQ(select.real(1), 1.5);
  EXPECT_FALSE(select.is_null(2));
  EXPECT_EQ(select.blob(3), std::string_view("\0x", 2));
  EXPECT_FALSE(select.step().value());
}

TEST(Database, SaysWhatIsWrong) {
  Database db = Database::open(":memory:").value();
  EXPECT_FALSE(db.prepare("select nonsense"));
  EXPECT_FALSE(db.exec("create table"));
  const auto unreachable = Database::open("/nonexistent/folder/x.db");
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().code, Errc::io);
}

}  // namespace
}  // namespace wayside::sqlite
