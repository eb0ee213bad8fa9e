// A spool's files, with changes anywhere in them, as a disk may give them back: the spool starts,
// its account balances, everything that waits can be read, and it takes new records.
//
// The input is a list of changes to a spool that is made here: which file, where, and what.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sim/disk/sqlite/disk_spool.hpp"
#include "spool/spool.hpp"

namespace {

using namespace wayside;
using telemetry::Event;
using telemetry::Tier;

constexpr int rounds_max = 500;  ///< of reading a tier

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

std::unique_ptr<spool::Spool> open(sim::VirtualDisk& disk, const sim::DiskVfs& vfs,
                                   const Clock& clock, Metrics& metrics) {
  auto store = sim::open_spool_store(disk, vfs, "spool", {});
  if (!store && store.error().code == Errc::conflict) return nullptr;  // says it is of later format
  check(store.has_value(), store ? "" : store.error().message.c_str());
  spool::SpoolOptions options;
  options.bytes_max = 2u << 20;
  options.thin[2] = 10;
  auto opened = spool::Spool::open(std::move(*store), options, 42, clock, metrics, {});
  check(opened.has_value(), opened ? "" : opened.error().message.c_str());
  return std::move(*opened);
}

/// The files of a spool in use: entries of several pages, gaps, acknowledged ones, a log.
struct Original {
  std::string database;
  std::string log;
};

Original make_original() {
  sim::VirtualDisk disk(1);
  const sim::DiskVfs vfs(disk, 1);
  ManualClock clock{Time{} + days(20'000)};
  Metrics metrics;
  auto spool = open(disk, vfs, clock, metrics);
  for (int i = 0; i < 60; ++i) {
    for (const Tier tier : telemetry::all_tiers)
      static_cast<void>(spool->append(
          tier, Event{"a", std::to_string(i), clock.now(), {}, std::string(i % 9 * 700, 'x'), ""}));
    if (i % 10 == 0)
      static_cast<void>(spool->drop(Tier::bulk, {3, 30, "overrun", clock.now(), clock.now()}));
    clock.advance(seconds(1));
    spool->step();
    // What came after the last time the log was emptied lies in the log alone.
    if (i == 40) static_cast<void>(spool->acknowledge(Tier::diagnostic, 20));
  }
  disk.cut();
  spool.reset();
  disk.restore(sim::VirtualDisk::Loss::nothing);
  return {*disk.contents("spool"), *disk.contents("spool-wal")};
}

/// Five bytes each: the file and the place, and what is put there; 0xff: the file ends there.
void change(Original& files, std::string_view changes) {
  for (; changes.size() >= 5; changes.remove_prefix(5)) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(changes[i]); };
    std::string& file = (byte(0) & 0x80) != 0 ? files.log : files.database;
    if (file.empty()) continue;
    const std::size_t at = ((byte(0) & 0x7fu) << 16 | byte(1) << 8 | byte(2)) %
                           std::min<std::size_t>(file.size(), 600'000);
    if (byte(3) == 0xff && byte(4) == 0xff)
      file.resize(at);
    else if (byte(3) == 0xfe)
      file.replace(at, 64, std::min<std::size_t>(64, file.size() - at), changes[4]);
    else
      file[at] = changes[4];
  }
}

void use(spool::Spool& spool, ManualClock& clock) {
  for (const Tier tier : telemetry::all_tiers) {
    std::uint64_t next = spool.watermark(tier) + 1;
    int rounds = 0;
    for (;;) {
      const auto entries = spool.read(tier, next, 20'000);
      if (entries.empty() || ++rounds > rounds_max) break;
      for (const auto& entry : entries) {
        check(entry.seq == next && entry.span > 0, "a number is missing");
        next = entry.seq + entry.span;
      }
    }
    static_cast<void>(spool.read_kept(tier, 0, 20'000));
  }
  for (int i = 0; i < 3; ++i) {
    for (const Tier tier : telemetry::all_tiers)
      static_cast<void>(spool.append(tier, Event{"a", "new", clock.now(), {}, "", ""}));
    clock.advance(seconds(1));
    spool.step();
    for (const auto& line : spool.ledger()) check(line.balanced(), "the account does not balance");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Original original = make_original();
  Original files = original;
  change(files, {reinterpret_cast<const char*>(data), size});
  sim::VirtualDisk disk(1);
  const sim::DiskVfs vfs(disk, 1);
  disk.put("spool", files.database);
  disk.put("spool-wal", files.log);
  ManualClock clock{Time{} + days(20'001)};
  Metrics metrics;
  auto spool = open(disk, vfs, clock, metrics);
  if (!spool) return 0;
  use(*spool, clock);
  check(spool->append(Tier::critical, Event{"a", "last", clock.now(), {}, "", ""}).has_value(),
        "a sound disk, and a critical record is refused");
  spool.reset();
  spool = open(disk, vfs, clock, metrics);
  check(spool != nullptr, "what the spool left is no spool");
  use(*spool, clock);
  return 0;
}
