#include "hub/store/attack_suite.hpp"
#include "hub/store/duckdb/duckdb_store.hpp"

namespace wayside::hub {
namespace {

std::unique_ptr<TelemetryStore> small_store() {
  DuckdbOptions options;
  options.path = ":memory:";
  options.memory_bytes = 256u << 20;
  auto store = std::move(open_duckdb_store(options, Log()).value());
  EXPECT_TRUE(store->commit(suite::batch_of_everything()));
  return store;
}

TEST(DuckdbAttacks, AreRefused) {
  suite::refuses_attacks(*small_store());
}

TEST(DuckdbAttacks, OnTimeAndMemoryEnd) {
  suite::survives(
      *small_store(),
      {"select count(*) from range(100000000000)",
       "select * from range(9223372036854775807)",
       "select sum(a.range * b.range) from range(1000000) a, range(1000000) b",
       "select count(*) from samples a, samples b, samples c, samples d, samples e, samples f, "
       "samples g, samples h, samples i, samples j, samples k, samples l, samples m",
       "with recursive r as (select 1 as i union all select i + 1 from r) select count(*) from r",
       "with recursive r as (select 1 as i union all select a.i + b.i from r a, r b) select max(i) "
       "from r",
       "select list(i) from range(1000000000) t(i)",
       "select string_agg(i::varchar, ',') from range(1000000000) t(i)",
       "select repeat('x', 4000000000)",
       "select length(repeat(repeat('x', 1000000), 1000000))",
       "select count(distinct hash(i)) from range(1000000000) t(i)",
       "select i from range(1000000000) t(i) order by hash(i)",
       "select count(*) from (select distinct i, repeat('x', 1000) from range(100000000) t(i))",
       "select list_sum(list_transform(range(10000000), x -> list_sum(range(x))))",
       "select max(row_number) from (select row_number() over (order by hash(i)) as row_number "
       "from "
       "range(1000000000) t(i))",
       "select lpad(asset, 2000000000, 'x') from samples",
       "select repeat(asset, 3000) from samples",
       "select format('{:>2000000000}', asset) from samples",
       "select printf('%*d', 2000000000, 1)",
       "select printf(asset, 1) from samples",
       "select list_resize([1], 4000000000)",
       "select list_transform([1], x -> repeat('x', x))",
       "select list_transform(range(1000), x -> range(1000000))",
       "select list_sum(list_transform(range(1000000), x -> list_sum(list_transform(range(1000), "
       "y -> y * x))))",
       "select list_transform(l, x -> l) from (select list(i) as l from range(100000) t(i))",
       "select max(list_sum(list_transform(range(300000), x -> x + i::int))) from range(2000) t(i)",
       "select range(1000 * 1000 * 1000)",
       "select replace(asset || repeat('x', 3000), 'x', repeat('y', 3000)) from samples",
       "select regexp_replace(asset, '', repeat('y', 3000), 'g') from samples",
       "select unnest(range(1000000000000))",
       "select count(*) from generate_series(1, 1000000000000)"});
}

TEST(DuckdbAttacks, AnAbandonedQueryEnds) {
  suite::ends_an_abandoned_query(
      *small_store(), "select sum(a.range * b.range) from range(10000000) a, range(10000000) b");
}

TEST(DuckdbAttacks, CommitsGoOnBesideAQuery) {
  suite::commits_go_on_beside(
      *small_store(), "select sum(a.range * b.range) from range(10000000) a, range(10000000) b");
}

/// The questions' share of memory ends where the commits' begins.
TEST(DuckdbAttacks, CommitsGoOnWhileQueriesFillTheirMemory) {
  const auto store = small_store();
  std::atomic<bool> stop = false;
  std::atomic<int> ended = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < 3; ++i)
    askers.emplace_back([&] {
      while (!stop) {
        const auto result = store->query(
            "select count(*) from (select distinct i, repeat('x', 200) from range(50000000) t(i))",
            {});
        if (!result && result.error().code == Errc::full) ++ended;
      }
    });
  for (int i = 0; ended < 5; ++i) {
    Batch batch;
    batch.samples.push_back(
        {"n1", suite::block("a1", "temp", suite::start + hours(i), std::vector<double>(3'000, i))});
    const Status committed = store->commit(batch);
    EXPECT_TRUE(committed) << committed.error().message;
    if (!committed) break;
  }
  stop = true;
  for (std::thread& asker : askers) asker.join();
}

}  // namespace
}  // namespace wayside::hub
