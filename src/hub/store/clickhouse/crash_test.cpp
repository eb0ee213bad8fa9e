// Commits are whole or nothing, and once, whoever is killed and whenever.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <future>
#include <thread>

#include "hub/store/clickhouse/store_fixture.hpp"

namespace wayside::hub {
namespace {

const StreamKey stream{"n1", 7, telemetry::Tier::bulk};

/// The i-th of a row of batches: samples of two days and an event, which are several inserts.
Batch batch(std::uint64_t i, std::size_t rows = 500) {
  Batch b;
  const Time first = suite::start + seconds(static_cast<std::int64_t>(i));
  b.samples.push_back({"n1", suite::block("a1", "s", first, std::vector<double>(rows, 1.0))});
  b.samples.push_back(
      {"n1", suite::block("a1", "s", first + days(1), std::vector<double>(rows, 2.0))});
  EventRow event = suite::alert("e" + std::to_string(i), false, first, "none");
  event.event.kind = "agent_started";
  b.events.push_back(event);
  b.streams[stream] = {i, i, i, 0, 0, suite::start};
  return b;
}

/// Everything up to the position, and nothing beyond.
void expect_whole(TelemetryStore& store, std::uint64_t rows = 500) {
  const auto streams = store.streams();
  ASSERT_TRUE(streams) << streams.error().message;
  const std::uint64_t at = streams->empty() ? 0 : streams->at(stream).watermark;
  const auto counts = store.row_counts();
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->samples, at * 2 * rows);
  EXPECT_EQ(counts->events, at);
}

class ClickhouseCrashTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::ClickhouseServer::installed()) GTEST_SKIP() << "clickhouse-server is not installed";
    server_.emplace();
    options_.urls = {server_->url()};
  }
  [[nodiscard]] std::unique_ptr<TelemetryStore> open() const {
    return suite::open_clickhouse(options_);
  }
  std::optional<test::ClickhouseServer> server_;
  ClickhouseOptions options_;
};

/// A child commits until it is killed, telling after each commit; what it told of is there.
TEST_F(ClickhouseCrashTest, LosesNothingCommittedWhenTheHubIsKilled) {
  for (int round = 0; round < 3; ++round) {
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto store = open();
      const auto streams = store->streams();
      if (!streams) ::_exit(1);
      for (std::uint64_t i = streams->empty() ? 1 : streams->at(stream).watermark + 1;; ++i)
        if (!store->commit(batch(i)) || ::write(told[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
    ::close(told[1]);
    std::uint64_t last = 0;
    const std::uint64_t enough = static_cast<std::uint64_t>(round + 1) * 7;
    while (last < enough && ::read(told[0], &last, sizeof last) == sizeof last) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(told[0], &last, sizeof last) == sizeof last) {
    }
    ::close(told[0]);
    ASSERT_GE(last, enough);
    const auto store = open();
    const std::uint64_t at = store->streams()->at(stream).watermark;
    EXPECT_GE(at, last);
    EXPECT_LE(at, last + 1);
    expect_whole(*store);
    // It goes on where it stopped.
    ASSERT_TRUE(store->commit(batch(at + 1)));
    expect_whole(*store);
  }
}

/// The server is killed while batches are under way; the outcome of one is unknown until it is
/// back.
TEST_F(ClickhouseCrashTest, LosesNothingWhenTheServerIsKilled) {
  const auto store = open();
  std::uint64_t next = 1;
  for (int round = 0; round < 4; ++round) {
    std::thread killer([&, round] {
      std::this_thread::sleep_for(std::chrono::milliseconds(40 + 30 * round));
      server_->kill();
    });
    Status committed;
    while (committed) {
      committed = store->commit(batch(next, 20'000));
      if (committed) ++next;
    }
    killer.join();
    EXPECT_EQ(committed.error().code, Errc::unavailable) << committed.error().message;
    EXPECT_EQ(store->row_counts().error().code, Errc::unavailable);
    EXPECT_EQ(store->recover().error().code, Errc::unavailable);
    server_->start();
    const Status recovered = store->recover();
    ASSERT_TRUE(recovered) << recovered.error().message;
    const auto streams = store->streams().value();
    const std::uint64_t at = streams.empty() ? 0 : streams.at(stream).watermark;
    EXPECT_GE(at + 1, next);  // what was told of
    EXPECT_LE(at, next);      // or one more, whose outcome was unknown
    expect_whole(*store, 20'000);
    next = at + 1;
  }
}

/// Readers see whole batches, however many inserts one is.
TEST_F(ClickhouseCrashTest, NobodySeesHalfABatch) {
  const auto store = open();
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const auto answer = store->query(
          "select a.n, b.n from (select 1 as k, count() as n from samples) a all inner join "
          "(select 1 as k, count() as n from events) b using k",
          {});
      ASSERT_TRUE(answer) << answer.error().message;
      unsigned samples = 0, events = 0;
      ASSERT_EQ(std::sscanf(answer->rows_json.c_str(), "[[%u,%u]]", &samples, &events), 2)
          << answer->rows_json;
      EXPECT_EQ(samples, 1'000 * events);
    }
  });
  for (std::uint64_t i = 1; i <= 25; ++i) ASSERT_TRUE(store->commit(batch(i)));
  done = true;
  reader.join();
}

/// Rows that an insert left without its commit are seen by nobody, and gone before the next one.
TEST_F(ClickhouseCrashTest, RemovesWhatWasNeverCommitted) {
  {
    const auto store = open();
    ASSERT_TRUE(store->commit(batch(1)));
    server_->ask(
        "INSERT INTO wayside.sample_rows (asset, signal, time, value, commit) SELECT 'a1', "
        "'s', toInt64(number), 1, 2 FROM numbers(100)");
    server_->ask("INSERT INTO wayside.event_rows (id, commit) VALUES ('half', 2)");
    expect_whole(*store);
    EXPECT_EQ(store->query("select count() from samples", {})->rows_json, "[[1000]]");
    EXPECT_EQ(server_->ask("SELECT count() FROM wayside.samples"), "1000\n");
  }
  const auto store = open();
  ASSERT_TRUE(store->commit(batch(2)));
  expect_whole(*store);
  EXPECT_EQ(server_->ask("SELECT count() FROM wayside.sample_rows"), "2000\n");
}

/// Samples of whole days in steps of a minute, all of which are old at `removal_time`.
constexpr int days_kept = 6;
constexpr std::uint64_t samples_kept = days_kept * 1'440;
const Time removal_time = suite::start + days(30);

Batch old_samples() {
  Batch b;
  b.samples.push_back(
      {"n1",
       suite::block("a1", "s", suite::start, std::vector<double>(samples_kept, 1.0), minutes(1)),
       telemetry::Tier::bulk});
  b.streams[stream] = {1, 1, 1, 0, 0, suite::start};
  return b;
}

KeepingPolicy keep_an_hour() {
  KeepingPolicy policy;
  policy.of(RecordKind::samples, telemetry::Tier::bulk) = hours(1);
  return policy;
}

/// Samples that are there, and how many are counted in the history.
std::string held(TelemetryStore& store) {
  const auto rows =
      store.query("select count(), (select sum(count) from downsampled) from samples", {});
  EXPECT_TRUE(rows) << rows.error().message;
  return rows ? rows->rows_json : "";
}

/// A removal's INSERT takes seconds while this stands.
class SlowHistory {
 public:
  explicit SlowHistory(const test::ClickhouseServer& server) : server_(server) {
    server_.ask(
        "CREATE MATERIALIZED VIEW wayside.slow ENGINE = Memory AS SELECT sleep(2.5) AS s FROM "
        "wayside.downsample_rows");
  }
  ~SlowHistory() { server_.ask("DROP TABLE wayside.slow"); }
  SlowHistory(const SlowHistory&) = delete;
  SlowHistory& operator=(const SlowHistory&) = delete;
  [[nodiscard]] bool under_way() const {
    return server_.ask(
               "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO "
               "wayside.downsample_rows%'") != "0\n";
  }

 private:
  const test::ClickhouseServer& server_;
};

/// The hub may have to open the database again at any moment of a removal.
TEST_F(ClickhouseCrashTest, AnOpeningBesideARemovalLosesNoHistory) {
  const auto store = open();
  ASSERT_TRUE(store->commit(old_samples()));
  {
    const SlowHistory slow(*server_);
    auto step = std::async(std::launch::async,
                           [&] { return store->maintain(keep_an_hour(), removal_time); });
    while (!slow.under_way() &&
           step.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    }
    const Status recovered = store->recover();
    EXPECT_TRUE(recovered) << recovered.error().message;
    const auto cut_short = step.get();
    EXPECT_EQ(cut_short ? "" : cut_short.error().message,
              "removing old samples was cut short: the database is opened again");
  }
  (void)suite::maintain_all(*store, keep_an_hour(), removal_time);
  EXPECT_EQ(held(*store), fmt::format("[[0,{}]]", samples_kept));
  EXPECT_EQ(held(*open()), fmt::format("[[0,{}]]", samples_kept));
}

/// What the killed hub sent goes on at the server, and is waited for.
TEST_F(ClickhouseCrashTest, AHubKilledInARemovalLeavesItsHistoryOnce) {
  ASSERT_TRUE(open()->commit(old_samples()));
  std::unique_ptr<TelemetryStore> store;
  {
    const SlowHistory slow(*server_);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto killed = open();
      ::_exit(killed->maintain(keep_an_hour(), removal_time) ? 0 : 1);
    }
    while (!slow.under_way() && ::waitpid(child, nullptr, WNOHANG) == 0) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    store = open();
    EXPECT_FALSE(slow.under_way());
  }
  (void)suite::maintain_all(*store, keep_an_hour(), removal_time);
  EXPECT_EQ(held(*store), fmt::format("[[0,{}]]", samples_kept));
}

/// The server has done it, and the hub does not know: it is not done again.
TEST_F(ClickhouseCrashTest, ARemovalWhoseReplyWasLostCounts) {
  const auto store = open();
  ASSERT_TRUE(store->commit(old_samples()));
  server_->ask(
      "INSERT INTO wayside.downsample_rows (asset, signal, tier, time, every_ns, count, commit) "
      "VALUES ('a1', 's', 'bulk', 0, 60000000000, 77, 1)");
  server_->ask(fmt::format("INSERT INTO wayside.removal_rows VALUES (1, 'bulk', {}, {}, 1)",
                           suite::start.ns, (suite::start + days(1)).ns));
  (void)suite::maintain_all(*store, keep_an_hour(), removal_time);
  EXPECT_EQ(held(*store), fmt::format("[[0,{}]]", samples_kept - 1'440 + 77));
}

TEST_F(ClickhouseCrashTest, WaitsForAServerThatIsDown) {
  server_->kill();
  const auto store = make_clickhouse_store(options_, Log());
  EXPECT_EQ(store->recover().error().code, Errc::unavailable);
  EXPECT_EQ(store->streams().error().code, Errc::unavailable);
  EXPECT_EQ(store->commit(batch(1)).error().code, Errc::unavailable);
  EXPECT_EQ(store->query("select 1", {}).error().code, Errc::unavailable);
  server_->start();
  ASSERT_TRUE(store->recover());
  EXPECT_TRUE(store->commit(batch(1)));
  expect_whole(*store);
}

TEST_F(ClickhouseCrashTest, ACommitThatFailsHalfwayCountsForNothing) {
  const auto store = open();
  ASSERT_TRUE(store->commit(batch(1)));
  server_->ask("DROP TABLE wayside.event_rows");
  const Status committed = store->commit(batch(2));
  ASSERT_FALSE(committed);
  EXPECT_EQ(store->streams()->at(stream).watermark, 1u);
  ASSERT_TRUE(store->recover());  // makes what is missing
  EXPECT_EQ(store->row_counts()->samples, 1'000u);
  ASSERT_TRUE(store->commit(batch(2)));
  EXPECT_EQ(store->row_counts()->samples, 2'000u);
}

}  // namespace
}  // namespace wayside::hub
