#include "telemetry/codec/decimal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "telemetry/codec/clones.hpp"
#include "telemetry/codec/int_plan.hpp"

namespace wayside::telemetry::codec {
namespace {

constexpr std::array<double, exponent_max + 1> powers_of_ten{
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

// Values are looked at in runs, so that they are those of several stretches of time.
constexpr std::size_t probes_max = 32;
constexpr std::size_t probe_run = 4;
// Up to here what is exact is short, without a closer look.
constexpr unsigned short_exponent_max = 8;
constexpr std::uint64_t low_bits_of_float = (std::uint64_t{1} << 29) - 1;

std::uint64_t bits_of(double v) {
  return std::bit_cast<std::uint64_t>(v);
}

inline double quotient(std::int64_t integer, double scale, bool as_float) {
  const double exact = static_cast<double>(integer) / scale;
  return as_float ? static_cast<double>(static_cast<float>(exact)) : exact;
}

/// Whether the value has a nearest integer at this scale, below 2^51.
bool scales(double scaled) {
  constexpr double limit = 2251799813685248.0;
  return std::fabs(scaled) < limit;  // false for NaN
}

/// The integer nearest to a number that `scales`: adding 1.5 * 2^52 rounds to it and leaves it in
/// the low bits.
std::int64_t nearest(double scaled) {
  constexpr double magic = 6755399441055744.0;
  return static_cast<std::int64_t>(bits_of(scaled + magic) - bits_of(magic));
}

/// What some values cost at one scale, in bits each.
double cost(std::span<const double> values, double scale, bool as_float) {
  constexpr double outlier_bits = 80;
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  std::array<unsigned, 65> of_width{};
  for (const double v : values) {
    const double scaled = v * scale;
    if (!scales(scaled)) {
      ++of_width[64];
      continue;
    }
    const std::int64_t integer = nearest(scaled);
    low = std::min(low, integer);
    high = std::max(high, integer);
    const std::uint64_t distance = bits_of(v) - bits_of(quotient(integer, scale, as_float));
    ++of_width[static_cast<std::size_t>(std::bit_width(zigzag(distance)))];
  }
  if (low > high) return outlier_bits;
  const auto count = static_cast<double>(values.size());
  double distance_bits = outlier_bits;
  unsigned within = 0;
  for (unsigned width = 0; width <= 64; ++width) {
    within += of_width[width];
    distance_bits = std::min(distance_bits, width + outlier_bits * (count - within) / count);
  }
  return distance_bits + std::log2(static_cast<double>(high - low) + 1);
}

/// What exact decimals cost, counted in the steps that they have in common: those of a converter,
/// say. Integers are below 2^51, so that nothing overflows.
double exact_cost(std::span<const double> values, double scale) {
  const std::int64_t first = nearest(values[0] * scale);
  std::int64_t low = first;
  std::int64_t high = first;
  std::int64_t divisor = 0;
  for (const double v : values) {
    const std::int64_t integer = nearest(v * scale);
    low = std::min(low, integer);
    high = std::max(high, integer);
    divisor = std::gcd(divisor, integer - first);
  }
  return divisor == 0 ? 0 : std::log2(static_cast<double>((high - low) / divisor) + 1);
}

DecimalGuess guess(std::span<const double> probes, bool as_float) {
  DecimalGuess best{{}, std::numeric_limits<double>::infinity()};
  for (unsigned exponent = 0; exponent <= exponent_max; ++exponent) {
    const double bits = cost(probes, powers_of_ten[exponent], as_float);
    if (bits < best.bits) best = {{exponent, as_float}, bits};
  }
  return best;
}

bool exact(std::span<const double> probes, double scale) {
  return std::all_of(probes.begin(), probes.end(), [&](double v) {
    const double scaled = v * scale;
    return scales(scaled) && bits_of(v) == bits_of(quotient(nearest(scaled), scale, false));
  });
}

struct Outcome {
  std::uint64_t homeless = 0;  ///< not 0: some value has no nearest integer; its results are void
  std::uint64_t distance = 0;  ///< all distances, or-ed
};

WAYSIDE_CPU_CLONES Outcome convert(const double* __restrict values, std::size_t count, double scale,
                                   std::int64_t* __restrict integers,
                                   std::int64_t* __restrict distances) {
  std::uint64_t homeless = 0;
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double scaled = values[i] * scale;
    homeless |= scales(scaled) ? std::uint64_t{0} : std::uint64_t{1};
    const std::int64_t integer = nearest(scaled);
    const std::uint64_t distance = bits_of(values[i]) - bits_of(quotient(integer, scale, false));
    any |= distance;
    integers[i] = integer;
    distances[i] = static_cast<std::int64_t>(distance);
  }
  return {homeless, any};
}

/// The same where quotients are rounded to float.
Outcome convert_floats(std::span<const double> values, double scale, std::int64_t* integers,
                       std::int64_t* distances) {
  Outcome outcome;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scaled = values[i] * scale;
    if (!scales(scaled)) outcome.homeless = 1;
    integers[i] = nearest(scaled);
    const std::uint64_t distance = bits_of(values[i]) - bits_of(quotient(integers[i], scale, true));
    outcome.distance |= distance;
    distances[i] = static_cast<std::int64_t>(distance);
  }
  return outcome;
}

/// What has no integer takes that of the one before, so that it costs the integers nothing.
void mend(std::span<const double> values, double scale, bool as_float, std::int64_t* integers,
          std::int64_t* distances) {
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!scales(values[i] * scale)) {
      integers[i] = previous;
      distances[i] = static_cast<std::int64_t>(bits_of(values[i]) -
                                               bits_of(quotient(previous, scale, as_float)));
    }
    previous = integers[i];
  }
}

WAYSIDE_CPU_CLONES void convert_back(const std::uint64_t* integers, std::size_t count, double scale,
                                     bool as_float, double* values) {
  for (std::size_t i = 0; i < count; ++i)
    values[i] = quotient(static_cast<std::int64_t>(integers[i]), scale, as_float);
}

std::span<const double> take_probes(std::span<const double> values,
                                    std::array<double, probes_max>& room) {
  constexpr std::size_t runs = probes_max / probe_run;
  if (values.size() <= probes_max) return values;
  for (std::size_t run = 0; run < runs; ++run)
    std::copy_n(values.begin() + run * (values.size() - probe_run) / (runs - 1), probe_run,
                room.begin() + run * probe_run);
  return room;
}

}  // namespace

DecimalGuess guess_decimal(std::span<const double> values) {
  std::array<double, probes_max> room;
  const std::span<const double> probes = take_probes(values, room);
  // Almost always there is a scale at which all are exact, and no coarser one is shorter.
  for (unsigned exponent = 0; exponent <= exponent_max; ++exponent) {
    const double power = powers_of_ten[exponent];
    if (!exact(probes, power)) continue;
    return {{exponent, false}, exponent <= short_exponent_max ? 0 : exact_cost(probes, power)};
  }
  const DecimalGuess doubles = guess(probes, false);
  const bool floats = std::all_of(probes.begin(), probes.end(),
                                  [](double v) { return (bits_of(v) & low_bits_of_float) == 0; });
  if (!floats) return doubles;
  const DecimalGuess singles = guess(probes, true);
  return singles.bits < doubles.bits ? singles : doubles;
}

bool to_decimals(std::span<const double> values, DecimalScale scale, std::int64_t* integers,
                 std::int64_t* distances) {
  const double power = powers_of_ten[scale.exponent];
  const Outcome outcome = scale.as_float
                              ? convert_floats(values, power, integers, distances)
                              : convert(values.data(), values.size(), power, integers, distances);
  if (outcome.homeless == 0) return outcome.distance != 0;
  mend(values, power, scale.as_float, integers, distances);
  return true;
}

void from_decimals(const std::uint64_t* integers, const std::uint64_t* distances, std::size_t count,
                   DecimalScale scale, double* values) {
  convert_back(integers, count, powers_of_ten[scale.exponent], scale.as_float, values);
  if (distances == nullptr) return;
  for (std::size_t i = 0; i < count; ++i)
    values[i] = std::bit_cast<double>(bits_of(values[i]) + distances[i]);
}

}  // namespace wayside::telemetry::codec
