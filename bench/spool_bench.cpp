// What the spool costs on a disk: the time until a critical record is on stable storage, beside a
// bare append and fdatasync of the same bytes in the same folder; and the bytes written to the disk
// for a sample, all of them, as the kernel counts them for this process.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/os/system_clock.hpp"
#include "codec/series.hpp"
#include "spool/spool.hpp"
#include "spool/sqlite/sqlite_store.hpp"

namespace {

using namespace wayside;
using telemetry::Tier;

[[noreturn]] void give_up(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

struct Opened {
  Metrics metrics;
  std::unique_ptr<spool::Spool> spool;
};

std::unique_ptr<Opened> open_spool(const std::string& path, const Clock& clock) {
  auto opened = std::make_unique<Opened>();
  auto store = spool::open_sqlite_store(path, {});
  if (!store) give_up(store.error().message);
  auto made = spool::Spool::open(std::move(*store), {}, 1, clock, opened->metrics, {});
  if (!made) give_up(made.error().message);
  opened->spool = std::move(*made);
  return opened;
}

double ms_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
      .count();
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

/// A record, then the same bytes by hand, in turns: both see the same disk. The spool is stepped
/// between, as a recorder does, without being timed: nobody waits for that.
void critical(const std::string& folder, int count) {
  const os::SystemClock clock;
  const auto opened = open_spool(folder + "/critical.sqlite", clock);
  const int bare = ::open((folder + "/bare").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (bare < 0) give_up("no bare file in " + folder);
  const telemetry::Event event{"loco-4501",
                               "alert_raised",
                               clock.now(),
                               telemetry::Severity::alarm,
                               "overheating: " + std::string(120, 'x'),
                               R"({"rule":"overheating"})"};
  const std::string sealed = telemetry::encode(event);
  std::vector<double> ours;
  std::vector<double> theirs;
  off_t at = 0;
  for (int i = 0; i < count; ++i) {
    auto began = std::chrono::steady_clock::now();
    if (auto stored = opened->spool->append(Tier::critical, event); !stored)
      give_up(stored.error().message);
    ours.push_back(ms_since(began));
    began = std::chrono::steady_clock::now();
    const auto written = ::pwrite(bare, sealed.data(), sealed.size(), at);
    if (written != static_cast<ssize_t>(sealed.size()) || ::fdatasync(bare) != 0)
      give_up("the bare file cannot be written");
    theirs.push_back(ms_since(began));
    at += written;
    opened->spool->step();
  }
  ::close(bare);
  fmt::print("critical record of {} bytes, {} times      p50 ms   p99 ms\n", sealed.size(), count);
  fmt::print("append to the spool                        {:7.3f}  {:7.3f}\n", quantile(ours, 0.5),
             quantile(ours, 0.99));
  fmt::print("bare append and fdatasync                  {:7.3f}  {:7.3f}\n", quantile(theirs, 0.5),
             quantile(theirs, 0.99));
  fmt::print("ratio                                      {:7.2f}  {:7.2f}\n",
             quantile(ours, 0.5) / quantile(theirs, 0.5),
             quantile(ours, 0.99) / quantile(theirs, 0.99));
}

/// Bytes that this process had written to the disk so far, metadata apart.
std::uint64_t written_to_disk() {
  std::ifstream io("/proc/self/io");
  for (std::string key; io >> key;) {
    std::uint64_t value = 0;
    io >> value;
    if (key == "write_bytes:") return value;
  }
  give_up("no /proc/self/io");
}

/// The series of a set, one after the other in `signals` at once, at a rate of all together, on a
/// regular grid of times: blocks as a recorder makes
/// them, every second, in virtual time, in which it steps the spool every 40 ms.
void bulk(const std::string& folder, const std::string& name,
          const std::vector<bench::Series>& series, double rate, Tier tier) {
  constexpr std::size_t signals = 20;
  constexpr Duration step = milliseconds(40);
  constexpr Duration seal = seconds(1);
  ManualClock clock{Time{} + days(20'000)};
  const auto opened = open_spool(fmt::format("{}/{}.sqlite", folder, name), clock);
  const auto samples_max = static_cast<std::uint64_t>(rate * 60);
  const std::uint64_t before = written_to_disk();
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  std::vector<std::vector<double>> values(signals);
  for (std::size_t s = 0; s < series.size(); ++s)
    values[s % signals].insert(values[s % signals].end(), series[s].values.begin(),
                               series[s].values.end());
  std::size_t at = 0;
  double due = 0;
  for (Duration now{0}; samples < samples_max; now = now + step) {
    due += rate * step.seconds() / signals;
    if (now.ns % seal.ns == 0 && due >= 1) {
      const auto count = std::min<std::size_t>(static_cast<std::size_t>(due), 8'192);
      due -= static_cast<double>(count);
      for (std::size_t s = 0; s < signals; ++s) {
        telemetry::SampleBlock block{"asset", fmt::format("signal_{}", s), 1, {}, {}, {}};
        for (std::size_t i = 0; i < count; ++i) {
          block.times.push_back({clock.now().ns - seal.ns * static_cast<std::int64_t>(count - i) /
                                                      static_cast<std::int64_t>(count)});
          block.values.push_back(values[s][(at + i) % values[s].size()]);
          block.qualities.push_back({});
        }
        bytes += telemetry::encode(block).size();
        if (auto stored = opened->spool->append(tier, block); !stored)
          give_up(stored.error().message);
        samples += count;
      }
      at += count;
    }
    clock.advance(step);
    opened->spool->step();
  }
  if (auto done = opened->spool->flush(); !done) give_up(done.error().message);
  opened->spool.reset();
  ::sync();
  const std::uint64_t written = written_to_disk() - before;
  fmt::print("{:<8} {:<10} {:>9.0f} {:>10} {:>12.2f} {:>14.2f}\n", name, to_string(tier), rate,
             samples, static_cast<double>(bytes) / static_cast<double>(samples),
             static_cast<double>(written) / static_cast<double>(samples));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) give_up("usage: spool_bench FOLDER SERIES_FOLDER APPENDS");
  const std::string folder = argv[1];
  critical(folder, std::atoi(argv[3]));
  fmt::print("\n{:<8} {:<10} {:>9} {:>10} {:>12} {:>14}\n", "set", "tier", "samples/s", "samples",
             "encoded B", "written B each");
  int run = 0;
  for (const std::string set : {"nab", "cmapss"}) {
    const auto series = bench::read_series(fmt::format("{}/{}", argv[2], set));
    for (const double rate : {1'000.0, 10'000.0, 100'000.0})
      for (const Tier tier : {Tier::diagnostic, Tier::bulk})
        bulk(folder, fmt::format("{}-{}", set, ++run), series, rate, tier);
  }
  return 0;
}
