#include "node/sample_queue.hpp"

#include <gtest/gtest.h>
#include <latch>
#include <thread>
#include <vector>

namespace wayside::node {
namespace {

/// A machine with a signal for each tier, in the order of the tiers.
const AssetTable& table() {
  static const AssetTable assets = [] {
    AssetTable out;
    telemetry::Kind& kind = out.kinds.emplace_back();
    for (const telemetry::Tier tier : telemetry::all_tiers) kind.signals.emplace_back().tier = tier;
    out.assets.push_back({"p1", 0});
    return out;
  }();
  return assets;
}

std::vector<telemetry::Sample> samples(std::size_t n, std::int64_t first = 0,
                                       std::uint32_t signal = 0) {
  std::vector<telemetry::Sample> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    out[i].asset = AssetId{0};
    out[i].signal = SignalId{signal};
    out[i].time = Time{first + static_cast<std::int64_t>(i)};
  }
  return out;
}

TEST(SampleQueue, KeepsOrderAndSaysWhoWaits) {
  Metrics metrics;
  SampleQueue queue(table(), metrics);
  queue.push_now(samples(2, 10));
  EXPECT_TRUE(queue.push_wait(samples(1, 20), {}));
  std::vector<QueuedSample> out(8);
  ASSERT_EQ(queue.pop(out), 3u);
  EXPECT_EQ(out[1].sample.time.ns, 11);
  EXPECT_FALSE(out[1].patient);
  EXPECT_EQ(out[2].sample.time.ns, 20);
  EXPECT_TRUE(out[2].patient);
}

TEST(SampleQueue, CountsWhatDoesNotFit) {
  Metrics metrics;
  SampleQueue queue(table(), metrics);
  queue.push_now(samples(SampleQueue::samples_max));
  queue.push_now(samples(5, 1'000'000, 2));
  queue.push_now(samples(2, 2'000'000, 1));
  const SampleLosses losses = queue.take_losses();
  EXPECT_EQ(losses[0].samples, 0u);
  EXPECT_EQ(losses[1].samples, 2u);
  EXPECT_EQ(losses[2].samples, 5u);
  EXPECT_EQ(losses[2].first.ns, 1'000'000);
  EXPECT_EQ(losses[2].last.ns, 1'000'004);
  EXPECT_EQ(queue.take_losses()[2].samples, 0u);
  EXPECT_EQ(
      metrics.counter("wayside_samples_dropped_total", "", {{"reason", "queue_full"}}).value(), 7u);
}

TEST(SampleQueue, APatientSourceLeavesHalfAndLosesNothing) {
  Metrics metrics;
  SampleQueue queue(table(), metrics);
  constexpr std::size_t total = 3 * SampleQueue::samples_max;
  std::thread source([&] {
    EXPECT_TRUE(queue.push_wait(samples(total), {}));
    queue.close();
  });
  std::vector<QueuedSample> out(512);
  std::int64_t next = 0;
  while (const std::size_t n = queue.pop(out)) {
    EXPECT_LE(queue.size(), SampleQueue::patient_max);
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(out[i].sample.time.ns, next++);
  }
  EXPECT_EQ(next, static_cast<std::int64_t>(total));
  source.join();
}

TEST(SampleQueue, AWaitingSourceCanBeStopped) {
  Metrics metrics;
  SampleQueue queue(table(), metrics);
  std::latch filled(1);
  std::jthread source([&](std::stop_token stop) {
    EXPECT_TRUE(queue.push_wait(samples(SampleQueue::patient_max), stop));
    filled.count_down();
    EXPECT_FALSE(queue.push_wait(samples(1), stop));
  });
  filled.wait();
  source.request_stop();
  source.join();
  EXPECT_EQ(queue.size(), SampleQueue::patient_max);
}

TEST(SampleQueue, AClosedQueueGivesWhatItHolds) {
  Metrics metrics;
  SampleQueue queue(table(), metrics);
  queue.push_now(samples(1));
  queue.close();
  std::vector<QueuedSample> out(8);
  EXPECT_EQ(queue.pop(out), 1u);
  EXPECT_EQ(queue.pop(out), 0u);
}

}  // namespace
}  // namespace wayside::node
