// Laws of the engine over random plans, streams, arrival orders and start times.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.hpp"
#include "features/testing.hpp"

namespace wayside::features {
namespace {

using namespace testing;
using reference::Feature;
using telemetry::Quality;

constexpr Duration widths[] = {milliseconds(100),  milliseconds(700), seconds(1), seconds(3),
                               milliseconds(7500), seconds(20),       minutes(1)};
constexpr Duration grids[] = {milliseconds(100), milliseconds(700), seconds(1), seconds(5)};

template <class T, std::size_t n>
T any_of(Rng& rng, const T (&values)[n]) {
  return values[rng.below(n)];
}

/// `c` is a waveform.
constexpr telemetry::Waveform waveform{10, 4};
telemetry::Kind kind() {
  telemetry::Kind kind = three_signals();
  kind.signals[c.index()].waveform = waveform;
  return kind;
}
std::shared_ptr<const Plan> compiled(const std::vector<std::string>& texts,
                                     const PlanOptions& options) {
  return plan_of(texts, options, kind());
}

Feature any_feature(Rng& rng, bool with_lag) {
  std::vector<std::string> names{"median", "quantile", "ewma", "corr", "band", "envelope_rms"};
  for (const auto& [name, function] : reference::functions()) names.push_back(name);
  if (with_lag) names.emplace_back("lag");
  Feature feature{names[rng.below(names.size())],
                  SignalId{static_cast<std::uint32_t>(rng.below(3))}, any_of(rng, widths)};
  const double parts[] = {0, 0.07, 0.5, 0.95, 1};
  feature.q = any_of(rng, parts);
  feature.half_life = any_of(rng, widths);
  feature.mixed = rng.below(4) == 0;
  if (feature.function == "corr")
    feature.other = SignalId{static_cast<std::uint32_t>(rng.below(3))};
  if (feature.function == "band" || feature.function == "envelope_rms") {
    feature.signal = c;
    feature.width = std::max(feature.width, milliseconds(700));
    feature.waveform = waveform;
    const double bands[] = {0, 2.5, 5};
    const auto band = rng.below(2);
    feature.low_hz = bands[band];
    feature.high_hz = bands[band + 1];
  }
  return feature;
}

std::vector<Feature> any_features(Rng& rng, std::size_t count, bool with_lag) {
  std::vector<Feature> features;
  features.reserve(count);
  for (std::size_t i = 0; i < count; ++i) features.push_back(any_feature(rng, with_lag));
  return features;
}

std::string text_of(const Feature& f) {
  std::string args(1, "abc"[f.signal.index()]);
  if (f.other) args += fmt::format(", {}", "abc"[f.other->index()]);
  if (f.function == "quantile") args += fmt::format(", {}", f.q);
  if (f.high_hz > 0) args += fmt::format(", {}Hz, {}Hz", f.low_hz, f.high_hz);
  args += fmt::format(", {}", format_duration(f.width));
  if (f.function == "ewma") args += fmt::format(", {}", format_duration(f.half_life));
  return fmt::format("{}({}{})", f.function, args, f.mixed ? ", mixed" : "");
}
std::vector<std::string> text_of(const std::vector<Feature>& features) {
  std::vector<std::string> texts;
  texts.reserve(features.size());
  for (const Feature& f : features) texts.push_back(text_of(f));
  return texts;
}

/// In time order and with distinct times; now and then a pause, a burst, a bad sample or a change
/// of a sensor.
std::vector<Arrival> any_stream(Rng& rng, std::size_t count) {
  const double offsets[] = {0, 90, 1e4};
  const double offset = any_of(rng, offsets);
  const bool changes = rng.below(2) == 0;
  std::uint32_t versions[] = {1, 1, 1};
  std::vector<Arrival> arrivals;
  std::int64_t now = static_cast<std::int64_t>(rng.below(200)) * 1'000'000'000 - 100'000'000'000;
  for (std::size_t i = 0; i < count; ++i) {
    const auto kind = rng.below(20);
    const std::int64_t longest = kind == 0 ? 90'000'000'000 : kind < 8 ? 20'000'000 : 2'000'000'000;
    // Half of the steps are whole, so that samples fall on ticks and on the ends of windows.
    now += 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(longest)));
    if (rng.below(2) == 0) now = floor_to({now}, milliseconds(100)).ns + 100'000'000;
    Arrival arrival{SignalId{static_cast<std::uint32_t>(rng.below(3))},
                    {now},
                    offset + rng.normal(),
                    Quality::good};
    std::uint32_t& version = versions[arrival.signal.value];
    if (changes && rng.below(25) == 0) version = 1 + static_cast<std::uint32_t>(rng.below(3));
    arrival.version = version;
    if (rng.below(30) == 0) arrival.quality = Quality::out_of_range;
    if (rng.below(30) == 0) arrival.value = std::numeric_limits<double>::quiet_NaN();
    arrivals.push_back(arrival);
    // Now and then a pair, not at a tick, which the first alone may make due; and a run of the
    // waveform, some with a hole.
    if (arrival.signal == a && now % 100'000'000 != 0 && rng.below(2) == 0)
      arrivals.push_back({b, arrival.time, offset + arrival.value + rng.normal(), Quality::good,
                          versions[b.value]});
    for (std::size_t n = arrival.signal == c ? rng.below(9) : 0; n > 0; --n) {
      now += 100'000'000 + static_cast<std::int64_t>(rng.below(1'000'000));
      if (rng.below(20) == 0) now += 50'000'000;
      arrivals.push_back({c, {now}, offset + rng.normal(), Quality::good, version});
    }
  }
  return arrivals;
}

/// Another arrival order in which no sample comes more than `most` after a younger one.
std::vector<Arrival> delayed(std::vector<Arrival> arrivals, Rng& rng, Duration most) {
  std::vector<std::pair<std::int64_t, Arrival>> keyed;
  keyed.reserve(arrivals.size());
  for (const Arrival& a : arrivals)
    keyed.emplace_back(
        a.time.ns + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most.ns) + 1)),
        a);
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  for (std::size_t i = 0; i < keyed.size(); ++i) arrivals[i] = keyed[i].second;
  return arrivals;
}

PlanOptions any_options(Rng& rng) {
  PlanOptions options;
  options.every = any_of(rng, grids);
  options.lateness = milliseconds(static_cast<std::int64_t>(rng.below(4)) * 1500);
  if (rng.below(2) == 0) options.idle = seconds(1 + static_cast<std::int64_t>(rng.below(30)));
  return options;
}

bool close(const Feature& feature, double x, double y, double scale) {
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
  if (feature.function == "median" || feature.function == "quantile")
    return std::fabs(x - y) <= 0.01 * std::fabs(y);
  // A root of a sum that cancels: of what is left over of the offset.
  if (feature.function == "envelope_rms" && std::fabs(x - y) <= 1e-7 * scale && y < 1e-6 * scale)
    return true;
  return std::fabs(x - y) <= 1e-9 * std::max(std::fabs(x), std::fabs(y)) + 1e-11 * scale;
}

RC_GTEST_PROP(EngineLaws, AgreesWithThePlainReference, (std::uint64_t seed)) {
  Rng rng(seed);
  const PlanOptions options = any_options(rng);
  const auto features = any_features(rng, 1 + rng.below(8), true);
  // Some samples are delayed beyond the lateness and become late.
  const auto arrivals = delayed(any_stream(rng, 150), rng, options.lateness + milliseconds(300));
  double scale = 1;
  for (const Arrival& a : arrivals)
    if (std::isfinite(a.value)) scale = std::max(scale, std::fabs(a.value));

  reference::Engine plain(features,
                          {options.every, options.lateness,
                           options.idle.value_or(std::max(options.every * 5, seconds(5)))});
  AssetEngine engine(compiled(text_of(features), options));
  const auto check = [&](const std::vector<Row>& expected) {
    std::vector<Row> rows;
    fetch(engine, rows);
    RC_ASSERT(rows.size() == expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RC_ASSERT(rows[i].time == expected[i].time);
      for (std::size_t f = 0; f < features.size(); ++f)
        if (!close(features[f], rows[i].values[f], expected[i].values[f], scale))
          RC_FAIL(fmt::format("{} at {}: {} instead of {}", text_of(features)[f],
                              format_time(rows[i].time), rows[i].values[f], expected[i].values[f]));
    }
  };
  for (const Arrival& arrival : arrivals) {
    engine.push(arrival.signal, arrival.time, arrival.value, arrival.quality, arrival.version);
    check(plain.push(arrival));
  }
  engine.finish();
  check(plain.finish());
}

RC_GTEST_PROP(EngineLaws, ArrivalOrderWithinTheLatenessChangesNoBit, (std::uint64_t seed)) {
  Rng rng(seed);
  PlanOptions options = any_options(rng);
  const auto plan = compiled(text_of(any_features(rng, 6, true)), options);
  const auto ordered = any_stream(rng, 300);
  // The watermark stands at newest − lateness, and what comes after it must be younger.
  const Duration most{std::max<std::int64_t>(0, options.lateness.ns - 1)};
  const auto expected = replay(plan, ordered);
  const auto rows = replay(plan, delayed(ordered, rng, most));
  RC_ASSERT(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RC_ASSERT(rows[i].time == expected[i].time);
    RC_ASSERT(same_bits(rows[i].values, expected[i].values));
  }
}

/// While b holds the tick back, a's windows are read ahead of it; what of a still comes for the
/// tick, after a younger sample of a, counts as if it had come in time.
RC_GTEST_PROP(EngineLaws, ASampleAfterItsWindowWasReadAheadChangesNoBit, (std::uint64_t seed)) {
  Rng rng(seed);
  PlanOptions options = any_options(rng);
  options.idle = seconds(30);
  options.lateness = {};
  auto features = text_of(any_features(rng, 7, true));
  features.emplace_back("count(b, 1s)");  // or b would hold nothing back
  const auto plan = compiled(features, options);
  std::vector<Arrival> ordered;
  std::vector<Arrival> mixed;
  Arrival next = at(100, rng.normal());
  std::uint32_t version = 1;
  for (Time tick = floor_to(next.time, options.every) + options.every; ordered.size() < 300;
       tick = tick + options.every) {
    std::vector<Arrival> period;
    for (; next.time <= tick; next = {a, next.time, rng.normal(), Quality::good}) {
      if (rng.below(20) == 0) version = 3 - version;
      next.version = version;
      period.push_back(next);
      next.time = next.time + nanoseconds(1 + static_cast<std::int64_t>(rng.below(900'000'000)));
    }
    const Arrival end{b, tick, rng.normal(), Quality::good};
    ordered.insert(ordered.end(), period.begin(), period.end());
    ordered.push_back(end);
    for (std::size_t i = period.size(); i > 1; --i) std::swap(period[i - 1], period[rng.below(i)]);
    // A bad sample, too, moves a's time beyond the tick.
    mixed.push_back({a, tick + nanoseconds(1), 0, Quality::bad});
    mixed.insert(mixed.end(), period.begin(), period.end());
    mixed.push_back(end);
  }
  const auto expected = replay(plan, ordered);
  const auto rows = replay(plan, mixed);
  RC_ASSERT(rows.size() >= expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT(rows[i].time == expected[i].time);
    RC_ASSERT(same_bits(rows[i].values, expected[i].values));
  }
}

RC_GTEST_PROP(EngineLaws, ReplayOfWhatWasStoredEqualsOnline, (std::uint64_t seed)) {
  Rng rng(seed);
  PlanOptions options = any_options(rng);
  options.reorder_samples_max = 4 + rng.below(40);
  const auto plan = compiled(text_of(any_features(rng, 6, true)), options);
  // Beyond the lateness and beyond the buffer.
  const auto arrivals = delayed(any_stream(rng, 300), rng, options.lateness + seconds(2));
  AssetEngine engine(plan);
  std::vector<Row> online;
  std::vector<Arrival> stored;
  for (Arrival arrival : arrivals) {
    arrival.quality =
        engine.push(arrival.signal, arrival.time, arrival.value, arrival.quality, arrival.version);
    stored.push_back(arrival);
    fetch(engine, online);
  }
  engine.finish();
  fetch(engine, online);
  const auto rows = replay(plan, stored);
  RC_ASSERT(rows.size() == online.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RC_ASSERT(rows[i].time == online[i].time);
    RC_ASSERT(same_bits(rows[i].values, online[i].values));
  }
}

RC_GTEST_PROP(EngineLaws, ASmallReorderBufferChangesNoBitOfAnOrderedStream, (std::uint64_t seed)) {
  Rng rng(seed);
  PlanOptions options = any_options(rng);
  const auto features = text_of(any_features(rng, 6, true));
  const auto arrivals = any_stream(rng, 300);
  const auto expected = replay(compiled(features, options), arrivals);
  options.reorder_samples_max = 4;
  const auto rows = replay(compiled(features, options), arrivals);
  RC_ASSERT(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    RC_ASSERT(same_bits(rows[i].values, expected[i].values));
}

RC_GTEST_PROP(EngineLaws, AFeatureDoesNotDependOnTheFeaturesBesideIt, (std::uint64_t seed)) {
  Rng rng(seed);
  const PlanOptions options = any_options(rng);
  const auto arrivals = any_stream(rng, 200);
  auto features = text_of(any_features(rng, 8, true));
  const auto together = replay(compiled(features, options), arrivals);
  for (std::size_t f = 0; f < features.size(); ++f) {
    const auto alone = replay(compiled({features[f]}, options), arrivals);
    RC_ASSERT(alone.size() == together.size());
    for (std::size_t i = 0; i < alone.size(); ++i)
      RC_ASSERT(same_bits(alone[i].values[0], together[i].values[f]));
  }
}

RC_GTEST_PROP(EngineLaws, AWindowDoesNotDependOnWhenTheEngineStarted, (std::uint64_t seed)) {
  Rng rng(seed);
  const PlanOptions options = any_options(rng);
  const auto plan = compiled(text_of(any_features(rng, 6, false)), options);
  const auto arrivals = any_stream(rng, 300);
  const auto start = static_cast<std::ptrdiff_t>(rng.below(200));
  const auto whole = replay(plan, arrivals);
  const auto rows = replay(plan, {arrivals.begin() + start, arrivals.end()});
  const Time full = arrivals[static_cast<std::size_t>(start)].time + minutes(1);
  std::size_t at = 0;
  for (const Row& row : rows) {
    if (row.time < full) continue;
    while (whole[at].time < row.time) ++at;
    RC_ASSERT(whole[at].time == row.time);
    RC_ASSERT(same_bits(whole[at].values, row.values));
  }
  RC_ASSERT(rows.empty() || rows.back().time == whole.back().time);
}

RC_GTEST_PROP(EngineLaws, ARestartWithTheSamplesWithinReachChangesNoBit, (std::uint64_t seed)) {
  Rng rng(seed);
  PlanOptions options = any_options(rng);
  options.idle = options.idle.value_or(std::max(options.every * 5, seconds(5)));
  const auto plan = compiled(text_of(any_features(rng, 6, false)), options);
  const auto arrivals = delayed(any_stream(rng, 300), rng, options.lateness);
  const std::size_t stop = 100 + rng.below(150);
  AssetEngine whole(plan);
  std::vector<Row> expected;
  std::vector<Arrival> stored;
  for (Arrival arrival : arrivals) {
    if (stored.size() == stop) expected.clear();
    arrival.quality =
        whole.push(arrival.signal, arrival.time, arrival.value, arrival.quality, arrival.version);
    stored.push_back(arrival);
    fetch(whole, expected);
  }
  // All that a window can hold at a tick to come, and what the watermark depends on.
  const Duration reach = minutes(1) + options.lateness + *options.idle + options.every * 2;
  Time newest = Time::min();
  for (std::size_t i = 0; i < stop; ++i) newest = std::max(newest, arrivals[i].time);
  // From the last sample before it on: ticks without samples are not to be missing either.
  Time begin = Time::min();
  for (std::size_t i = 0; i < stop; ++i)
    if (arrivals[i].time <= newest - reach) begin = std::max(begin, arrivals[i].time);
  AssetEngine fresh(plan);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (i == stop) rows.clear();
    const Arrival& arrival = i < stop ? stored[i] : arrivals[i];
    if (i < stop && arrival.time < begin) continue;
    const Quality quality =
        fresh.push(arrival.signal, arrival.time, arrival.value, arrival.quality, arrival.version);
    RC_ASSERT(i < stop || quality == stored[i].quality);
    fetch(fresh, rows);
  }
  RC_ASSERT(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RC_ASSERT(rows[i].time == expected[i].time);
    RC_ASSERT(same_bits(rows[i].values, expected[i].values));
  }
}

/// One signal after the other, in runs of up to 60 samples, each a little behind or before the
/// others; mostly in time order.
std::vector<std::vector<Arrival>> any_runs(Rng& rng, std::size_t count) {
  const std::uint64_t steps[] = {1'000'000, 30'000'000, 400'000'000};
  const std::uint64_t step = any_of(rng, steps);
  std::vector<std::vector<Arrival>> runs(count);
  std::int64_t now[] = {0, 0, 0};
  for (std::vector<Arrival>& run : runs) {
    const auto signal = static_cast<std::uint32_t>(rng.below(3));
    std::int64_t& at = now[signal];
    if (rng.below(3) == 0) at = std::max({now[0], now[1], now[2]});
    const auto version = 1 + static_cast<std::uint32_t>(rng.below(8) == 0);
    for (std::size_t n = 1 + rng.below(60); n > 0; --n) {
      at += static_cast<std::int64_t>(rng.below(step));
      if (rng.below(3) == 0) at = floor_to({at}, milliseconds(100)).ns + 100'000'000;
      if (rng.below(200) == 0) at += 40'000'000'000;
      Arrival arrival{{signal}, {at}, rng.normal(), Quality::good, version};
      if (rng.below(50) == 0) arrival.time.ns -= static_cast<std::int64_t>(rng.below(10 * step));
      if (rng.below(50) == 0) arrival.quality = Quality::out_of_range;
      if (rng.below(50) == 0) arrival.value = std::numeric_limits<double>::infinity();
      if (rng.below(500) == 0) arrival.time = Time::max();
      run.push_back(arrival);
    }
  }
  return runs;
}

RC_GTEST_PROP(EngineLaws, ARunAtOnceEqualsItsSamplesOneAfterTheOther, (std::uint64_t seed)) {
  Rng rng(seed);
  PlanOptions options = any_options(rng);
  options.reorder_samples_max = 4 + rng.below(100);
  const auto plan = compiled(text_of(any_features(rng, 5, true)), options);
  AssetEngine one(plan);
  AssetEngine block(plan);
  std::vector<double> values(plan->names().size());
  for (const std::vector<Arrival>& run : any_runs(rng, 30)) {
    std::vector<Row> expected;
    std::vector<Time> times;
    std::vector<double> samples;
    std::vector<Quality> qualities;
    for (const Arrival& a : run) {
      one.push(a.signal, a.time, a.value, a.quality, a.version);
      fetch(one, expected);
      times.push_back(a.time);
      samples.push_back(a.value);
      qualities.push_back(a.quality);
    }
    std::vector<Row> rows;
    block.push({run[0].signal, times, samples, qualities, run[0].version}, values, [&](Time tick) {
      rows.push_back({tick, values});
    });
    RC_ASSERT(rows.size() == expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RC_ASSERT(rows[i].time == expected[i].time);
      RC_ASSERT(same_bits(rows[i].values, expected[i].values));
    }
  }
  const AssetEngine::Counters x = one.counters();
  const AssetEngine::Counters y = block.counters();
  RC_ASSERT(x.late == y.late && x.left_out == y.left_out && x.unordered == y.unordered &&
            x.skipped_ticks == y.skipped_ticks && x.version_changes == y.version_changes);
}

}  // namespace
}  // namespace wayside::features
