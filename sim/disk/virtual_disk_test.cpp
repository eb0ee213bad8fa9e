#include "sim/disk/virtual_disk.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wayside::sim {
namespace {

class VirtualDiskTest : public ::testing::Test {
 protected:
  VirtualDisk::Handle file(const std::string& name, const std::string& contents = "") {
    auto handle = disk.open(name, true);
    if (!handle) throw std::runtime_error(handle.error().message);
    if (!contents.empty() && !disk.write(**handle, 0, contents))
      throw std::runtime_error("not written");
    return *handle;
  }
  void lose_power() {
    disk.cut();
    disk.restore(VirtualDisk::Loss::unsynced);
  }
  VirtualDisk disk{7};
};

TEST_F(VirtualDiskTest, ReadsWhatWasWritten) {
  const auto f = file("a", "hello");
  ASSERT_TRUE(disk.write(*f, 4'094, "across two blocks"));
  char out[32] = {};
  EXPECT_EQ(*disk.read(*f, 4'094, out, 32), 17u);
  EXPECT_STREQ(out, "across two blocks");
  EXPECT_EQ(*disk.read(*f, 3, out, 4), 4u);
  EXPECT_EQ(std::string(out, 4), std::string("lo\0\0", 4));
  EXPECT_EQ(*disk.read(*f, 5'000, out, 4), 0u);
  EXPECT_EQ(disk.contents("a")->size(), 4'111u);
  EXPECT_FALSE(disk.contents("b"));
  EXPECT_EQ(disk.open("b", false).error().code, Errc::not_found);
}

TEST_F(VirtualDiskTest, WhatIsCutOffReadsAsZerosWhenTheFileGrowsAgain) {
  const auto f = file("a", std::string(10'000, 'x'));
  ASSERT_TRUE(disk.resize(*f, 100));
  ASSERT_TRUE(disk.resize(*f, 9'000));
  EXPECT_EQ(*disk.contents("a"), std::string(100, 'x') + std::string(8'900, '\0'));
}

TEST_F(VirtualDiskTest, AFullDiskTakesNothingMoreAndLetsWhatIsThereBeWritten) {
  const auto f = file("a", std::string(8'000, 'x'));
  EXPECT_EQ(disk.bytes_used(), 8'192u);
  disk.limit(disk.bytes_used());
  EXPECT_TRUE(disk.write(*f, 8'000, std::string(192, 'y')));
  EXPECT_EQ(disk.write(*f, 8'192, "z").error().code, Errc::full);
  EXPECT_TRUE(disk.write(*f, 0, "z"));
  ASSERT_TRUE(disk.resize(*f, 1));
  EXPECT_TRUE(disk.write(*file("b"), 0, "z"));
  EXPECT_EQ(disk.bytes_used(), 8'192u);
  ASSERT_TRUE(disk.remove("a"));
  EXPECT_EQ(disk.bytes_used(), 4'096u);
  EXPECT_EQ(disk.bytes_peak(), 8'192u);
}

TEST_F(VirtualDiskTest, ReadOnlyAndFailing) {
  const auto f = file("a", "x");
  disk.set_read_only(true);
  EXPECT_EQ(disk.write(*f, 0, "y").error().code, Errc::refused);
  EXPECT_EQ(disk.open("b", true).error().code, Errc::refused);
  EXPECT_EQ(disk.remove("a").error().code, Errc::refused);
  EXPECT_EQ(*disk.contents("a"), "x");
  disk.set_read_only(false);
  disk.set_failing(true);
  char c = 0;
  EXPECT_EQ(disk.read(*f, 0, &c, 1).error().code, Errc::io);
  EXPECT_EQ(disk.sync(*f).error().code, Errc::io);
}

TEST_F(VirtualDiskTest, WhatIsSyncedSurvivesThePowerAndADeadProcessLosesNothing) {
  const auto f = file("a", "first");
  ASSERT_TRUE(disk.sync(*f));
  ASSERT_TRUE(disk.write(*f, 0, "other"));
  disk.cut();
  EXPECT_EQ(disk.write(*f, 0, "never").error().code, Errc::io);
  disk.restore(VirtualDisk::Loss::nothing);
  EXPECT_EQ(*disk.contents("a"), "other");
  ASSERT_TRUE(disk.sync(*f));
  lose_power();
  EXPECT_EQ(*disk.contents("a"), "other");
}

TEST_F(VirtualDiskTest, UnsyncedPiecesAreNewOldOrTorn) {
  bool seen_old = false;
  bool seen_new = false;
  bool torn = false;
  for (int i = 0; i < 200; ++i) {
    const auto f = file("a", std::string(3 * VirtualDisk::piece_bytes, 'o'));
    ASSERT_TRUE(disk.sync(*f));
    ASSERT_TRUE(disk.write(*f, 0, std::string(3 * VirtualDisk::piece_bytes, 'n')));
    lose_power();
    const std::string left = *disk.contents("a");
    for (std::size_t piece = 0; piece < 3; ++piece) {
      const std::string bytes = left.substr(piece * VirtualDisk::piece_bytes, 512);
      const auto news = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), 'n'));
      seen_new = seen_new || news == 512;
      seen_old = seen_old || news == 0;
      torn = torn || (news > 0 && news < 512);
      EXPECT_EQ(bytes.find('o'), news == 512 ? std::string::npos : news);  // new, then old
    }
  }
  EXPECT_TRUE(seen_old && seen_new && torn);
}

TEST_F(VirtualDiskTest, ARenameThatIsNotSyncedHappenedWholeOrNotAtAll) {
  int renamed = 0;
  for (int i = 0; i < 100; ++i) {
    disk.put("a", "new");
    disk.put("b", "old");
    ASSERT_TRUE(disk.rename("a", "b"));
    lose_power();
    if (disk.exists("a")) {
      EXPECT_EQ(*disk.contents("a"), "new");
      EXPECT_EQ(*disk.contents("b"), "old");
    } else {
      EXPECT_EQ(*disk.contents("b"), "new");
      ++renamed;
    }
  }
  EXPECT_GT(renamed, 10);
  EXPECT_LT(renamed, 90);
  disk.put("a", "new");
  ASSERT_TRUE(disk.rename("a", "b"));
  ASSERT_TRUE(disk.sync_folder());
  lose_power();
  EXPECT_FALSE(disk.exists("a"));
}

TEST_F(VirtualDiskTest, APowerCutCanComeInTheMidstOfAnything) {
  const auto f = file("a");
  disk.cut_at(2);
  EXPECT_TRUE(disk.write(*f, 0, "x"));
  EXPECT_FALSE(disk.sync(*f));
  EXPECT_TRUE(disk.is_cut());
}

TEST_F(VirtualDiskTest, FlipsBits) {
  disk.put("a", std::string(100, '\0'));
  EXPECT_TRUE(disk.flip_bits("a", 1));
  EXPECT_NE(*disk.contents("a"), std::string(100, '\0'));
  EXPECT_FALSE(disk.flip_bits("b", 1));
}

TEST_F(VirtualDiskTest, ALiarLosesWhatItSaidWasSynced) {
  const auto f = file("a", "old");
  ASSERT_TRUE(disk.sync(*f));
  disk.set_lying(true);
  int lost = 0;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(disk.write(*f, 0, "new"));
    ASSERT_TRUE(disk.sync(*f));
    lose_power();
    if (disk.contents("a") == "old") ++lost;
    ASSERT_TRUE(disk.write(*f, 0, "old"));
    disk.set_lying(false);
    ASSERT_TRUE(disk.sync(*f));
    disk.set_lying(true);
  }
  EXPECT_GT(lost, 0);
}

TEST_F(VirtualDiskTest, ChargesItsTime) {
  std::uint64_t synced = 0;
  disk.on_operation([&](const VirtualDisk::Operation& op) {
    if (op.kind == VirtualDisk::Operation::Kind::sync) synced += op.bytes;
  });
  const auto f = file("a", "x");
  ASSERT_TRUE(disk.sync(*f));
  ASSERT_TRUE(disk.sync(*f));
  EXPECT_EQ(synced, VirtualDisk::block_bytes);
}

// Against plain strings: what is seen, and what was there at the last sync.
RC_GTEST_PROP(VirtualDiskProperty, IsAFile, ()) {
  VirtualDisk disk(*rc::gen::arbitrary<std::uint64_t>());
  const auto file = *disk.open("f", true);
  std::string seen;
  std::string synced;
  for (int i = *rc::gen::inRange(1, 40); i > 0; --i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, 12'000);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        RC_ASSERT(disk.resize(*file, at).has_value());
        seen.resize(at);
        break;
      case 1:
        RC_ASSERT(disk.sync(*file).has_value());
        synced = seen;
        break;
      default: {
        const std::string bytes(*rc::gen::inRange<std::size_t>(1, 9'000),
                                static_cast<char>('a' + i % 26));
        RC_ASSERT(disk.write(*file, at, bytes).has_value());
        if (seen.size() < at + bytes.size()) seen.resize(at + bytes.size());
        seen.replace(at, bytes.size(), bytes);
      }
    }
    RC_ASSERT(disk.contents("f") == seen);
  }
  disk.cut();
  disk.restore(VirtualDisk::Loss::unsynced);
  if (!disk.exists("f")) {
    RC_ASSERT(synced.empty());
    return;
  }
  const std::string left = *disk.contents("f");
  RC_ASSERT(left.size() == seen.size() || left.size() == synced.size());
  const auto byte = [](const std::string& s, std::size_t i) { return i < s.size() ? s[i] : '\0'; };
  for (std::size_t i = 0; i < left.size(); ++i)
    RC_ASSERT(left[i] == byte(seen, i) || left[i] == byte(synced, i));
}

}  // namespace
}  // namespace wayside::sim
