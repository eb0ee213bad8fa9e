#include "node/recorder.hpp"

#include <gmock/gmock.h>
#include <future>
#include <latch>
#include <map>

#include "base/os/system_clock.hpp"
#include "node/node_fixture.hpp"
#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"

namespace wayside::node {
namespace {

using telemetry::Tier;

const SignalId temp{0};

AlertRow raised(std::uint32_t rule, Time time) {
  AlertRow row;
  row.rule = rule;
  row.raised = true;
  row.time = time;
  return row;
}

struct RecorderTest : testing::Test {
  RecorderTest()
      : config(parse_good(pump_yaml("      hot: {when: temp_mean > 90}\n"
                                    "      warm: {when: temp_mean > 50, tier: diagnostic}\n"))),
        disk(std::make_shared<spool::MemoryDisk>()) {
    auto opened = spool::Spool::open(spool::make_memory_store(disk), {}, 7, clock, metrics, {});
    if (!opened) throw std::runtime_error(opened.error().message);
    spool = std::move(*opened);
  }

  void start(RecorderOptions options = {}) {
    recorder = std::make_unique<Recorder>(
        config, *spool, clock, metrics, Log{},
        [this](Tier tier, std::uint64_t, const telemetry::Record& record) {
          if (gate) gate->wait();
          if (std::holds_alternative<telemetry::Event>(record)) ++events[tier];
          rows += telemetry::row_count(record);
        },
        options);
    recorder->start();
  }

  telemetry::Sample sample(std::int64_t s) { return {AssetId{0}, temp, at_second(s), 50.0 + s}; }

  std::vector<telemetry::Record> stored(Tier tier) {
    std::vector<telemetry::Record> out;
    for (const auto& entry : spool->read(tier, 1, 64u << 20)) {
      auto record = telemetry::decode(entry.record);
      if (!record) throw std::runtime_error(record.error().message);
      out.push_back(std::move(*record));
    }
    return out;
  }

  os::SystemClock clock;
  Metrics metrics;
  AgentConfig config;
  std::shared_ptr<spool::MemoryDisk> disk;
  std::unique_ptr<spool::Spool> spool;
  std::latch* gate = nullptr;
  std::map<Tier, int> events;
  std::uint64_t rows = 0;
  std::unique_ptr<Recorder> recorder;
};

TEST_F(RecorderTest, SamplesOfACriticalSignalDoNotWaitForTheirBlock) {
  config.table.kinds[0].signals[0].tier = Tier::critical;
  struct Told {
    std::promise<void> durable;
    bool done = false;
  };
  // The spool calls once more when it is closed, after this test.
  const auto told = std::make_shared<Told>();
  spool->on_durable([told, &open = *spool] {
    if (open.durable(Tier::critical) > 0 && !std::exchange(told->done, true))
      told->durable.set_value();
  });
  // Blocks are closed after an hour: whatever comes sooner does not wait for that.
  start({.flush_every = seconds(3600)});
  recorder->writer().sample(sample(0));
  recorder->writer().sample({AssetId{0}, SignalId{1}, at_second(0), 1});
  ASSERT_EQ(told->durable.get_future().wait_for(std::chrono::seconds(30)),
            std::future_status::ready);
  EXPECT_EQ(stored(Tier::critical).size(), 1u);
  EXPECT_TRUE(stored(Tier::diagnostic).empty());
  recorder->stop();
  EXPECT_EQ(stored(Tier::diagnostic).size(), 1u);
}

TEST_F(RecorderTest, MakesBlocksOfSamplesAndOfFeatures) {
  start();
  for (std::int64_t s = 0; s < 100; ++s) {
    recorder->writer().sample(sample(s));
    recorder->writer().features(AssetId{0}, at_second(s), std::array{1.0, double(s)});
  }
  ASSERT_TRUE(recorder->drain());
  std::size_t samples = 0;
  std::size_t feature_rows = 0;
  for (const auto& record : stored(Tier::diagnostic)) {
    if (const auto* block = std::get_if<telemetry::SampleBlock>(&record)) {
      EXPECT_EQ(block->asset, "p1");
      EXPECT_EQ(block->signal, "temp");
      for (std::size_t i = 0; i < block->times.size(); ++i, ++samples) {
        EXPECT_EQ(block->times[i], at_second(static_cast<std::int64_t>(samples)));
        EXPECT_EQ(block->values[i], 50.0 + static_cast<double>(samples));
      }
    }
    if (const auto* block = std::get_if<telemetry::FeatureBlock>(&record)) {
      EXPECT_THAT(block->names, testing::ElementsAre("temp_mean", "flow_last"));
      EXPECT_EQ(block->values.size(), block->times.size() * 2);
      feature_rows += block->times.size();
    }
  }
  EXPECT_EQ(samples, 100u);
  EXPECT_EQ(feature_rows, 100u);
}

TEST_F(RecorderTest, AlertsGoByTheirRulesTier) {
  start();
  recorder->writer().alert(raised(0, at_second(1)));
  recorder->writer().alert(raised(1, at_second(2)));
  recorder->post(Tier::diagnostic, telemetry::Event{"", "agent_started", at_second(0),
                                                    telemetry::Severity::info, "x", "{}"});
  ASSERT_TRUE(recorder->drain());
  EXPECT_EQ(events[Tier::critical], 1);
  EXPECT_EQ(events[Tier::diagnostic], 2);
  ASSERT_EQ(stored(Tier::critical).size(), 1u);
  EXPECT_EQ(std::get<telemetry::Event>(stored(Tier::critical)[0]).asset, "p1");
}

TEST_F(RecorderTest, WhatOverrunsTheRingIsAGapInTheLedger) {
  // The observer keeps the recorder busy with the first alert until the ring has overflown.
  std::latch open(1);
  gate = &open;
  start({.ring_bytes = 1u << 17});
  std::int64_t written = 0;
  while (metrics.counter("wayside_overrun_samples_total", "").value() < 50)
    recorder->writer().sample(sample(written++));
  // Alerts still have their reserve.
  recorder->writer().alert(raised(0, at_second(1)));
  EXPECT_EQ(metrics.counter("wayside_overrun_records_total", "").value(), 0u);
  open.count_down();
  ASSERT_TRUE(recorder->drain());
  EXPECT_EQ(events[Tier::critical], 1);
  std::uint64_t samples = 0;
  std::uint64_t lost = 0;
  for (const auto& record : stored(Tier::diagnostic)) {
    if (const auto* block = std::get_if<telemetry::SampleBlock>(&record))
      samples += block->times.size();
    if (const auto* gap = std::get_if<telemetry::Gap>(&record)) {
      EXPECT_EQ(gap->reason, "overrun");
      EXPECT_EQ(gap->records, 1u);
      lost += gap->samples;
    }
  }
  EXPECT_EQ(samples + lost, static_cast<std::uint64_t>(written));
  EXPECT_GE(lost, 50u);
  for (const auto& line : spool->ledger()) EXPECT_TRUE(line.balanced());
}

TEST_F(RecorderTest, EventsOfTheNodeThatFindNoRoomAreAGapInTheLedger) {
  recorder = std::make_unique<Recorder>(
      config, *spool, clock, metrics, Log{}, [](Tier, std::uint64_t, const telemetry::Record&) {},
      RecorderOptions{.posts_max = 3});
  for (int i = 0; i < 5; ++i)
    recorder->post(Tier::diagnostic, telemetry::Event{"", "agent_started", at_second(i),
                                                      telemetry::Severity::info, "x", "{}"});
  recorder->step();
  ASSERT_TRUE(spool->flush());
  const auto records = stored(Tier::diagnostic);
  ASSERT_EQ(records.size(), 4u);
  const auto* gap = std::get_if<telemetry::Gap>(&records[3]);
  ASSERT_NE(gap, nullptr);
  EXPECT_EQ(gap->records, 2u);
  EXPECT_EQ(gap->reason, "overrun");
  const spool::LedgerLine line = spool->ledger()[1];
  EXPECT_EQ(line.produced, 5u);
  EXPECT_EQ(line.dropped, 2u);
  EXPECT_TRUE(line.balanced());
}

TEST(RecorderSteps, SayHowLongNothingNeedsDoing) {
  const AgentConfig config = parse_good(pump_yaml("      hot: {when: temp_mean > 90}\n"));
  ManualClock clock(at_second(0));
  Metrics metrics;
  const auto disk = std::make_shared<spool::MemoryDisk>();
  auto spool = spool::Spool::open(spool::make_memory_store(disk), {}, 7, clock, metrics, {});
  ASSERT_TRUE(spool);
  std::uint64_t rows = 0;
  Recorder recorder(config, **spool, clock, metrics, Log{},
                    [&](Tier, std::uint64_t, const telemetry::Record& record) {
                      rows += telemetry::row_count(record);
                    });
  recorder.step();
  recorder.writer().sample({AssetId{0}, temp, at_second(0), 1});
  // In the ring, in a block, in the spool, on the disk.
  ASSERT_EQ(recorder.until_due(), milliseconds(40));
  clock.advance(recorder.until_due());
  Duration pause = recorder.step();
  EXPECT_EQ(rows, 0u);
  ASSERT_EQ(pause, milliseconds(960));
  clock.advance(pause);
  pause = recorder.step();
  EXPECT_EQ(rows, 1u);
  EXPECT_EQ((*spool)->durable(Tier::diagnostic), 0u);
  ASSERT_EQ(pause, milliseconds(50));
  clock.advance(pause);
  pause = recorder.step();
  EXPECT_EQ((*spool)->durable(Tier::diagnostic), 1u);
  // What is left is to look for what is too old, and that seldom.
  clock.advance(pause);
  EXPECT_GE(recorder.step(), seconds(20));
}

TEST_F(RecorderTest, APatientWriterWithoutAThreadMakesRoomItself) {
  recorder = std::make_unique<Recorder>(
      config, *spool, clock, metrics, Log{},
      [this](Tier, std::uint64_t, const telemetry::Record& record) {
        rows += telemetry::row_count(record);
      },
      RecorderOptions{.ring_bytes = 1u << 17});
  recorder->writer().set_patient(true);
  constexpr std::int64_t count = 100'000;
  for (std::int64_t s = 0; s < count; ++s) recorder->writer().sample(sample(s));
  recorder->start();
  ASSERT_TRUE(recorder->drain());
  EXPECT_EQ(rows, static_cast<std::uint64_t>(count));
  EXPECT_EQ(metrics.counter("wayside_overrun_samples_total", "").value(), 0u);
}

TEST_F(RecorderTest, APatientWriterWaitsAndLosesNothing) {
  start({.ring_bytes = 1u << 17});
  recorder->writer().set_patient(true);
  constexpr std::int64_t count = 100'000;
  for (std::int64_t s = 0; s < count; ++s) recorder->writer().sample(sample(s));
  ASSERT_TRUE(recorder->drain());
  EXPECT_EQ(rows, static_cast<std::uint64_t>(count));
  EXPECT_EQ(metrics.counter("wayside_overrun_samples_total", "").value(), 0u);
}

TEST_F(RecorderTest, AFailingDiskIsTroubleUntilItWorksAgain) {
  start();
  disk->fail_commits(Error{Errc::full, "no room on the disk"});
  recorder->writer().alert(raised(0, at_second(1)));
  EXPECT_FALSE(recorder->drain());
  ASSERT_TRUE(spool->failure());
  EXPECT_EQ(spool->failure()->message, "no room on the disk");
  disk->fail_commits(std::nullopt);
  recorder->writer().alert(raised(0, at_second(2)));
  EXPECT_TRUE(recorder->drain());
  EXPECT_FALSE(spool->failure());
  for (const auto& line : spool->ledger()) EXPECT_TRUE(line.balanced());
}

}  // namespace
}  // namespace wayside::node
