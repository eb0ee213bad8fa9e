#include <array>

#include "telemetry/codec/columns.hpp"

namespace wayside::telemetry::codec {
namespace {

// Times often stand on a coarser grid than nanoseconds; what they are all multiples of, relative to
// the first, is divided out.
constexpr std::array<std::int64_t, 4> units_ns{1, 1'000, 1'000'000, 1'000'000'000};

// Differences wrap around, so that any two int64 are a finite step apart and back.
std::int64_t step(Time from, Time to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to.ns) -
                                   static_cast<std::uint64_t>(from.ns));
}

std::uint8_t coarsest_unit(const std::vector<Time>& times) {
  std::size_t unit = units_ns.size() - 1;
  for (std::size_t i = 1; i < times.size() && unit > 0; ++i)
    while (step(times[i - 1], times[i]) % units_ns[unit] != 0) --unit;
  return static_cast<std::uint8_t>(unit);
}

}  // namespace

void write_times(const std::vector<Time>& times, ByteWriter& out) {
  const std::uint8_t unit = coarsest_unit(times);
  out.u8(unit);
  out.svarint(times[0].ns);
  std::uint64_t previous = 0;
  for (std::size_t i = 1; i < times.size();) {
    const auto delta = static_cast<std::uint64_t>(step(times[i - 1], times[i]) / units_ns[unit]);
    out.svarint(static_cast<std::int64_t>(delta - previous));
    if (delta != previous) {
      previous = delta;
      ++i;
      continue;
    }
    // A zero is followed by how many more zeros come.
    std::size_t end = i + 1;
    const auto same = static_cast<std::int64_t>(delta) * units_ns[unit];
    while (end < times.size() && step(times[end - 1], times[end]) == same) ++end;
    out.varint(end - i - 1);
    i = end;
  }
}

bool read_times(ByteReader& in, std::size_t count, std::vector<Time>& times) {
  const auto unit = in.u8();
  const auto first = in.svarint();
  if (!unit || *unit >= units_ns.size() || !first) return false;
  times.resize(count);
  times[0] = {*first};
  auto now = static_cast<std::uint64_t>(*first);
  std::uint64_t delta = 0;
  const auto scale = static_cast<std::uint64_t>(units_ns[*unit]);
  for (std::size_t i = 1; i < count;) {
    const auto change = in.svarint();
    if (!change) return false;
    delta += static_cast<std::uint64_t>(*change);
    std::size_t repeats = 1;
    if (*change == 0) {
      const auto more = in.varint();
      if (!more || *more >= count - i) return false;
      repeats += *more;
    }
    for (const std::size_t end = i + repeats; i < end; ++i) {
      now += delta * scale;
      times[i] = {static_cast<std::int64_t>(now)};
    }
  }
  return true;
}

}  // namespace wayside::telemetry::codec
