#pragma once

#include <array>
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
inline constexpr std::size_t count = 11;
}  // namespace component

/// Where the components stand in a node, a row of doubles whose first is the number of samples.
struct Layout {
  Components components = 0;
  std::array<std::uint8_t, component::count> offset{};
  std::size_t stride = 1;  ///< doubles a node

  static constexpr std::size_t stride_max = 19;
  [[nodiscard]] static Layout of(Components components);
  /// Offset of one component, which must be kept.
  [[nodiscard]] std::size_t at(Components one) const;
  /// "mean m2 last", for people.
  [[nodiscard]] std::string describe() const;
};

/// The samples of one pane, added one after another in time order. What a run of samples adds up to
/// does not depend on how it is cut into calls of `add`.
///
/// Sums are taken around the pane's first sample, in value and time: no power sum is then larger
/// than (n + 1) times the central moment it is turned into, so that little cancels.
class Pane {
 public:
  /// `start`: the pane's left end, which is not part of it.
  void open(Time start);
  [[nodiscard]] bool empty() const { return n_ == 0; }
  [[nodiscard]] Time start() const { return start_; }
  void add(Components components, std::span<const Time> times, std::span<const double> values);
  /// Writes the node of what was added. Must not be empty.
  void close(const Layout& layout, double* node) const;

 private:
  void add_powers(Components components, std::span<const double> values);
  void add_extremes(Components components, std::span<const double> values);
  void add_times(std::span<const Time> times, std::span<const double> values);
  void close_moments(const Layout& layout, double* node) const;

  Time start_;
  Time origin_time_, first_time_, last_time_;
  double n_ = 0, origin_ = 0, first_ = 0, last_ = 0, min_ = 0, max_ = 0, peak_ = 0;
  double sum_ = 0, sum_low_ = 0, square_ = 0;              // Σx, compensated; Σx²
  double s1_ = 0, s1_low_ = 0, s2_ = 0, s3_ = 0, s4_ = 0;  // Σd … Σd⁴ with d = x − origin
  double u1_ = 0, u2_ = 0, ud_ = 0;  // Σu, Σu², Σud with u in seconds from origin_time
};

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
};

/// The value of a window; NaN for an empty one but for `count`, and where the statistic has none.
[[nodiscard]] double value_of(Statistic statistic, const Layout& layout, const double* node);

}  // namespace wayside::features
