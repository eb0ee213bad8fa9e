#include "hub/catalog/sqlite/sqlite_catalog.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>

#include "base/sqlite/database.hpp"
#include "hub/catalog/sqlite/catalog_migrations.hpp"

namespace wayside::hub {
namespace {

namespace fs = std::filesystem;

class SqliteCatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("wayside-catalog-{}", ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const char* name) const { return folder_ / name; }
  static void run(const std::string& path, const std::string& sql) {
    auto database = sqlite::Database::open(path);
    ASSERT_TRUE(database);
    const Status done = database->exec(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  static std::string schema(const std::string& path) {
    auto database = sqlite::Database::open(path);
    auto rows = database->prepare(
        "SELECT sql FROM sqlite_master UNION ALL SELECT 'version ' || user_version FROM "
        "pragma_user_version ORDER BY 1");
    std::string text;
    while (rows->step().value()) text += std::string(rows->text(0)) + "\n";
    return text;
  }
  static CatalogNode node(const std::string& name, std::size_t note_bytes = 0) {
    CatalogNode node;
    node.state.node = name;
    node.state.site = std::string(note_bytes, 'x');
    return node;
  }

  fs::path folder_;
};

TEST_F(SqliteCatalogTest, EveryVersionBecomesTheSame) {
  ASSERT_TRUE(open_sqlite_catalog(path("fresh")));
  const std::string fresh = schema(path("fresh"));
  EXPECT_THAT(fresh, testing::HasSubstr("acknowledgements"));
  EXPECT_THAT(fresh, testing::HasSubstr(fmt::format("version {}", catalog_migrations.size())));
  for (std::size_t from = 0; from < catalog_migrations.size(); ++from) {
    const std::string old = path(fmt::format("from-{}", from).c_str());
    for (std::size_t i = 0; i < from; ++i) run(old, catalog_migrations[i]);
    run(old, fmt::format("PRAGMA user_version = {}", from));
    ASSERT_TRUE(open_sqlite_catalog(old));
    EXPECT_EQ(schema(old), fresh) << "from version " << from;
  }
}

TEST_F(SqliteCatalogTest, ReadsWhatVersion1Wrote) {
  run(path("old"), catalog_migrations[0]);
  run(path("old"),
      "INSERT INTO acknowledgements VALUES ('n1.1.c5', 'ana', 7, 'seen'); PRAGMA user_version = 1");
  const auto catalog = std::move(open_sqlite_catalog(path("old")).value());
  const auto acks = catalog->acknowledgements({"n1.1.c5"}).value();
  EXPECT_EQ(acks.at("n1.1.c5"), (Acknowledgement{"ana", Time{7}, "seen"}));
  ASSERT_TRUE(catalog->remove_acknowledgements({"n1.1.c5", "nothing"}));
  EXPECT_TRUE(catalog->acknowledgements({"n1.1.c5"})->empty());
}

TEST_F(SqliteCatalogTest, RefusesACatalogOfALaterProgram) {
  run(path("later"), "PRAGMA user_version = 99");
  const auto catalog = open_sqlite_catalog(path("later"));
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code, Errc::corrupt);
  EXPECT_THAT(catalog.error().message, testing::HasSubstr("version 99"));
}

/// What does not fit is refused, and fits once there is room again.
TEST_F(SqliteCatalogTest, SaysWhenTheDiskIsFull) {
  const auto catalog = std::move(open_sqlite_catalog(path("small")).value());
  ASSERT_TRUE(catalog->put_node(node("first")));
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit room{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &room), 0);
  const rlimit little{200'000, room.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  Status put;
  int i = 0;
  for (; put && i < 50; ++i) put = catalog->put_node(node(fmt::format("n{}", i), 20'000));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &room), 0);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(put) << "it never ran out of room";
  EXPECT_TRUE(put.error().code == Errc::full || put.error().code == Errc::io)
      << put.error().message;
  EXPECT_TRUE(catalog->put_node(node("last")));
  EXPECT_EQ(catalog->nodes()->size(), static_cast<std::size_t>(i) + 1);
}

}  // namespace
}  // namespace wayside::hub
