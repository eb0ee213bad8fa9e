#include <atomic>
#include <functional>
#include <thread>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "hub/store/store_suite.hpp"

namespace wayside::hub {
namespace {

constexpr const char* endless =
    "select sum(a.range * b.range) from range(10000000) a, range(10000000) b";

/// Ingest stands still until the store is open again: whoever reads then is sent away.
TEST(DuckdbRecover, DoesNotWaitForReaders) {
  const auto store = std::move(open_duckdb_store({":memory:", 256u << 20, 2}, Log()).value());
  std::atomic<bool> at_work = false;
  QueryLimits limits;
  limits.timeout = seconds(20);
  limits.abandoned = [&] {
    at_work = true;
    at_work.notify_all();
    return false;
  };
  Result<QueryResult> asked;
  std::thread asker([&] { asked = store->query(endless, limits); });
  at_work.wait(false);
  const Status recovered = store->recover();
  asker.join();
  EXPECT_TRUE(recovered) << recovered.error().message;
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, Errc::unavailable) << asked.error().message;
  EXPECT_THAT(asked.error().message, testing::HasSubstr("opened again"));
  EXPECT_TRUE(store->query("select 1", {}));
  EXPECT_TRUE(store->commit(suite::batch_of_everything()));
}

/// Those who ask again and again find the door closed, and do not keep it open either.
TEST(DuckdbRecover, ComesToItsTurnAmongManyReaders) {
  const auto store = std::move(open_duckdb_store({":memory:", 256u << 20, 2}, Log()).value());
  ASSERT_TRUE(store->commit(suite::batch_of_everything()));
  std::atomic<bool> done = false;
  std::atomic<int> answers = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      while (!done) {
        const auto rows = store->row_counts();
        EXPECT_TRUE(rows || rows.error().code == Errc::unavailable) << rows.error().message;
        ++answers;
      }
    });
  while (answers < 20) std::this_thread::yield();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(store->recover());
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace wayside::hub
