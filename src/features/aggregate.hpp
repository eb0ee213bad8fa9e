#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "base/time.hpp"

namespace wayside::features {

/// What of a run of samples is kept, a set of `component` bits; the count always is. Every
/// component is computed by itself, so that its bits do not depend on which others are kept.
using Components = std::uint32_t;

namespace component {
inline constexpr Components sum = 1u << 0;
inline constexpr Components mean = 1u << 1;
inline constexpr Components m2 = 1u << 2;   ///< Σ(x − mean)²; needs mean
inline constexpr Components m34 = 1u << 3;  ///< Σ(x − mean)³ and ⁴; needs mean and m2
inline constexpr Components min = 1u << 4;
inline constexpr Components max = 1u << 5;
inline constexpr Components peak = 1u << 6;  ///< max |x|
inline constexpr Components first = 1u << 7;
inline constexpr Components last = 1u << 8;
inline constexpr Components square = 1u << 9;  ///< Σx²
inline constexpr Components slope = 1u
                                    << 10;  ///< Σ(t − mean t)², Σ(t − mean t)(x − mean); needs mean
inline constexpr Components ewma = 1u << 11;  ///< Σw, Σwx / Σw, the last time; see `decay`
inline constexpr Components pair = 1u << 12;  ///< mean y, Σ(y − mean)², Σ(x − mean x)(y − mean y)
                                              ///< of pairs (x, y); needs mean and m2
inline constexpr std::size_t count = 13;
}  // namespace component

/// Where the components stand in a node, a row of doubles whose first is the number of samples.
struct Layout {
  Components components = 0;
  std::array<std::uint8_t, component::count> offset{};
  std::size_t stride = 1;  ///< doubles a node
  Duration half_life;      ///< of the component ewma

  static constexpr std::size_t stride_max = 26;
  [[nodiscard]] static Layout of(Components components);
  /// Offset of one component, which must be kept.
  [[nodiscard]] std::size_t at(Components one) const;
  /// "mean m2 last", for people.
  [[nodiscard]] std::string describe() const;
};

/// A time rides in a node as its 64 bits.
[[nodiscard]] inline double pack_time(Time t) {
  return std::bit_cast<double>(t.ns);
}
[[nodiscard]] inline Time unpack_time(double d) {
  return {std::bit_cast<std::int64_t>(d)};
}
[[nodiscard]] inline double seconds_between(Time from, Time to) {
  return static_cast<double>((to - from).ns) * 1e-9;
}

/// 2^(−age / half-life): the weight of a sample in an exponentially weighted mean, relative to one
/// that is `age` younger.
[[nodiscard]] double decay(Duration age, Duration half_life);

/// Appends node `from` to node `into`, of which only `components` are looked at. Times in `from`
/// count from `shift_s` seconds after those in `into`. Chan, Golub and LeVeque (1983) for second
/// moments, Pébay (2008, SAND2008-6212) for the third, fourth and mixed.
void merge(const Layout& layout, Components components, double shift_s, const double* from,
           double* into);

enum class Statistic : std::uint8_t {
  count,
  sum,
  mean,
  var,
  std,
  min,
  max,
  range,
  first,
  last,
  delta,
  rate,
  slope,
  rms,
  peak,
  crest,
  skewness,
  kurtosis,
  zscore,
  ewma,
  corr,
};

/// The value of a window; NaN for an empty one but for `count`, and where the statistic has none.
[[nodiscard]] double value_of(Statistic statistic, const Layout& layout, const double* node);

}  // namespace wayside::features
