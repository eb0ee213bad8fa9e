#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "telemetry/codec/bit_pack.hpp"
#include "telemetry/codec/columns.hpp"

// Two encodings, both written, the shorter one kept:
//  - decimal: most measurements are short decimals, so value = integer / 10^exponent; the integers
//    are packed by chunk relative to their minimum, or by their steps. What does not come back bit
//    for bit is an exception and follows in full. The idea is that of ALP (Afroozeh, Kuffo, Boncz:
//    "ALP: Adaptive Lossless floating-Point Compression", SIGMOD 2024), with a correctly rounded
//    division in place of its two multiplications.
//  - xor: real doubles, as the difference in bits to the one before (Pelkonen et al.: "Gorilla",
//    VLDB 2015), packed by chunk without the zeros that all of its differences share.
namespace wayside::telemetry::codec {
namespace {

enum class Scheme : std::uint8_t { xored = 0, decimal = 1 };

constexpr std::array<double, 19> powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                               1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                               1e14, 1e15, 1e16, 1e17, 1e18};
constexpr std::size_t probes_max = 32;
constexpr std::uint8_t delta_flag = 0x80;
constexpr unsigned width_max = 64;

std::uint64_t bits_of(double v) {
  return std::bit_cast<std::uint64_t>(v);
}

/// The integer that gives `value` back exactly when divided by `scale`.
std::optional<std::int64_t> as_decimal(double value, double scale) {
  // Adding and taking away 1.5 * 2^52 rounds to the nearest integer below 2^51.
  constexpr double limit = 2251799813685248.0;
  constexpr double magic = 6755399441055744.0;
  const double scaled = value * scale;
  if (!(std::fabs(scaled) < limit)) return std::nullopt;
  const double rounded = (scaled + magic) - magic;
  // Positive zero: -0 must become an exception.
  const auto integer = static_cast<std::int64_t>(rounded);
  if (bits_of(static_cast<double>(integer) / scale) != bits_of(value)) return std::nullopt;
  return integer;
}

/// The exponent that should make the block smallest, judged by some of its values; nullopt where
/// few of them are decimals.
std::optional<std::uint8_t> likely_exponent(const std::vector<double>& values) {
  constexpr double bits_per_digit = 3.33;
  constexpr double bits_per_exception = 80;
  const std::size_t stride = std::max<std::size_t>(1, values.size() / probes_max);
  std::optional<std::uint8_t> best;
  double best_bits = width_max;
  for (std::size_t exponent = 0; exponent < powers_of_ten.size(); ++exponent) {
    std::size_t probes = 0;
    std::size_t exceptions = 0;
    for (std::size_t i = 0; i < values.size(); i += stride, ++probes)
      if (!as_decimal(values[i], powers_of_ten[exponent])) ++exceptions;
    const double bits =
        static_cast<double>(exponent) * bits_per_digit +
        bits_per_exception * static_cast<double>(exceptions) / static_cast<double>(probes);
    if (bits < best_bits) {
      best_bits = bits;
      best = static_cast<std::uint8_t>(exponent);
    }
    if (exceptions == 0) break;
  }
  return best;
}

struct Exception {
  std::size_t position;
  std::uint64_t bits;
};

/// Values as integers; where there is none, the one before stands in its place.
std::vector<std::int64_t> to_integers(const std::vector<double>& values, double scale,
                                      std::vector<Exception>& exceptions) {
  std::vector<std::int64_t> integers(values.size());
  std::int64_t previous = 0;
  bool found = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const auto integer = as_decimal(values[i], scale)) {
      // Those before the first integer take its value, so that they cost nothing.
      if (!found) std::fill_n(integers.begin(), i, *integer);
      found = true;
      previous = *integer;
    } else {
      exceptions.push_back({i, bits_of(values[i])});
    }
    integers[i] = previous;
  }
  return integers;
}

struct Range {
  std::int64_t min = std::numeric_limits<std::int64_t>::max();
  std::int64_t max = std::numeric_limits<std::int64_t>::min();

  void add(std::int64_t v) {
    min = std::min(min, v);
    max = std::max(max, v);
  }
  [[nodiscard]] unsigned width() const {
    return static_cast<unsigned>(
        std::bit_width(static_cast<std::uint64_t>(max) - static_cast<std::uint64_t>(min)));
  }
};

/// One chunk: its integers or their steps, whichever pack tighter. Steps cannot overflow: integers
/// of the encoder stay below 2^51.
void write_integers(const std::int64_t* integers, std::size_t count, std::int64_t previous,
                    std::string& out) {
  Range plain;
  Range steps;
  for (std::size_t i = 0; i < count; ++i) {
    plain.add(integers[i]);
    steps.add(integers[i] - (i == 0 ? previous : integers[i - 1]));
  }
  const bool delta = steps.width() < plain.width();
  const Range& range = delta ? steps : plain;
  Chunk chunk;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t v =
        delta ? integers[i] - (i == 0 ? previous : integers[i - 1]) : integers[i];
    chunk[i] = static_cast<std::uint64_t>(v - range.min);
  }
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(range.width() | (delta ? delta_flag : 0)));
  writer.svarint(range.min);
  pack(chunk, count, range.width(), out);
}

bool write_decimals(const std::vector<double>& values, std::string& out) {
  const auto exponent = likely_exponent(values);
  if (!exponent) return false;
  std::vector<Exception> exceptions;
  const auto integers = to_integers(values, powers_of_ten[*exponent], exceptions);
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(Scheme::decimal));
  writer.u8(*exponent);
  writer.svarint(integers[0]);
  std::int64_t previous = integers[0];
  for (std::size_t i = 0; i < integers.size(); i += chunk_max) {
    const std::size_t count = std::min(chunk_max, integers.size() - i);
    write_integers(&integers[i], count, previous, out);
    previous = integers[i + count - 1];
  }
  writer.varint(exceptions.size());
  std::size_t next = 0;
  for (const Exception& exception : exceptions) {
    writer.varint(exception.position - next);
    writer.u64(exception.bits);
    next = exception.position + 1;
  }
  return true;
}

bool read_decimals(ByteReader& in, std::vector<double>& values) {
  const auto exponent = in.u8();
  const auto first = in.svarint();
  if (!exponent || *exponent >= powers_of_ten.size() || !first) return false;
  const double scale = powers_of_ten[*exponent];
  auto previous = static_cast<std::uint64_t>(*first);
  Chunk chunk;
  for (std::size_t i = 0; i < values.size(); i += chunk_max) {
    const std::size_t count = std::min(chunk_max, values.size() - i);
    const auto head = in.u8();
    const auto reference = in.svarint();
    if (!head || !reference) return false;
    const unsigned width = *head & ~delta_flag;
    if (width > width_max) return false;
    const auto packed = in.bytes(packed_bytes(count, width));
    if (!packed) return false;
    unpack(*packed, count, width, chunk);
    const auto base = static_cast<std::uint64_t>(*reference);
    if ((*head & delta_flag) != 0) {
      for (std::size_t k = 0; k < count; ++k) chunk[k] = previous += chunk[k] + base;
    } else {
      for (std::size_t k = 0; k < count; ++k) chunk[k] += base;
    }
    previous = chunk[count - 1];
    for (std::size_t k = 0; k < count; ++k)
      values[i + k] = static_cast<double>(static_cast<std::int64_t>(chunk[k])) / scale;
  }
  const auto exceptions = in.varint();
  if (!exceptions || *exceptions > values.size()) return false;
  std::size_t next = 0;
  for (std::uint64_t i = 0; i < *exceptions; ++i) {
    const auto skip = in.varint();
    const auto bits = in.u64();
    if (!skip || !bits || *skip >= values.size() - next) return false;
    values[next + *skip] = std::bit_cast<double>(*bits);
    next += *skip + 1;
  }
  return true;
}

void write_xored(const std::vector<double>& values, std::string& out) {
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(Scheme::xored));
  std::uint64_t previous = bits_of(values[0]);
  writer.u64(previous);
  Chunk chunk;
  for (std::size_t i = 1; i < values.size(); i += chunk_max) {
    const std::size_t count = std::min(chunk_max, values.size() - i);
    std::uint64_t any = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint64_t bits = bits_of(values[i + k]);
      chunk[k] = bits ^ previous;
      any |= chunk[k];
      previous = bits;
    }
    const unsigned shift = any == 0 ? 0 : static_cast<unsigned>(std::countr_zero(any));
    const auto width = static_cast<unsigned>(std::bit_width(any >> shift));
    writer.u8(static_cast<std::uint8_t>(width));
    if (width == 0) continue;
    writer.u8(static_cast<std::uint8_t>(shift));
    for (std::size_t k = 0; k < count; ++k) chunk[k] >>= shift;
    pack(chunk, count, width, out);
  }
}

bool read_xored(ByteReader& in, std::vector<double>& values) {
  const auto first = in.u64();
  if (!first) return false;
  values[0] = std::bit_cast<double>(*first);
  std::uint64_t previous = *first;
  Chunk chunk;
  for (std::size_t i = 1; i < values.size(); i += chunk_max) {
    const std::size_t count = std::min(chunk_max, values.size() - i);
    const auto width = in.u8();
    if (!width || *width > width_max) return false;
    unsigned shift = 0;
    if (*width > 0) {
      const auto byte = in.u8();
      if (!byte || *byte > width_max - *width) return false;
      shift = *byte;
    }
    const auto packed = in.bytes(packed_bytes(count, *width));
    if (!packed) return false;
    unpack(*packed, count, *width, chunk);
    for (std::size_t k = 0; k < count; ++k) {
      previous ^= chunk[k] << shift;
      values[i + k] = std::bit_cast<double>(previous);
    }
  }
  return true;
}

}  // namespace

void write_values(const std::vector<double>& values, std::string& out) {
  std::string xored;
  write_xored(values, xored);
  std::string decimals;
  const bool decimal = write_decimals(values, decimals);
  out += decimal && decimals.size() < xored.size() ? decimals : xored;
}

bool read_values(ByteReader& in, std::size_t count, std::vector<double>& values) {
  const auto scheme = in.u8();
  if (!scheme) return false;
  values.resize(count);
  switch (static_cast<Scheme>(*scheme)) {
    case Scheme::xored:
      return read_xored(in, values);
    case Scheme::decimal:
      return read_decimals(in, values);
  }
  return false;
}

}  // namespace wayside::telemetry::codec
