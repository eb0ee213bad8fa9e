#include <algorithm>
#include <array>
#include <vector>

#include "telemetry/codec/clones.hpp"
#include "telemetry/codec/columns.hpp"
#include "telemetry/codec/int_column.hpp"

namespace wayside::telemetry::codec {
namespace {

// Times often stand on a coarser grid than nanoseconds; what they are all multiples of is divided
// out.
constexpr std::array<std::int64_t, 4> units_ns{1, 1'000, 1'000'000, 1'000'000'000};

template <std::size_t unit>
bool all_multiples(std::span<const Time> times) {
  return std::all_of(times.begin(), times.end(), [](Time t) { return t.ns % units_ns[unit] == 0; });
}

/// The times in a unit; the divisor is a constant, since a division by one is a multiplication.
template <std::size_t unit>
void divide(std::span<const Time> times, std::vector<std::int64_t>& out) {
  std::transform(times.begin(), times.end(), out.begin(),
                 [](Time t) { return t.ns / units_ns[unit]; });
}

std::uint8_t to_units(std::span<const Time> times, std::vector<std::int64_t>& out) {
  // The coarsest first: what is no multiple shows in the first times already.
  if (all_multiples<3>(times)) return divide<3>(times, out), 3;
  if (all_multiples<2>(times)) return divide<2>(times, out), 2;
  if (all_multiples<1>(times)) return divide<1>(times, out), 1;
  return divide<0>(times, out), 0;
}

WAYSIDE_CPU_CLONES void from_units(const std::uint64_t* ints, std::size_t count,
                                   std::uint64_t unit_ns, Time* times) {
  for (std::size_t i = 0; i < count; ++i)
    times[i].ns = static_cast<std::int64_t>(ints[i] * unit_ns);
}

}  // namespace

void write_times(std::span<const Time> times, Level level, std::string& out) {
  std::vector<std::int64_t> ints(times.size());
  ByteWriter writer(out);
  writer.u8(to_units(times, ints));
  write_ints(ints, {level, 2, false}, out);
}

bool read_times(ByteReader& in, std::span<Time> times) {
  const auto unit = in.u8();
  IntReader reader;
  if (!unit || *unit >= units_ns.size() || !reader.open(in, times.size())) return false;
  const auto unit_ns = static_cast<std::uint64_t>(units_ns[*unit]);
  Vector ints;
  for (std::size_t i = 0; i < times.size(); i += vector_max) {
    if (!reader.next(ints)) return false;
    from_units(ints.data(), std::min(vector_max, times.size() - i), unit_ns, &times[i]);
  }
  return true;
}

}  // namespace wayside::telemetry::codec
