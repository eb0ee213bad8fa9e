#pragma once

// For tests: the semantics written from their definition, plain and slow, without panes, trees or
// compiled code. Shares nothing with the engine but the vocabulary.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "telemetry/sample.hpp"

namespace wayside::features::reference {

struct Arrival {
  SignalId signal;
  Time time;
  double value = 0;
  telemetry::Quality quality = telemetry::Quality::good;
  std::uint32_t version = 1;
};

struct Point {
  Time time;
  double value = 0;
  std::uint32_t version = 1;
};
/// The samples of a window in time order, equal times in arrival order.
using Window = std::vector<Point>;

struct Row {
  Time time;
  std::vector<double> values;
};

inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

inline long double mean(const Window& w, const std::function<long double(const Point&)>& f) {
  long double sum = 0;
  for (const Point& p : w) sum += f(p);
  return sum / static_cast<long double>(w.size());
}
inline long double mean(const Window& w) {
  return mean(w, [](const Point& p) { return p.value; });
}
/// p minus the mean, by way of the first value: exact for small spreads on large offsets, too.
inline long double deviation(const Window& w, const Point& p) {
  const long double first = w.front().value;
  return p.value - first - mean(w, [&](const Point& q) { return q.value - first; });
}
inline long double central(const Window& w, int power) {
  const long double first = w.front().value;
  const long double m = mean(w, [&](const Point& p) { return p.value - first; });
  return mean(w, [&](const Point& p) { return std::pow(p.value - first - m, power); });
}
inline double slope(const Window& w) {
  const long double mx = mean(w);
  const auto seconds = [&](const Point& p) {
    return static_cast<long double>((p.time - w.front().time).ns) / 1e9L;
  };
  const long double mt = mean(w, seconds);
  const auto stt = mean(w, [&](const Point& p) { return std::pow(seconds(p) - mt, 2); });
  const auto stx = mean(w, [&](const Point& p) { return (seconds(p) - mt) * (p.value - mx); });
  return stt == 0 ? missing : static_cast<double>(stx / stt);
}
inline double rms(const Window& w) {
  return static_cast<double>(std::sqrt(
      mean(w, [](const Point& p) { return static_cast<long double>(p.value) * p.value; })));
}
inline double peak(const Window& w) {
  double best = 0;
  for (const Point& p : w) best = std::max(best, std::fabs(p.value));
  return best;
}
inline double extreme(const Window& w, bool largest) {
  double best = w.front().value;
  for (const Point& p : w) best = largest ? std::max(best, p.value) : std::min(best, p.value);
  return best;
}
inline bool constant(const Window& w) {
  return extreme(w, true) == extreme(w, false);
}
inline double rate(const Window& w) {
  const double span = static_cast<double>((w.back().time - w.front().time).ns) / 1e9;
  return span == 0 ? missing : (w.back().value - w.front().value) / span;
}
inline double sigma(const Window& w) {
  return std::sqrt(static_cast<double>(central(w, 2)));
}

using Function = std::function<double(const Window&)>;
/// Each of a window that is not empty.
inline const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> table{
      {"count", [](const Window& w) { return static_cast<double>(w.size()); }},
      {"sum", [](const Window& w) { return static_cast<double>(mean(w) * w.size()); }},
      {"mean", [](const Window& w) { return static_cast<double>(mean(w)); }},
      {"var", [](const Window& w) { return static_cast<double>(central(w, 2)); }},
      {"std", [](const Window& w) { return static_cast<double>(sigma(w)); }},
      {"min", [](const Window& w) { return extreme(w, false); }},
      {"max", [](const Window& w) { return extreme(w, true); }},
      {"range", [](const Window& w) { return extreme(w, true) - extreme(w, false); }},
      {"first", [](const Window& w) { return w.front().value; }},
      {"last", [](const Window& w) { return w.back().value; }},
      {"delta", [](const Window& w) { return w.back().value - w.front().value; }},
      {"rate", rate},
      {"slope", slope},
      {"rms", rms},
      {"peak", peak},
      {"crest", [](const Window& w) { return rms(w) == 0 ? missing : peak(w) / rms(w); }},
      {"skewness",
       [](const Window& w) {
         return constant(w) ? missing
                            : static_cast<double>(central(w, 3) / std::pow(central(w, 2), 1.5L));
       }},
      {"kurtosis",
       [](const Window& w) {
         return constant(w) ? missing
                            : static_cast<double>(central(w, 4) / std::pow(central(w, 2), 2));
       }},
      {"zscore",
       [](const Window& w) {
         return constant(w) ? missing : static_cast<double>(deviation(w, w.back()) / sigma(w));
       }},
  };
  return table;
}

struct Feature {
  std::string function;
  SignalId signal;
  Duration width;
  bool mixed = false;  ///< of all versions of the signal
};

struct Options {
  Duration every;
  Duration lateness;
  Duration idle;
};

class Engine {
 public:
  Engine(std::vector<Feature> features, Options options)
      : features_(std::move(features)), options_(options) {}

  /// Rows of the ticks that the arrival makes due.
  std::vector<Row> push(const Arrival& a) {
    newest_ = std::max(newest_.value_or(a.time), a.time);
    if (!last_tick_) earliest_ = std::min(earliest_.value_or(a.time), a.time);
    auto& seen = newest_of_[a.signal.value];
    seen = std::max(seen.value_or(a.time), a.time);
    const bool late = last_tick_ && a.time <= *last_tick_;
    if (!late && a.quality == telemetry::Quality::good && std::isfinite(a.value)) {
      auto& kept = kept_[a.signal.value];
      auto at = kept.end();  // after all that are not younger
      while (at != kept.begin() && std::prev(at)->time > a.time) --at;
      kept.insert(at, {a.time, a.value, a.version});
    }
    return rows_until(watermark());
  }
  std::vector<Row> finish() { return newest_ ? rows_until(*newest_) : std::vector<Row>{}; }

 private:
  Time watermark() const {
    std::optional<Time> lowest;
    for (const Feature& feature : features_) {
      const auto found = newest_of_.find(feature.signal.value);
      const Time seen = found == newest_of_.end() ? *earliest_ : *found->second;
      if ((*newest_ - seen) > options_.idle) continue;
      lowest = std::min(lowest.value_or(seen), seen);
    }
    return lowest.value_or(*newest_) - options_.lateness;
  }

  std::vector<Row> rows_until(Time end) {
    std::vector<Row> rows;
    while (true) {
      Time tick = last_tick_ ? *last_tick_ + options_.every : floor_to(*earliest_, options_.every);
      if (tick < *earliest_) tick = tick + options_.every;
      if (tick > end) return rows;
      Row row{tick, {}};
      for (const Feature& feature : features_) row.values.push_back(value(feature, tick));
      rows.push_back(std::move(row));
      last_tick_ = tick;
    }
  }

  /// The signal's samples up to a tick that the feature may see.
  Window known(const Feature& feature, Time tick) const {
    const auto found = kept_.find(feature.signal.value);
    Window all = found == kept_.end() ? Window{} : found->second;
    while (!all.empty() && all.back().time > tick) all.pop_back();
    auto begin = all.end();
    while (begin != all.begin() &&
           (feature.mixed || std::prev(begin)->version == all.back().version))
      --begin;
    return {begin, all.end()};
  }

  double value(const Feature& feature, Time tick) const {
    const Window all = known(feature, tick);
    if (feature.function == "lag") {
      double last = missing;
      for (const Point& p : all)
        if (p.time <= tick - feature.width) last = p.value;
      return last;
    }
    Window window;
    for (const Point& p : all)
      if (p.time > tick - feature.width) window.push_back(p);
    if (window.empty()) return feature.function == "count" ? 0 : missing;
    return functions().at(feature.function)(window);
  }

  std::vector<Feature> features_;
  Options options_;
  std::map<std::uint32_t, Window> kept_;
  std::map<std::uint32_t, std::optional<Time>> newest_of_;
  std::optional<Time> newest_, earliest_, last_tick_;
};

}  // namespace wayside::features::reference
