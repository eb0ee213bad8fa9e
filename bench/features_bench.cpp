// Features: this engine over stored blocks and one sample at a time, DuckDB's window functions and
// a loop that recomputes, on the same samples on one core, and their results compared. Then what a
// tick costs with more panes, what more assets cost, and single functions.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "features_work.hpp"

namespace {

using namespace wayside;
using namespace wayside::bench;
using features::AssetEngine;
using features::SampleRun;
using telemetry::Quality;

constexpr int repeats = 5;
constexpr std::size_t block = 1000;  // samples of one signal

double seconds_of(const std::function<void()>& work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

/// The median of several runs, and how far they lie apart.
struct Timing {
  double median = 0, least = 0, most = 0;
};
Timing repeat(const std::function<double()>& run) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) times.push_back(run());
  std::sort(times.begin(), times.end());
  return {times[repeats / 2], times.front(), times.back()};
}
Timing repeat_work(const std::function<void()>& work) {
  return repeat([&] { return seconds_of(work); });
}

void rate_line(const std::string& what, double samples, const Timing& t) {
  fmt::print("  {:<44} {:>9.3f} M samples/s  ({:.3f} to {:.3f})\n", what, samples / t.median / 1e6,
             samples / t.most / 1e6, samples / t.least / 1e6);
}

/// The samples in blocks of one signal after another, as a node sends and a hub stores them.
template <class OnTick>
void replay_blocks(AssetEngine& engine, const Data& data, std::span<double> row, OnTick on_tick) {
  for (std::size_t from = 0; from < data.times.size(); from += block) {
    const std::size_t n = std::min(block, data.times.size() - from);
    for (std::uint32_t s = 0; s < data.values.size(); ++s)
      engine.push(SampleRun{{s},
                            std::span(data.times).subspan(from, n),
                            std::span(data.values[s]).subspan(from, n),
                            {},
                            1},
                  row, on_tick);
  }
  engine.finish();
  while (const auto tick = engine.next_tick(row)) on_tick(*tick);
}

template <class OnTick>
void one_at_a_time(AssetEngine& engine, const Data& data, std::span<double> row, OnTick on_tick) {
  for (std::size_t i = 0; i < data.times.size(); ++i)
    for (std::uint32_t s = 0; s < data.values.size(); ++s) {
      engine.push({s}, data.times[i], data.values[s][i], Quality::good);
      while (const auto tick = engine.next_tick(row)) on_tick(*tick);
    }
}

/// The rows of all ticks.
template <class Run>
Table rows_of(const Data& data, Run run) {
  AssetEngine engine(common_plan());
  std::vector<double> row(columns);
  Table table;
  run(engine, data, row, [&](Time) { table.insert(table.end(), row.begin(), row.end()); });
  return table;
}

void compare(const char* what, const Table& ours, const Table& theirs, double tolerance) {
  double worst = ours.size() == theirs.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i)
    worst = std::max(
        worst, std::fabs(ours[i] - theirs[i]) / std::max(std::fabs(ours[i]), std::fabs(theirs[i])));
  fmt::print("  {:<44} {} values, largest relative difference {:.1e}\n", what, ours.size(), worst);
  if (worst <= tolerance) return;
  fmt::print("the results differ by more than {:.0e}\n", tolerance);
  std::exit(1);
}

void compare_all(std::size_t query_seconds) {
  const Data data(query_seconds);
  const Table ours = rows_of(data, [](auto&&... arguments) { replay_blocks(arguments...); });
  fmt::print("\nthe same results, {} s of samples\n", query_seconds);
  compare("one sample at a time", ours,
          rows_of(data, [](auto&&... arguments) { one_at_a_time(arguments...); }), 0);
  const std::size_t ticks = ours.size() / columns;
  compare("recomputed at every tick", ours, recompute(data, 0, ticks), 1e-9);
  compare("DuckDB window functions", ours, by_window_functions(data).table, 1e-9);
  compare("DuckDB, from panes by hand", ours, by_panes_in_sql(data).table, 1e-9);
}

void common_case(std::size_t seconds, std::size_t query_seconds) {
  fmt::print(
      "8 signals at 1 kHz, mean std min max over 1 s, 10 s, 60 s, every 100 ms; medians of {} "
      "runs\n",
      repeats);
  double sink = 0;
  {
    const Data data(seconds);
    const auto plan = common_plan();
    std::vector<double> row(columns);
    const auto run = [&](auto how) {
      AssetEngine engine(plan);
      how(engine, data, row, [&](Time) { sink += row[0]; });
    };
    const auto samples = static_cast<double>(data.samples());
    rate_line(fmt::format("engine, blocks of {} ({} s)", block, seconds), samples,
              repeat_work([&] { run([](auto&&... arguments) { replay_blocks(arguments...); }); }));
    rate_line(fmt::format("engine, one sample at a time ({} s)", seconds), samples,
              repeat_work([&] { run([](auto&&... arguments) { one_at_a_time(arguments...); }); }));
  }
  const Data data(query_seconds);
  const auto samples = static_cast<double>(data.samples());
  rate_line(fmt::format("DuckDB window functions ({} s)", query_seconds), samples,
            repeat([&] { return by_window_functions(data).seconds; }));
  rate_line(fmt::format("DuckDB, from panes by hand ({} s)", query_seconds), samples,
            repeat([&] { return by_panes_in_sql(data).seconds; }));
  // Of full windows: the last ten seconds.
  const std::size_t ticks = query_seconds * 10;
  rate_line("recomputed at every tick (10 s)", 10.0 * rate_hz * signal_count,
            repeat_work([&] { sink += recompute(data, ticks - 100, ticks)[0]; }));
  if (std::isnan(sink)) fmt::print("no values\n");
}

/// One signal with one sample in each pane, a window of 2^k panes.
void tick_cost() {
  fmt::print("\ncost of a tick: mean std min max of one window of n panes, a sample in each\n");
  for (int k = 4; k <= 16; k += 2) {
    const std::int64_t panes = std::int64_t{1} << k;
    const std::string width = fmt::format("{}ms", panes * 100);
    const auto plan = plan_of(
        fmt::format("mean({{0}}, {0}) + std({{0}}, {0}) + min({{0}}, {0}) + max({{0}}, {0})",
                    width),
        1);
    AssetEngine engine(plan);
    double row = 0;
    std::int64_t at = 0;
    const auto ticks = [&](std::int64_t n) {
      for (; n > 0; --n, ++at) {
        engine.push({0}, Time{} + every * at, static_cast<double>(at % 1000), Quality::good);
        while (engine.next_tick({&row, 1})) continue;
      }
    };
    ticks(2 * panes);
    const Timing t = repeat_work([&] { ticks(100'000); });
    fmt::print("  {:>6} panes {:>8.1f} ns a tick\n", panes, t.median * 1e4);
  }
}

/// Assets of one plan, whose blocks of so many samples a signal come in turn; nanoseconds a sample.
double asset_cost(std::size_t assets, std::size_t samples, const Data& data) {
  const auto plan = common_plan();
  std::vector<AssetEngine> engines;
  for (std::size_t i = 0; i < assets; ++i) engines.emplace_back(plan);
  std::vector<double> row(columns);
  std::vector<Time> times(samples);
  double sink = 0;
  std::int64_t at = 0;
  const auto round = [&](std::int64_t step_ms) {
    for (Time& time : times) time = Time{} + milliseconds(at += step_ms);
    for (AssetEngine& engine : engines)
      for (std::uint32_t s = 0; s < signal_count; ++s)
        engine.push(SampleRun{{s}, times, std::span(data.values[s]).first(samples), {}, 1}, row,
                    [&](Time) { sink += row[0]; });
  };
  while (at < 61'000)
    round(
        std::max<std::int64_t>(1, 100 / static_cast<std::int64_t>(samples)));  // fills the windows
  const std::size_t rounds =
      std::max<std::size_t>(2, 4'000'000 / (assets * samples * signal_count));
  const Timing t = repeat_work([&] {
    for (std::size_t i = 0; i < rounds; ++i) round(1);
  });
  if (std::isnan(sink)) fmt::print("no values\n");
  return t.median * 1e9 / static_cast<double>(rounds * assets * samples * signal_count);
}

void asset_costs() {
  fmt::print("\ncost of a sample in ns, {:.0f} KiB of state an asset\n",
             static_cast<double>(common_plan()->asset_bytes()) / 1024);
  fmt::print("  {:>6} {:>18} {:>18} {:>18}\n", "assets", "blocks of 4,000", "blocks of 1,000",
             "sample by sample");
  const Data data(10);
  for (const std::size_t assets : {1u, 10u, 100u, 1000u})
    fmt::print("  {:>6} {:>18.1f} {:>18.1f} {:>18.1f}\n", assets, asset_cost(assets, 4000, data),
               asset_cost(assets, 1000, data), asset_cost(assets, 1, data));
}

void single_functions() {
  fmt::print("\nsingle functions over 10 s, every 100 ms, 8 signals at 1 kHz, blocks of {}\n",
             block);
  struct Case {
    const char* expression;
    bool waveform;
  };
  const Data steady(120);
  const Data runs(120, seconds(1));
  for (const auto& [expression, waveform] :
       {Case{"mean({}, 10s)", false}, Case{"kurtosis({}, 10s)", false},
        Case{"slope({}, 10s)", false}, Case{"quantile({}, 0.95, 10s)", false},
        Case{"ewma({}, 10s)", false}, Case{"corr({}, s0, 10s)", false}, Case{"rms({}, 10s)", true},
        Case{"peak({}, 10s)", true}, Case{"crest({}, 10s)", true}, Case{"kurtosis({}, 10s)", true},
        Case{"band({}, 100Hz, 200Hz, 10s)", true},
        Case{"envelope_rms({}, 100Hz, 200Hz, 10s)", true}}) {
    const auto plan = plan_of(expression, signal_count, waveform);
    if (!plan) std::exit(1);
    const Data& data = waveform ? runs : steady;
    std::vector<double> row(signal_count);
    rate_line(fmt::format("{}{}", expression, waveform ? ", runs of 1 s" : ""),
              static_cast<double>(data.samples()), repeat_work([&] {
                AssetEngine engine(plan);
                replay_blocks(engine, data, row, [](Time) {});
              }));
  }
}

}  // namespace

/// features_bench [SECONDS [QUERY_SECONDS]]: of samples for the engine, and for what is slower.
int main(int argc, char** argv) {
  const auto argument = [&](int i, std::size_t otherwise) {
    return argc > i ? static_cast<std::size_t>(std::max(61, std::atoi(argv[i]))) : otherwise;
  };
  const std::size_t query_seconds = argument(2, 120);
  common_case(argument(1, 3600), query_seconds);
  compare_all(query_seconds);
  tick_cost();
  asset_costs();
  single_functions();
}
