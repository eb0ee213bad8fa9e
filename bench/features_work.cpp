#include "features_work.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/rng.hpp"

namespace wayside::bench {

double cpu_seconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Data::Data(std::size_t seconds, Duration pause) : values(signal_count) {
  const std::size_t n = seconds * rate_hz;
  times.reserve(n);
  for (std::size_t i = 0; i < n; ++i)
    times.push_back(Time{} + milliseconds(static_cast<std::int64_t>(i) + 1) +
                    pause * static_cast<std::int64_t>(i / rate_hz));
  Rng rng(1);
  for (std::size_t s = 0; s < signal_count; ++s) {
    values[s].reserve(n);
    for (std::size_t i = 0; i < n; ++i)
      values[s].push_back(20.0 * static_cast<double>(s) +
                          3 * std::sin(static_cast<double>(i) * 1e-4) +
                          static_cast<double>(rng.below(1 << 20)) * 1e-6);
  }
}

namespace {

telemetry::Kind kind_of(std::size_t signals, bool waveforms) {
  telemetry::Kind kind{"rig", {}};
  for (std::size_t s = 0; s < signals; ++s) {
    telemetry::Signal signal;
    signal.name = fmt::format("s{}", s);
    signal.unit = std::string("1");
    if (waveforms) signal.waveform = telemetry::Waveform{rate_hz, rate_hz};
    kind.signals.push_back(std::move(signal));
  }
  return kind;
}

std::shared_ptr<const features::Plan> compile(
    const telemetry::Kind& kind, const std::vector<features::Definition>& definitions) {
  config::Diagnostics diagnostics;
  auto plan = features::Plan::compile(kind, definitions, {.every = every}, nullptr, diagnostics);
  if (!plan) fmt::print("{}\n", diagnostics.format());
  return plan;
}

}  // namespace

std::shared_ptr<const features::Plan> common_plan() {
  std::vector<features::Definition> definitions;
  for (std::size_t s = 0; s < signal_count; ++s)
    for (const int width : widths_s)
      for (const char* function : {"mean", "std", "min", "max"})
        definitions.push_back({fmt::format("{}_{}_{}", function, s, width),
                               fmt::format("{}(s{}, {}s)", function, s, width),
                               {"bench", 1, 1}});
  return compile(kind_of(signal_count, false), definitions);
}

std::shared_ptr<const features::Plan> plan_of(const std::string& feature, std::size_t signals,
                                              bool waveforms) {
  std::vector<features::Definition> definitions;
  for (std::size_t s = 0; s < signals; ++s)
    definitions.push_back({fmt::format("f{}", s),
                           fmt::format(fmt::runtime(feature), fmt::format("s{}", s)),
                           {"bench", 1, 1}});
  return compile(kind_of(signals, waveforms), definitions);
}

namespace {

/// As a careful programmer writes it: one pass for mean and extremes, one for the squares.
void window(const double* begin, const double* end, double* out) {
  double sum = 0, least = *begin, largest = *begin;
  for (const double* x = begin; x != end; ++x) {
    sum += *x;
    least = *x < least ? *x : least;
    largest = *x > largest ? *x : largest;
  }
  const double mean = sum / static_cast<double>(end - begin);
  double squares = 0;
  for (const double* x = begin; x != end; ++x) squares += (*x - mean) * (*x - mean);
  out[0] = mean;
  out[1] = std::sqrt(squares / static_cast<double>(end - begin));
  out[2] = least;
  out[3] = largest;
}

}  // namespace

Table recompute(const Data& data, std::size_t first_tick, std::size_t end_tick) {
  Table table(columns * (end_tick - first_tick));
  double* out = table.data();
  for (std::size_t tick = first_tick; tick < end_tick; ++tick) {
    const std::size_t end = (tick + 1) * samples_a_tick;
    for (const std::vector<double>& values : data.values)
      for (const int width : widths_s) {
        const std::size_t n = std::min(end, static_cast<std::size_t>(width) * rate_hz);
        window(values.data() + end - n, values.data() + end, out);
        out += 4;
      }
  }
  return table;
}

}  // namespace wayside::bench
