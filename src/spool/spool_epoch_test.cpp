// The recorder's thread begins the spool anew while the uplink's speaks to it.
#include <gtest/gtest.h>
#include <utility>

#include "spool/memory/memory_store.hpp"
#include "spool/spool.hpp"
#include "spool/spool_model.hpp"

namespace wayside::spool {
namespace {

using telemetry::Event;
using telemetry::Tier;

/// Does something right behind the next read.
class HookedStore final : public testing::FaultyStore {
 public:
  HookedStore(std::unique_ptr<SpoolStore> inner, std::function<void()>& hook)
      : FaultyStore(std::move(inner), std::make_shared<Switch>()), hook_(hook) {}
  Result<std::vector<StoredEntry>> read(Tier t, std::uint64_t from,
                                        std::size_t bytes_max) override {
    auto found = FaultyStore::read(t, from, bytes_max);
    if (const auto hook = std::exchange(hook_, nullptr)) hook();
    return found;
  }

 private:
  std::function<void()>& hook_;
};

class SpoolEpochTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Spool::open(std::make_unique<HookedStore>(make_memory_store(disk_), hook_),
                              SpoolOptions{}, 42, clock_, metrics_, {});
    ASSERT_TRUE(opened) << opened.error().message;
    spool_ = std::move(*opened);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(spool_->append(Tier::critical, Event{}));
  }
  void begin_anew() {
    disk_->damage();
    ASSERT_TRUE(spool_->append(Tier::critical, Event{"", "after", {}, {}, "", ""}));
    ASSERT_EQ(spool_->epoch(), 43u);
  }

  static constexpr std::size_t everything = 1u << 20;
  ManualClock clock_{Time{} + days(20'000)};
  Metrics metrics_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::function<void()> hook_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolEpochTest, ReadsAndAcknowledgesInTheEpochThatIsMeantAlone) {
  begin_anew();
  EXPECT_TRUE(spool_->read(Tier::critical, 1, everything, 42).empty());
  EXPECT_EQ(spool_->read(Tier::critical, 1, everything, 43).size(), 2u);
  EXPECT_EQ(spool_->acknowledge(Tier::critical, 1, 42).error().code, Errc::invalid);
  EXPECT_EQ(spool_->watermark(Tier::critical), 0u);
  EXPECT_TRUE(spool_->acknowledge(Tier::critical, 1, 43));
}

TEST_F(SpoolEpochTest, WhatWasReadWhileItWasBegunAnewIsOfNoUse) {
  hook_ = [this] { begin_anew(); };
  EXPECT_TRUE(spool_->read(Tier::critical, 1, everything, 42).empty());
}

TEST_F(SpoolEpochTest, WhoeverMeansAnyEpochGetsTheNewOne) {
  hook_ = [this] { begin_anew(); };
  const auto entries = spool_->read(Tier::critical, 1, everything);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(std::get<Event>(*telemetry::decode(entries[0].record)).kind, "spool_reset");
}

}  // namespace
}  // namespace wayside::spool
