#pragma once

// For tests: the semantics written from their definition, plain and slow, without panes, trees or
// compiled code. Shares nothing with the engine but the vocabulary.

#include <algorithm>
#include <cmath>
#include <complex>
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
#include "telemetry/schema.hpp"

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

/// The smallest number with at least the part q of all at or below it.
inline double quantile(const Window& w, double q) {
  std::vector<double> sorted;
  for (const Point& p : w) sorted.push_back(p.value);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t k = 1; k < sorted.size(); ++k)
    if (static_cast<double>(k) / static_cast<double>(sorted.size()) >= q) return sorted[k - 1];
  return sorted.back();
}
inline double ewma(const Window& w, Duration half_life) {
  long double weights = 0;
  long double sum = 0;
  for (const Point& p : w) {
    const auto age = static_cast<long double>((w.back().time - p.time).ns);
    const long double weight = std::exp2(-age / static_cast<long double>(half_life.ns));
    weights += weight;
    sum += weight * (p.value - static_cast<long double>(w.front().value));
  }
  return static_cast<double>(w.front().value + sum / weights);
}
/// Of the samples that have the same time, the first with the first, the second with the second.
inline double corr(const Window& x, const Window& y) {
  Window px, py;
  for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    if (x[i].time == y[j].time) {
      px.push_back(x[i++]);
      py.push_back(y[j++]);
    } else {
      ++(x[i].time < y[j].time ? i : j);
    }
  }
  if (px.empty() || constant(px) || constant(py)) return missing;
  long double sum = 0;
  for (std::size_t i = 0; i < px.size(); ++i) sum += deviation(px, px[i]) * deviation(py, py[i]);
  return static_cast<double>(sum / static_cast<long double>(px.size()) /
                             std::sqrt(central(px, 2) * central(py, 2)));
}

struct Feature {
  std::string function;
  SignalId signal;
  Duration width;
  bool mixed = false;                            ///< of all versions of the signal
  std::optional<SignalId> other = std::nullopt;  ///< second signal of corr
  double q = 0.5;
  Duration half_life = {};
  double low_hz = 0, high_hz = 0;
  telemetry::Waveform waveform = {};
};

/// What of equally spaced samples is in a band, squared and summed, by the definition of the
/// Fourier transform; or what of the band's envelope without its mean.
inline long double band_energy(const Window& w, const Feature& feature) {
  using Number = std::complex<long double>;
  const std::size_t n = w.size();
  const auto size = static_cast<long double>(n);
  const long double step = 2 * std::acos(-1.0L) / size;
  const double rate = feature.waveform.rate_hz;
  long double energy = 0;
  std::vector<Number> analytic(n);
  for (std::size_t k = 0; 2 * k <= n; ++k) {
    const double hz = static_cast<double>(k) * rate / static_cast<double>(n);
    const bool last = 2 * k == n && 2 * feature.high_hz == rate;
    if (hz < feature.low_hz || (hz >= feature.high_hz && !last)) continue;
    Number line;
    for (std::size_t i = 0; i < n; ++i)
      line += std::polar<long double>(w[i].value, -step * static_cast<long double>(i * k % n));
    const bool single = k == 0 || 2 * k == n;
    energy += std::norm(line) / size * (single ? 1 : 2);
    for (std::size_t i = 0; i < n && !single; ++i)
      analytic[i] +=
          2 / size * line * std::polar<long double>(1, step * static_cast<long double>(i * k % n));
  }
  if (feature.function == "band") return energy;
  long double mean = 0;
  for (const Number& z : analytic) mean += std::abs(z) / size;
  long double envelope = 0;
  for (const Number& z : analytic) envelope += std::pow(std::abs(z) - mean, 2);
  return envelope;
}
inline double band(const Window& w, const Feature& feature) {
  const double period = 1e9 / feature.waveform.rate_hz;
  long double energy = 0;
  std::size_t samples = 0;
  for (std::size_t begin = 0, end = 0; begin < w.size(); begin = end) {
    for (end = begin + 1; end < w.size(); ++end) {
      const auto gap = static_cast<double>((w[end].time - w[end - 1].time).ns);
      if (gap < 0.9 * period || gap > 1.1 * period) break;
    }
    if (end - begin < feature.waveform.length) continue;
    energy += band_energy({w.begin() + static_cast<std::ptrdiff_t>(begin),
                           w.begin() + static_cast<std::ptrdiff_t>(end)},
                          feature);
    samples += end - begin;
  }
  return samples == 0 ? missing : static_cast<double>(std::sqrt(energy / samples));
}

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
    const auto count = [&](SignalId signal) {
      const auto found = newest_of_.find(signal.value);
      const Time seen = found == newest_of_.end() ? *earliest_ : *found->second;
      if ((*newest_ - seen) <= options_.idle) lowest = std::min(lowest.value_or(seen), seen);
    };
    for (const Feature& feature : features_) {
      count(feature.signal);
      if (feature.other) count(*feature.other);
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
  Window known(const Feature& feature, SignalId signal, Time tick) const {
    const auto found = kept_.find(signal.value);
    Window all = found == kept_.end() ? Window{} : found->second;
    while (!all.empty() && all.back().time > tick) all.pop_back();
    auto begin = all.end();
    while (begin != all.begin() &&
           (feature.mixed || std::prev(begin)->version == all.back().version))
      --begin;
    return {begin, all.end()};
  }

  double value(const Feature& feature, Time tick) const {
    const Window all = known(feature, feature.signal, tick);
    if (feature.function == "lag") {
      double last = missing;
      for (const Point& p : all)
        if (p.time <= tick - feature.width) last = p.value;
      return last;
    }
    const auto cut = [&](const Window& samples) {
      Window window;
      for (const Point& p : samples)
        if (p.time > tick - feature.width) window.push_back(p);
      return window;
    };
    const Window window = cut(all);
    if (window.empty()) return feature.function == "count" ? 0 : missing;
    if (feature.function == "median") return quantile(window, 0.5);
    if (feature.function == "quantile") return quantile(window, feature.q);
    if (feature.function == "ewma") return ewma(window, feature.half_life);
    if (feature.function == "corr") return corr(window, cut(known(feature, *feature.other, tick)));
    if (feature.function == "band" || feature.function == "envelope_rms")
      return band(window, feature);
    return functions().at(feature.function)(window);
  }

  std::vector<Feature> features_;
  Options options_;
  std::map<std::uint32_t, Window> kept_;
  std::map<std::uint32_t, std::optional<Time>> newest_of_;
  std::optional<Time> newest_, earliest_, last_tick_;
};

}  // namespace wayside::features::reference
