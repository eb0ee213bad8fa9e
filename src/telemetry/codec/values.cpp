#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "telemetry/codec/columns.hpp"
#include "telemetry/codec/decimal.hpp"
#include "telemetry/codec/int_column.hpp"
#include "telemetry/codec/int_plan.hpp"

// Doubles become one or two columns of integers: short decimals (decimal.hpp), or, for real
// doubles, the front bits and the others apart (the idea of ALP-RD: neighbours share their front
// bits). Which, is guessed from some of the values; where they look like neither, both are written.
namespace wayside::telemetry::codec {
namespace {

constexpr std::uint8_t exponent_mask = 0x1f;
constexpr std::uint8_t float_flag = 0x20;
constexpr std::uint8_t distances_flag = 0x40;
constexpr std::uint8_t split_scheme = 0x80;

/// Shorter than this a decimal is shorter than any split, and so it is where the guesses are this
/// far apart.
constexpr double decimal_bits_sure = 20;
constexpr double guess_bits_error = 4;
constexpr unsigned split_min = 20;
constexpr unsigned split_max = 52;
constexpr std::uint64_t sign = std::uint64_t{1} << 63;

using Values = std::span<const double>;

std::uint64_t bits_of(double v) {
  return std::bit_cast<std::uint64_t>(v);
}

/// `first`, its length before it, then `second`: a reader of both finds where each begins.
void write_pair(const std::string& first, const std::string& second, std::string& out) {
  ByteWriter writer(out);
  writer.varint(first.size());
  out += first;
  out += second;
}

void write_decimals(Values values, DecimalScale scale, Level level, std::string& out) {
  std::vector<std::int64_t> integers(values.size());
  std::vector<std::int64_t> distances(values.size());
  const bool apart = to_decimals(values, scale, integers.data(), distances.data());
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(scale.exponent | (scale.as_float ? float_flag : 0) |
                                      (apart ? distances_flag : 0)));
  const IntOptions options{level, 1, true};
  if (!apart) return write_ints(integers, options, out);
  std::string first;
  std::string second;
  write_ints(integers, options, first);
  write_ints(distances, {level, 0, scale.as_float}, second);
  write_pair(first, second, out);
}

/// Where to cut: the front bits from `cut` up, the others down to `low`; what lies below is 0 in
/// all values.
struct Split {
  unsigned low = 0;
  unsigned cut = 0;
  double bits = 0;  ///< about what a value takes
};

/// The sign goes last, so that values around zero have like front bits.
std::int64_t front_of(double v, unsigned cut) {
  const std::uint64_t bits = bits_of(v);
  return static_cast<std::int64_t>((bits & ~sign) >> cut << 1 | bits >> 63);
}

std::int64_t rest_of(double v, Split split) {
  const std::uint64_t below = bits_of(v) & ((std::uint64_t{1} << split.cut) - 1);
  return static_cast<std::int64_t>(below >> split.low);
}

Split guess_split(Values values) {
  constexpr std::size_t probes_max = 64;
  constexpr unsigned step = 4;
  std::uint64_t any = 0;
  for (const double v : values) any |= bits_of(v);
  const unsigned low = any == 0 ? 0 : static_cast<unsigned>(std::countr_zero(any));
  // In one run, since what neighbours share is what counts.
  const std::size_t count = std::min(probes_max, values.size());
  const Values probes = values.subspan((values.size() - count) / 2, count);
  Split best{std::min(low, split_max), split_max, std::numeric_limits<double>::infinity()};
  std::vector<std::int64_t> fronts(count);
  for (unsigned cut = split_max; cut >= std::max(split_min, best.low); cut -= step) {
    for (std::size_t i = 0; i < count; ++i) fronts[i] = front_of(probes[i], cut);
    std::size_t bits = plan_ints(fronts).bits;
    for (std::size_t i = count - 1; i > 0; --i) fronts[i] -= fronts[i - 1];
    if (count > 1) bits = std::min(bits, plan_ints(std::span(fronts).subspan(1)).bits);
    bits += count * (cut - best.low);
    const double each = static_cast<double>(bits) / static_cast<double>(count);
    if (each >= best.bits) continue;
    best.bits = each;
    best.cut = cut;
  }
  return best;
}

void write_split(Values values, Split split, Level level, std::string& out) {
  ByteWriter writer(out);
  writer.u8(split_scheme);
  writer.u8(static_cast<std::uint8_t>(split.cut));
  writer.u8(static_cast<std::uint8_t>(split.low));
  std::vector<std::int64_t> part(values.size());
  std::transform(values.begin(), values.end(), part.begin(),
                 [&](double v) { return front_of(v, split.cut); });
  std::string first;
  write_ints(part, {level, 1, false}, first);
  std::transform(values.begin(), values.end(), part.begin(),
                 [&](double v) { return rest_of(v, split); });
  std::string second;
  write_ints(part, {level, 0, false}, second);
  write_pair(first, second, out);
}

/// Two columns of equal length, one after the other.
class PairReader {
 public:
  [[nodiscard]] bool open(ByteReader& in, std::size_t count) {
    const auto size = in.varint();
    if (!size) return false;
    const auto bytes = in.bytes(*size);
    if (!bytes) return false;
    first_bytes_ = ByteReader(*bytes);
    return first_.open(first_bytes_, count) && second_.open(in, count);
  }
  [[nodiscard]] bool next(Vector& first, Vector& second) {
    return first_.next(first) && second_.next(second);
  }
  [[nodiscard]] bool ended() const { return first_bytes_.remaining() == 0; }

 private:
  ByteReader first_bytes_{{}};
  IntReader first_;
  IntReader second_;
};

bool read_decimals(ByteReader& in, DecimalScale scale, std::span<double> values) {
  IntReader reader;
  if (!reader.open(in, values.size())) return false;
  Vector integers;
  for (std::size_t i = 0; i < values.size(); i += vector_max) {
    if (!reader.next(integers)) return false;
    from_decimals(integers.data(), nullptr, std::min(vector_max, values.size() - i), scale,
                  &values[i]);
  }
  return true;
}

bool read_distant_decimals(ByteReader& in, DecimalScale scale, std::span<double> values) {
  PairReader reader;
  if (!reader.open(in, values.size())) return false;
  Vector integers;
  Vector distances;
  for (std::size_t i = 0; i < values.size(); i += vector_max) {
    if (!reader.next(integers, distances)) return false;
    from_decimals(integers.data(), distances.data(), std::min(vector_max, values.size() - i), scale,
                  &values[i]);
  }
  return reader.ended();
}

bool read_split(ByteReader& in, std::span<double> values) {
  const auto cut = in.u8();
  const auto low = in.u8();
  PairReader reader;
  if (!cut || !low || *cut > split_max || *low > *cut || !reader.open(in, values.size()))
    return false;
  Vector front;
  Vector rest;
  for (std::size_t i = 0; i < values.size(); i += vector_max) {
    if (!reader.next(front, rest)) return false;
    const std::size_t count = std::min(vector_max, values.size() - i);
    for (std::size_t k = 0; k < count; ++k)
      values[i + k] =
          std::bit_cast<double>(front[k] << 63 | front[k] >> 1 << *cut | rest[k] << *low);
  }
  return reader.ended();
}

}  // namespace

void write_values(Values values, Level level, std::string& out) {
  const DecimalGuess decimal = guess_decimal(values);
  if (decimal.bits < decimal_bits_sure) return write_decimals(values, decimal.scale, level, out);
  const Split split = guess_split(values);
  if (decimal.bits < split.bits - guess_bits_error)
    return write_decimals(values, decimal.scale, level, out);
  if (split.bits < decimal.bits - guess_bits_error) return write_split(values, split, level, out);
  const std::size_t start = out.size();
  write_decimals(values, decimal.scale, level, out);
  std::string other;
  write_split(values, split, level, other);
  if (other.size() < out.size() - start) out.replace(start, std::string::npos, other);
}

bool read_values(ByteReader& in, std::span<double> values) {
  const auto scheme = in.u8();
  if (!scheme) return false;
  if (*scheme == split_scheme) return read_split(in, values);
  const DecimalScale scale{unsigned{*scheme} & exponent_mask, (*scheme & float_flag) != 0};
  if (*scheme > split_scheme || scale.exponent > exponent_max) return false;
  return (*scheme & distances_flag) != 0 ? read_distant_decimals(in, scale, values)
                                         : read_decimals(in, scale, values);
}

}  // namespace wayside::telemetry::codec
