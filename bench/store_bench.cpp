// The hub's stores on a fleet of trucks: ingest beside each engine's own fastest way in, the
// thirteen questions beside InfluxDB and PostgreSQL, and growth. bench/run/store.sh runs it.
#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/rng.hpp"
#include "store/bare.hpp"
#include "store/engine.hpp"
#include "store/keep.hpp"
#include "store/wayside_engine.hpp"

namespace {

using namespace wayside;
using namespace wayside::bench;
using Clock = std::chrono::steady_clock;
using hub::questions::IotParameters;
using hub::questions::IotQuestion;

constexpr std::size_t signals_a_step = reading_signals + diagnostic_signals;
constexpr std::size_t trucks = 200;
constexpr std::uint64_t parameters_seed = 7;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void die(const Error& error) {
  fmt::print(stderr, "store_bench: {}\n", error.message);
  std::exit(1);
}
template <class T>
T value_or_die(Result<T> result) {
  if (!result) die(result.error());
  return std::move(*result);
}
void or_die(const Status& status) {
  if (!status) die(status.error());
}

plants::TruckFleetOptions fleet_of(double samples) {
  plants::TruckFleetOptions options;
  options.trucks = trucks;
  options.length = options.step * static_cast<std::int64_t>(
                                      samples / static_cast<double>(trucks * signals_a_step));
  return options;
}

std::unique_ptr<Engine> open_engine(const std::string& name, const std::string& place) {
  if (name == "duckdb") return value_or_die(open_duckdb(place));
  if (name == "clickhouse") return value_or_die(open_clickhouse(place));
  if (name == "influxdb") return value_or_die(open_influx(place));
  return value_or_die(open_postgres(place));
}

IotParameters draw(Rng& rng, const plants::TruckFleetOptions& options) {
  constexpr std::array<const char*, 4> fleets{"harbour", "hill", "plain", "valley"};
  IotParameters parameters;
  parameters.fleet = fleets[rng.below(fleets.size())];
  parameters.trucks = {fmt::format("truck_{}", rng.below(options.trucks))};
  const std::int64_t room = std::max<std::int64_t>(1, (options.length - hours(24)).ns);
  parameters.from = options.start +
                    Duration{static_cast<std::int64_t>(rng.uniform() * static_cast<double>(room))};
  return parameters;
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  return values[static_cast<std::size_t>(std::min(n - 1, q * n))];
}

using Ask = Result<std::size_t> (Engine::*)(IotQuestion, const IotParameters&);

/// Milliseconds of each repetition; stops early after `limit_s`.
std::vector<double> ask_often(Engine& engine, IotQuestion question,
                              const plants::TruckFleetOptions& options, std::size_t times,
                              double limit_s, Ask ask = &Engine::ask) {
  Rng rng = Rng(parameters_seed).fork(static_cast<std::uint64_t>(question));
  std::vector<double> took;
  const auto begun = Clock::now();
  while (took.size() < times && (took.empty() || seconds_since(begun) < limit_s)) {
    const IotParameters parameters = draw(rng, options);
    const auto start = Clock::now();
    (void)value_or_die((engine.*ask)(question, parameters));
    took.push_back(seconds_since(start) * 1e3);
  }
  return took;
}

/// store_bench load ENGINE PLACE SAMPLES
void load(const std::string& name, const std::string& place, double samples) {
  const auto engine = open_engine(name, place);
  plants::TruckFleet fleet(fleet_of(samples));
  const auto start = Clock::now();
  or_die(engine->load(fleet));
  const double took = seconds_since(start);
  fmt::print("load\t{}\t{:.1f}\t{}\n", name, took, value_or_die(engine->bytes()));
}

/// store_bench ask ENGINE PLACE SAMPLES TIMES SECONDS: once each, cold if the caller made it so,
/// then warm; last values by SQL, too.
void ask(const std::string& name, const std::string& place, double samples, std::size_t times,
         double limit_s) {
  const auto engine = open_engine(name, place);
  const plants::TruckFleetOptions options = fleet_of(samples);
  for (const IotQuestion question : hub::questions::all_iot_questions())
    fmt::print("cold\t{}\t{}\t{:.3f}\n", name, to_string(question),
               ask_often(*engine, question, options, 1, 0).front());
  for (const IotQuestion question : hub::questions::all_iot_questions()) {
    const auto took = ask_often(*engine, question, options, times, limit_s);
    fmt::print("warm\t{}\t{}\t{:.3f}\t{:.3f}\t{}\n", name, to_string(question), quantile(took, 0.5),
               quantile(took, 0.99), took.size());
    std::fflush(stdout);
  }
  if (name != "duckdb" && name != "clickhouse") return;
  for (const IotQuestion question : {IotQuestion::last_loc, IotQuestion::single_last_loc,
                                     IotQuestion::low_fuel, IotQuestion::high_load}) {
    const auto took = ask_often(*engine, question, options, times, limit_s, &Engine::ask_in_sql);
    fmt::print("sql\t{}\t{}\t{:.2f}\t{:.2f}\n", name, to_string(question), quantile(took, 0.5),
               quantile(took, 0.99));
  }
}

/// store_bench ingest ENGINE PLACE BARE_PLACE SAMPLES: from frames, and the same rows bare.
void ingest(const std::string& name, const std::string& place, const std::string& bare_place,
            double samples) {
  plants::TruckFleet fleet(fleet_of(samples));
  FrameMaker maker(fleet.tags());
  std::vector<std::string> frames;
  std::vector<plants::TruckFleet::Batch> batches;
  std::uint64_t count = 0;
  for (plants::TruckFleet::Batch batch; fleet.next(batch);) {
    frames.push_back(maker.frame(batch));
    count += samples_in(batch);
    batches.push_back(std::move(batch));
  }
  const auto store = value_or_die(open_store(name, place));
  FrameTaker taker(*store);
  or_die(taker.begin(fleet.tags()));
  auto start = Clock::now();
  for (const std::string& frame : frames) or_die(taker.take(maker.topic(), frame));
  or_die(taker.finish());
  const double ours = static_cast<double>(count) / seconds_since(start);
  start = Clock::now();
  or_die(name == "duckdb" ? insert_bare_duckdb(bare_place, batches)
                          : insert_bare_clickhouse(bare_place, fleet.tags(), batches));
  const double bare = static_cast<double>(count) / seconds_since(start);
  fmt::print("ingest\t{}\t{}\t{:.0f}\t{:.0f}\t{:.2f}\n", name, count, ours, bare, ours / bare);
}

/// store_bench grow ENGINE PLACE SAMPLES…: at each size, the rate of what was added last and the
/// questions.
void grow(const std::string& name, const std::string& place, const std::vector<double>& sizes) {
  const auto store = value_or_die(open_store(name, place));
  plants::TruckFleet fleet(fleet_of(sizes.back()));
  FrameMaker maker(fleet.tags());
  FrameTaker taker(*store);
  or_die(taker.begin(fleet.tags()));
  constexpr std::uint64_t measured = 1'000'000;
  plants::TruckFleet::Batch batch;
  std::uint64_t count = 0;
  for (const double size : sizes) {
    const auto until = static_cast<std::uint64_t>(size);
    while (count + measured < until && fleet.next(batch)) {
      or_die(taker.take(maker.topic(), maker.frame(batch)));
      count += samples_in(batch);
    }
    or_die(taker.finish());
    std::vector<std::string> frames;
    std::uint64_t last = 0;
    while (last < measured && fleet.next(batch)) {
      frames.push_back(maker.frame(batch));
      last += samples_in(batch);
    }
    count += last;
    const auto start = Clock::now();
    for (const std::string& frame : frames) or_die(taker.take(maker.topic(), frame));
    or_die(taker.finish());
    fmt::print("grow\t{}\t{:.0f}\tingest\t{:.0f}\n", name, size,
               static_cast<double>(last) / seconds_since(start));
    const auto engine = borrow(*store);
    for (const IotQuestion question : hub::questions::all_iot_questions()) {
      const auto took = ask_often(*engine, question, fleet_of(size), 5, 20);
      fmt::print("grow\t{}\t{:.0f}\t{}\t{:.3f}\n", name, size, to_string(question),
                 quantile(took, 0.5));
    }
    std::fflush(stdout);
  }
}

/// store_bench keep PLACE SAMPLES
void keep(const std::string& place, double samples) {
  const KeepFigures f = value_or_die(measure_keeping(place, samples));
  fmt::print("keep\t{}\t{:.1f}\t{:.2f}\t{:.1f}\t{:.1f}\t{}\t{:.1f}\t{:.1f}\t{:.1f}\n", f.archived,
             f.took_s, f.file_bytes / static_cast<double>(f.archived), f.alone_p50_ms,
             f.alone_max_ms, f.commits, f.beside_p50_ms, f.beside_p99_ms, f.beside_max_ms);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const std::string what = args.empty() ? "" : args[0];
  if (what == "load" && args.size() == 4) {
    load(args[1], args[2], std::stod(args[3]));
  } else if (what == "ask" && args.size() == 6) {
    ask(args[1], args[2], std::stod(args[3]), std::stoul(args[4]), std::stod(args[5]));
  } else if (what == "ingest" && args.size() == 5) {
    ingest(args[1], args[2], args[3], std::stod(args[4]));
  } else if (what == "keep" && args.size() == 3) {
    keep(args[1], std::stod(args[2]));
  } else if (what == "grow" && args.size() >= 4) {
    std::vector<double> sizes;
    for (std::size_t i = 3; i < args.size(); ++i) sizes.push_back(std::stod(args[i]));
    grow(args[1], args[2], sizes);
  } else {
    fmt::print(stderr, "usage: store_bench load|ask|ingest|grow …; see bench/run/store.sh\n");
    return 2;
  }
  return 0;
}
