// How fast a simulated fleet lives: node-hours of virtual time in a minute of one core.
#include <fmt/format.h>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

#include "sim/world/world_fixture.hpp"

namespace {

using namespace wayside;

double cpu_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Returns false where something was lost.
bool live(std::size_t nodes, std::int64_t hours_long, Duration every,
          sim::NodeOptions::Storage storage, const char* name) {
  sim::World world({});
  const sim::PumpFleet fleet{.nodes = nodes,
                             .signals = 8,
                             .tiers = false,
                             .every = every,
                             .ticks = every,
                             .extra = "tiers: {diagnostic: {send: every 60s}}\n"};
  sim::Pumps pumps(world, fleet, {.storage = storage});
  const double before = cpu_seconds();
  pumps.run(hours(hours_long));
  world.run_until(hours(hours_long) + minutes(5));
  const double cpu = cpu_seconds() - before;
  const double node_hours = static_cast<double>(nodes) * static_cast<double>(hours_long);
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < nodes; ++i)
    for (const auto tier : telemetry::all_tiers)
      stored += world.audit().tier(i, tier).stored_samples;
  world.check();
  for (const std::string& fault : world.audit().faults()) fmt::print("FAULT {}\n", fault);
  fmt::print(
      "{:8} every {:4} {:6.0f} node-hours {:8.2f} s CPU {:10.0f} node-hours/min {:9} samples "
      "{:9} events\n",
      name, format_duration(every), node_hours, cpu, node_hours / cpu * 60, stored, world.events());
  return world.audit().faults().empty() && stored == pumps.offered();
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i, long fallback) {
    return argc > i ? std::atol(argv[i]) : fallback;
  };
  const auto nodes = static_cast<std::size_t>(number(1, 100));
  const std::int64_t hours_memory = number(2, 168);
  const std::int64_t hours_sqlite = number(3, 6);
  fmt::print("{} nodes, each 8 signals and 2 features, sent every 60 s, alerts at once\n", nodes);
  using Storage = sim::NodeOptions::Storage;
  bool whole = live(nodes, hours_memory, seconds(10), Storage::memory, "memory");
  whole = live(nodes, hours_memory, seconds(60), Storage::memory, "memory") && whole;
  if (hours_sqlite > 0)
    whole = live(nodes, hours_sqlite, seconds(10), Storage::sqlite, "sqlite") && whole;
  return whole ? 0 : 1;
}
