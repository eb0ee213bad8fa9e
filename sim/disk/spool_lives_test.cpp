// The spool and its real store live on a virtual disk, which is cut off at every kind of moment.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <map>

#include "sim/disk/sqlite/disk_spool.hpp"
#include "spool/spool.hpp"

namespace wayside::sim {
namespace {

using spool::Spool;
using spool::SpoolOptions;
using telemetry::Event;
using telemetry::Gap;
using telemetry::Tier;

class Lives {
 public:
  Lives(std::uint64_t seed, SpoolOptions options)
      : options_(options), rng_(seed), disk_(seed), vfs_(disk_, seed) {}

  /// Lives so often, until a check fails.
  void run(int lives, int steps_max, bool hostile_disk) {
    for (int life = 0; life < lives && !::testing::Test::HasFatalFailure(); ++life) {
      open();
      if (!spool_) return;
      check_all();
      const auto steps = static_cast<int>(rng_.below(static_cast<std::uint64_t>(steps_max)));
      for (int i = 0; i < steps && !disk_.is_cut(); ++i) {
        if (rng_.below(16) == 0) disk_.cut_at(1 + rng_.below(rng_.below(2) == 0 ? 8 : 200));
        if (hostile_disk && rng_.below(8) == 0) trouble();
        operate();
        note_durable();
        EXPECT_LE(disk_.bytes_peak(), options_.bytes_max);
        if (::testing::Test::HasFatalFailure()) return;
      }
      disk_.cut();
      spool_.reset();
      disk_.restore(rng_.below(3) == 0 ? VirtualDisk::Loss::nothing : VirtualDisk::Loss::unsynced);
      disk_.limit(std::nullopt);
      disk_.set_read_only(false);
    }
    open();
    if (spool_) check_all();
  }

  [[nodiscard]] std::uint64_t records() const { return next_id_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  void lie() { disk_.set_lying(true); }
  [[nodiscard]] const VirtualDisk& disk() const { return disk_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  struct Known {
    std::map<std::uint64_t, std::string> given;  ///< what got a number in this life
    std::map<std::uint64_t, std::string> safe;   ///< what was reported durable, ever
    std::uint64_t acknowledged = 0;
  };

  void open() {
    log_.clear();
    const Log log([this](LogLevel, std::string_view text) { log_ += std::string(text) + "\n"; });
    auto store = open_spool_store(disk_, vfs_, "spool", log);
    ASSERT_TRUE(store) << store.error().message;
    auto opened = Spool::open(std::move(*store), options_, 7, clock_, metrics_, log);
    ASSERT_TRUE(opened) << opened.error().message;
    spool_ = std::move(*opened);
    ASSERT_EQ(log_.find("damaged"), std::string::npos) << "a power cut is no damage: " << log_;
  }

  void trouble() {
    disk_.limit(std::nullopt);
    disk_.set_read_only(false);
    switch (rng_.below(4)) {
      case 0:
        return disk_.limit(disk_.bytes_used() + rng_.below(1u << 17));
      case 1:
        return disk_.set_read_only(true);
      default:
        return;
    }
  }

  void operate() {
    const Tier tier = telemetry::all_tiers[rng_.below(3)];
    Known& known = known_[static_cast<std::size_t>(tier)];
    switch (rng_.below(12)) {
      case 0:
        static_cast<void>(
            spool_->drop(tier, {1 + rng_.below(5), 3, "overrun", clock_.now(), clock_.now()}));
        return;
      case 1: {
        const std::uint64_t to = rng_.below(spool_->durable(tier) + 1);
        ASSERT_TRUE(spool_->acknowledge(tier, to));
        known.acknowledged = std::max(known.acknowledged, to);
        return;
      }
      case 2:
      case 3:
      case 4:
        clock_.advance(milliseconds(static_cast<std::int64_t>(rng_.below(1500))));
        spool_->step();
        return;
      case 5:
        return check(tier);
      default:
        return append(tier);
    }
  }

  void append(Tier tier) {
    const std::string id = std::to_string(++next_id_);
    const std::size_t size = rng_.below(rng_.below(6) == 0 ? 30'000 : 600);
    const auto seq =
        spool_->append(tier, Event{"a", id, clock_.now(), {}, std::string(size, 'x'), ""});
    if (!seq) return;
    Known& known = known_[static_cast<std::size_t>(tier)];
    known.given[*seq] = id;
    if (tier == Tier::critical) keep_safe(known, *seq);
  }

  static void keep_safe(Known& known, std::uint64_t up_to) {
    while (!known.given.empty() && known.given.begin()->first <= up_to) {
      const auto& [seq, id] = *known.given.begin();
      const auto before = known.safe.find(seq);
      ASSERT_TRUE(before == known.safe.end() || before->second == id) << "number used again";
      known.safe[seq] = id;
      known.given.erase(known.given.begin());
    }
  }

  void note_durable() {
    for (const Tier tier : telemetry::all_tiers)
      keep_safe(known_[static_cast<std::size_t>(tier)], spool_->durable(tier));
  }

  void check_all() {
    for (const Tier tier : telemetry::all_tiers) {
      Known& known = known_[static_cast<std::size_t>(tier)];
      known.given.clear();
      const spool::LedgerLine line = spool_->ledger()[static_cast<std::size_t>(tier)];
      ASSERT_GE(line.produced, known.safe.empty() ? 0 : known.safe.rbegin()->first);
      ASSERT_LE(spool_->watermark(tier), known.acknowledged);
      check(tier);
      ASSERT_FALSE(::testing::Test::HasFatalFailure());
    }
  }

  /// All that waits and is durable, without a hole, and what was reported so is there or dropped
  /// for a reason other than the disk's.
  void check(Tier tier) {
    if (disk_.is_cut()) return;
    Known& known = known_[static_cast<std::size_t>(tier)];
    note_durable();
    std::uint64_t next = spool_->watermark(tier) + 1;
    for (auto entries = spool_->read(tier, next, 50'000); !entries.empty();
         entries = spool_->read(tier, next, 50'000))
      for (const auto& entry : entries) {
        ASSERT_EQ(entry.seq, next);
        next += entry.span;
        check_entry(known, entry);
      }
    ASSERT_TRUE(disk_.is_cut() || next == spool_->durable(tier) + 1);
    const spool::LedgerLine line = spool_->ledger()[static_cast<std::size_t>(tier)];
    ASSERT_TRUE(line.balanced());
    dropped_ = std::max(dropped_, line.dropped);
    digest_ = digest_ * 31 + line.produced * 7 + line.queued;
  }

  void check_entry(Known& known, const Spool::Entry& entry) {
    const auto record = telemetry::decode(entry.record);
    ASSERT_TRUE(record);
    const auto safe = known.safe.find(entry.seq);
    if (const Gap* gap = std::get_if<Gap>(&*record)) {
      ASSERT_NE(gap->reason, "corrupt");
      ASSERT_TRUE(safe == known.safe.end() || gap->reason != "disk_error");
      return;
    }
    if (safe != known.safe.end())
      ASSERT_EQ(std::get<Event>(*record).kind, safe->second);
    else
      known.safe[entry.seq] = std::get<Event>(*record).kind;  // readable counts
  }

  SpoolOptions options_;
  Rng rng_;
  VirtualDisk disk_;
  DiskVfs vfs_;
  ManualClock clock_{Time{} + days(20'000)};
  Metrics metrics_;
  std::unique_ptr<Spool> spool_;
  std::array<Known, telemetry::tier_count> known_;
  std::string log_;
  std::uint64_t next_id_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t digest_ = 0;
};

TEST(SpoolLives, NothingReportedDurableIsLostWhenThePowerGoes) {
  std::uint64_t records = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    SpoolOptions options;
    options.bytes_max = 64u << 20;
    Lives lives(seed, options);
    lives.run(8, 120, false);
    records += lives.records();
  }
  EXPECT_GT(records, 3'000u);
}

TEST(SpoolLives, NorWhenTheDiskIsFullReadOnlyOrTheSpoolSmall) {
  std::uint64_t dropped = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    SpoolOptions options;
    options.bytes_max = 1u << 20;
    Lives lives(seed, options);
    lives.run(8, 150, true);
    dropped += lives.dropped();
  }
  EXPECT_GT(dropped, 1'000u);
}

// That the checks would find a loss: on a disk whose syncs do nothing.
TEST(SpoolLives, OnADiskThatLiesTheyAreFoundOut) {
  ::testing::TestPartResultArray found;
  {
    const ::testing::ScopedFakeTestPartResultReporter report(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &found);
    SpoolOptions options;
    options.bytes_max = 64u << 20;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Lives lives(seed, options);
      lives.lie();
      lives.run(8, 120, false);
    }
  }
  EXPECT_GT(found.size(), 0);
}

TEST(SpoolLives, AreTheSameFromTheSameSeed) {
  SpoolOptions options;
  options.bytes_max = 1u << 20;
  std::array<std::string, 2> bytes;
  std::array<std::uint64_t, 2> digests{};
  for (std::size_t i = 0; i < 2; ++i) {
    Lives lives(3, options);
    lives.run(6, 150, true);
    bytes[i] = lives.disk().contents("spool").value_or("") + *lives.disk().contents("spool-wal");
    digests[i] = lives.digest();
  }
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_TRUE(bytes[0] == bytes[1]);
}

}  // namespace
}  // namespace wayside::sim
