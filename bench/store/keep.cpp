#include "store/keep.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "hub/store/duckdb/duckdb_store.hpp"
#include "store/engine.hpp"
#include "store/wayside_engine.hpp"

namespace wayside::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using plants::TruckFleet;

constexpr std::uint64_t commit_samples = 20'000;
constexpr int commits_alone = 30;
constexpr std::chrono::milliseconds pause{50};  ///< between commits: the hub waits for data, too

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  return values[static_cast<std::size_t>(std::min(n - 1, q * n))];
}

/// The fleet's batches as commits.
class Feed {
 public:
  Feed(hub::TelemetryStore& store, plants::TruckFleetOptions options)
      : fleet_(options), maker_(fleet_.tags()), taker_(store) {}
  Status begin() { return taker_.begin(fleet_.tags()); }
  /// Milliseconds of the commit of about `samples` more; 0 at the fleet's end.
  Result<double> commit(std::uint64_t samples) {
    std::uint64_t count = 0;
    TruckFleet::Batch batch;
    while (count < samples && fleet_.next(batch)) {
      if (const Status taken = taker_.take(maker_.topic(), maker_.frame(batch)); !taken)
        return tl::make_unexpected(taken.error());
      count += samples_in(batch);
    }
    const auto start = Clock::now();
    if (const Status done = taker_.finish(); !done) return tl::make_unexpected(done.error());
    return count == 0 ? 0 : ms_since(start);
  }

 private:
  TruckFleet fleet_;
  FrameMaker maker_;
  FrameTaker taker_;
};

Result<std::uint64_t> archive_all(hub::TelemetryStore& store, const hub::KeepingPolicy& policy,
                                  Time now) {
  std::uint64_t archived = 0;
  for (;;) {
    const auto step = store.maintain(policy, now);
    if (!step) return tl::make_unexpected(step.error());
    archived += step->archived;
    if (!step->more) return archived;
  }
}

}  // namespace

Result<KeepFigures> measure_keeping(const std::string& path, double samples) {
  hub::DuckdbOptions options;
  options.path = path;
  options.memory_bytes = 4ull << 30;
  options.archive = path + ".archive";
  fs::create_directories(options.archive);
  auto store = hub::open_duckdb_store(options, Log());
  if (!store) return tl::make_unexpected(store.error());
  plants::TruckFleetOptions fleet;
  fleet.length = days(3);
  fleet.trucks = static_cast<std::size_t>(
      std::max(1.0, samples / static_cast<double>(fleet.length.ns / fleet.step.ns) /
                        static_cast<double>(reading_signals + diagnostic_signals)));
  Feed feed(**store, fleet);
  if (const Status begun = feed.begin(); !begun) return tl::make_unexpected(begun.error());
  if (const auto loaded = feed.commit(static_cast<std::uint64_t>(0.8 * samples)); !loaded)
    return tl::make_unexpected(loaded.error());

  std::vector<double> alone, beside;
  const auto commit_into = [&](std::vector<double>& took) -> Status {
    const auto ms = feed.commit(commit_samples);
    if (!ms) return tl::make_unexpected(ms.error());
    if (*ms > 0) took.push_back(*ms);
    std::this_thread::sleep_for(pause);
    return {};
  };
  for (int i = 0; i < commits_alone; ++i)
    if (const Status done = commit_into(alone); !done) return tl::make_unexpected(done.error());

  hub::KeepingPolicy policy;
  policy.archive_after = hours(1);
  std::atomic<bool> working = true;
  Result<std::uint64_t> archived = 0;
  double took_s = 0;
  std::thread keeper([&] {
    const auto start = Clock::now();
    archived = archive_all(**store, policy, fleet.start + fleet.length);
    took_s = ms_since(start) / 1e3;
    working = false;
  });
  Status committed;
  while (working && committed) committed = commit_into(beside);
  keeper.join();
  if (!committed) return tl::make_unexpected(committed.error());
  if (!archived) return tl::make_unexpected(archived.error());
  KeepFigures figures{*archived,
                      took_s,
                      0,
                      quantile(alone, 0.5),
                      quantile(alone, 1),
                      beside.size(),
                      quantile(beside, 0.5),
                      quantile(beside, 0.99),
                      quantile(beside, 1)};
  for (const auto& file : fs::recursive_directory_iterator(options.archive))
    if (file.is_regular_file()) figures.file_bytes += static_cast<double>(file.file_size());
  return figures;
}

}  // namespace wayside::bench
