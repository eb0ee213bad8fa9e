// Store and forward, side by side: what arrives through an outage, how fast, and what it costs.
// delivery_bench DATA [--node-red FOLDER] [--rate N] [--phase SECONDS] [--max SECONDS] [--system
// NAME]
// [--only-script | --only-max]
#include <fmt/core.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "delivery/load.hpp"
#include "delivery/system.hpp"
#include "delivery/usage.hpp"

namespace {

using namespace wayside;
using namespace wayside::bench;
using std::chrono::seconds;

constexpr seconds drain_max{180};
/// What a system may hold when nothing is in its way: its batches.
constexpr double batching_s = 3;
constexpr double warm_up_s = 5;
constexpr double unbounded_rate = 1e7;
constexpr std::int64_t shortest_drain_ns = 3'000'000'000;

struct Options {
  std::string data, node_red;
  double rate = 5'000;
  double phase_s = 60;
  double max_trial_s = 8;
  bool max_only = false, script_only = false;
  std::string only;  ///< of the systems, the one whose name begins so
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<System>(const Setup&)> make;
};

std::vector<Kind> kinds(const Options& options) {
  std::vector<Kind> all{
      {"Wayside", make_wayside},
      {"mosquitto bridge", [](const Setup& s) { return make_bridge(s, 1); }},
      {"bridge, rows", [](const Setup& s) { return make_bridge(s, Records::engine_signals); }}};
  if (options.node_red.empty())
    std::fprintf(stderr, "skipped: Node-RED is not installed\n");
  else
    all.push_back({"Node-RED", make_node_red});
  std::erase_if(all, [&](const Kind& kind) { return !kind.name.starts_with(options.only); });
  return all;
}

void wait_s(double s) {
  std::this_thread::sleep_for(std::chrono::duration<double>(s));
}

struct Outcome {
  double steady_s = 0, back_s = 0, drain_s = 0;
  double steady_p99_ms = 0, drain_p99_ms = 0;
  std::uint64_t offered = 0, steady_offered = 0, sent_bytes = 0;
  Arrived arrived;
  Usage near, far;
  double near_mb = 0, far_mb = 0;
};

struct Drain {
  std::int64_t begun_ns = 0;  ///< something has arrived
  std::int64_t ended_ns = 0;  ///< no more than its batches are under way
};
Drain wait_drained(System& system, const Load& load, double rate) {
  Drain drain;
  const std::uint64_t before = system.arrived_about();
  test::eventually(
      [&] {
        const auto offered = static_cast<double>(load.offered());
        const std::uint64_t arrived = system.arrived_about();
        if (arrived > before && drain.begun_ns == 0) drain.begun_ns = now_ns();
        return static_cast<double>(arrived) >= offered - rate * batching_s;
      },
      drain_max);
  drain.ended_ns = now_ns();
  return drain;
}

/// Waits until all has arrived, or nothing more does.
void wait_all(System& system, std::uint64_t offered) {
  std::uint64_t last = 0;
  auto moved = std::chrono::steady_clock::now();
  test::eventually(
      [&] {
        const std::uint64_t now = system.arrived_about();
        if (now != last) moved = std::chrono::steady_clock::now();
        last = now;
        return now >= offered || std::chrono::steady_clock::now() - moved > seconds(20);
      },
      drain_max);
}

/// Steady, an outage, and the way back while the load goes on.
Outcome run_script(System& system, const Records& records, const Options& options) {
  Outcome outcome;
  const MemoryWatch near_memory(system.near()), far_memory(system.far());
  Load load(system, records, options.rate);
  wait_s(warm_up_s);
  const std::int64_t steady = now_ns();
  const std::uint64_t before = load.offered();
  wait_s(options.phase_s);
  const std::int64_t outage = now_ns();
  outcome.steady_offered = load.offered() - before;
  outcome.steady_s = static_cast<double>(outage - steady) * 1e-9;
  test::TcpProxy::Way away;
  away.accepts = false;
  system.way().set(away);
  system.way().cut();
  wait_s(options.phase_s);
  system.way().set({});
  const std::int64_t back = now_ns();
  const Drain drain = wait_drained(system, load, options.rate);
  outcome.back_s = static_cast<double>(drain.begun_ns - back) * 1e-9;
  outcome.drain_s = static_cast<double>(drain.ended_ns - drain.begun_ns) * 1e-9;
  // A short drain still has critical records behind it.
  const std::int64_t drained = std::max(drain.ended_ns, drain.begun_ns + shortest_drain_ns);
  while (now_ns() < drained) wait_s(0.1);
  load.stop();
  wait_all(system, load.offered());
  outcome.offered = load.offered();
  outcome.steady_p99_ms = system.delays().quantile_ms(0.99, steady, outage - 1'000'000'000);
  outcome.drain_p99_ms = system.delays().quantile_ms(0.99, drain.begun_ns, drained);
  outcome.sent_bytes = system.way().bytes_up();
  outcome.near = usage_of(system.near());
  outcome.far = usage_of(system.far());
  outcome.near_mb = near_memory.highest_mb();
  outcome.far_mb = far_memory.highest_mb();
  // Last: to count them takes memory of its own.
  outcome.arrived = system.arrived();
  return outcome;
}

void print_outcome(const std::string& name, const Outcome& o) {
  const auto samples = static_cast<double>(o.offered);
  fmt::print(
      "{:<18} {:>8.0f}/s  lost {:>6}  repeated {:>6}  back {:>4.1f} s  drain {:>6.1f} s  critical "
      "p99 {:>8.1f} ms "
      "steady {:>8.1f} ms draining  wire {:>6.2f} B  disk {:>6.2f} B (far {:.2f})  CPU {:>6.2f} "
      "s/M "
      "(far {:.2f})  PSS {:>6.1f} MB (far {:.1f})\n",
      name, static_cast<double>(o.steady_offered) / o.steady_s,
      static_cast<std::int64_t>(o.offered) - static_cast<std::int64_t>(o.arrived.distinct),
      o.arrived.repeated, o.back_s, o.drain_s, o.steady_p99_ms, o.drain_p99_ms,
      static_cast<double>(o.sent_bytes) / samples, static_cast<double>(o.near.disk_bytes) / samples,
      static_cast<double>(o.far.disk_bytes) / samples, o.near.cpu_s / samples * 1e6,
      o.far.cpu_s / samples * 1e6, o.near_mb, o.far_mb);
  std::fflush(stdout);
}

/// The load offers as fast as the system takes; how many samples a second that comes to, until the
/// last has arrived.
double highest_rate(const Kind& kind, const Setup& setup, double trial_s) {
  const auto system = kind.make(setup);
  const std::int64_t began = now_ns();
  Load load(*system, *setup.records, unbounded_rate);
  wait_s(trial_s);
  load.stop();
  wait_all(*system, load.offered());
  const double took_s = static_cast<double>(now_ns() - began) * 1e-9;
  const Arrived arrived = system->arrived();
  if (arrived.distinct < load.offered())
    fmt::print("{} lost {} of {}\n", kind.name, load.offered() - arrived.distinct, load.offered());
  return static_cast<double>(arrived.distinct) / took_s;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
    if (word == "--node-red")
      options.node_red = next();
    else if (word == "--rate")
      options.rate = std::stod(next());
    else if (word == "--phase")
      options.phase_s = std::stod(next());
    else if (word == "--max")
      options.max_trial_s = std::stod(next());
    else if (word == "--only-max")
      options.max_only = true;
    else if (word == "--system")
      options.only = next();
    else if (word == "--only-script")
      options.script_only = true;
    else
      options.data = word;
  }
  return options;
}

void run(const Options& options) {
  const Records records(options.data);
  Setup setup;
  setup.records = &records;
  setup.node_red = options.node_red;
  if (!options.max_only) {
    fmt::print(
        "{} series, {:.0f} samples/s; {:.0f} s steady, {:.0f} s outage, drain. Bytes and CPU "
        "by sample; far: broker and hub, or broker\n",
        records.series().size(), options.rate, options.phase_s, options.phase_s);
    for (const Kind& kind : kinds(options)) {
      const auto system = kind.make(setup);
      print_outcome(kind.name, run_script(*system, records, options));
    }
  }
  if (options.script_only) return;
  fmt::print("offered as fast as it is taken for {:.0f} s, until the last has arrived\n",
             options.max_trial_s);
  std::fflush(stdout);
  for (const Kind& kind : kinds(options)) {
    fmt::print("{:<18} {:>10.0f} samples/s\n", kind.name,
               highest_rate(kind, setup, options.max_trial_s));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "delivery_bench: %s\n", failure.what());
    return 1;
  }
}
