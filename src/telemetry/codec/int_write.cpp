#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <vector>

#include "base/assert.hpp"
#include "telemetry/codec/clones.hpp"
#include "telemetry/codec/entropy.hpp"
#include "telemetry/codec/int_column.hpp"
#include "telemetry/codec/int_format.hpp"
#include "telemetry/codec/int_plan.hpp"

namespace wayside::telemetry::codec {
namespace {

using Ints = std::span<const std::int64_t>;

/// A column this short packed is not tried in planes: zstd's own frame would outweigh the gain.
constexpr std::size_t planes_worth_bytes = 128;

/// What a divisor saves must outweigh writing it.
constexpr std::size_t divided_worth_bytes = 16;

std::uint64_t at(Ints ints, std::size_t i) {
  return static_cast<std::uint64_t>(ints[i]);
}

WAYSIDE_CPU_CLONES void once(const std::int64_t* ints, std::size_t count, std::int64_t* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(ints[i]) -
                                       static_cast<std::uint64_t>(ints[i - 1]));
}

WAYSIDE_CPU_CLONES void twice(const std::int64_t* ints, std::size_t count, std::int64_t* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(ints[i]) -
                                       2 * static_cast<std::uint64_t>(ints[i - 1]) +
                                       static_cast<std::uint64_t>(ints[i - 2]));
}

/// Integers [from, to) of the column, or their differences, kept in `room`; each has `differences`
/// integers before it.
Ints take_differences(Ints ints, std::size_t from, std::size_t to, unsigned differences,
                      std::int64_t* room) {
  const Ints run = ints.subspan(from, to - from);
  if (differences == 0) return run;
  (differences == 1 ? once : twice)(run.data(), run.size(), room);
  return {room, run.size()};
}

void write_lead(Ints ints, std::size_t lead, ByteWriter& out) {
  if (lead > 0) out.svarint(ints[0]);
  if (lead > 1) out.svarint(static_cast<std::int64_t>(at(ints, 1) - at(ints, 0)));
}

struct Patch {
  std::size_t position;
  std::uint64_t value;
};

void write_packed(Ints run, const IntPlan& plan, std::string& out) {
  ByteWriter writer(out);
  writer.svarint(static_cast<std::int64_t>(plan.base));
  Vector packed;
  for (std::size_t i = 0; i < run.size(); ++i) packed[i] = at(run, i) - plan.base;
  if (!plan.patched) return pack(packed.data(), run.size(), plan.width, out);
  std::array<Patch, vector_max> patches;
  std::size_t count = 0;
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (packed[i] >> plan.width == 0) continue;  // a patched plan has fewer than 64 bits
    patches[count++] = {i, packed[i]};
    packed[i] = 0;
  }
  pack(packed.data(), run.size(), plan.width, out);
  writer.varint(count);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    writer.varint(patches[i].position - next);
    writer.svarint(static_cast<std::int64_t>(patches[i].value));
    next = patches[i].position + 1;
  }
}

/// The vector at `from`, by whichever differences make it shortest.
void write_vector(Ints ints, std::size_t from, unsigned differences_max, std::string& out) {
  const std::size_t to = std::min(from + vector_max, ints.size());
  std::array<std::array<std::int64_t, vector_max>, differences_limit> room;
  Ints run;
  IntPlan best;
  best.bits = std::numeric_limits<std::size_t>::max();
  unsigned differences = 0;
  for (unsigned d = differences_max + 1; d-- > 0;) {
    const std::size_t begin = std::max<std::size_t>(from, d);
    if (begin >= to) continue;
    const Ints candidate =
        take_differences(ints, begin, to, d, d > 0 ? room[d - 1].data() : nullptr);
    const IntPlan plan = plan_ints(candidate);
    if (plan.bits >= best.bits) continue;
    best = plan;
    run = candidate;
    differences = d;
    // The most came first: a regular grid needs no look at the others.
    if (plan.width == 0 && !plan.patched) break;
  }
  const unsigned code = best.width >= width_code_max ? width_code_max : best.width;
  if (code == width_code_max) best.width = 64;
  ByteWriter writer(out);
  if (best.patched) {
    writer.u8(static_cast<std::uint8_t>(code | head_patched));
    writer.u8(static_cast<std::uint8_t>(differences));
  } else {
    writer.u8(static_cast<std::uint8_t>(code | differences << head_differences_shift));
  }
  write_lead(ints, to - from - run.size(), writer);
  write_packed(run, best, out);
}

/// All differences of the column are multiples of it; 1 where there is none, or none worth while.
std::uint64_t common_divisor(Ints ints) {
  std::uint64_t divisor = 0;
  for (std::size_t i = 1; i < ints.size() && divisor != 1; ++i) {
    const std::uint64_t difference = at(ints, i) - at(ints, i - 1);
    const std::uint64_t size = difference >> 63 == 0 ? difference : 0 - difference;
    if (size != 0 && (divisor == 0 || size % divisor != 0)) divisor = std::gcd(divisor, size);
  }
  if (divisor <= 1) return 1;
  const auto [low, high] = std::minmax_element(ints.begin(), ints.end());
  const std::uint64_t range = static_cast<std::uint64_t>(*high) - static_cast<std::uint64_t>(*low);
  if (range >> 63 != 0) return 1;  // a difference may have wrapped around
  const auto saved = static_cast<std::size_t>(std::bit_width(divisor)) * ints.size();
  return saved < 8 * divided_worth_bytes ? 1 : divisor;
}

void write_head(std::uint8_t form, std::uint64_t divisor, std::int64_t origin, ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(form | (divisor > 1 ? form_divided : 0)));
  if (divisor == 1) return;
  out.varint(divisor);
  out.svarint(origin);
}

void write_plane(const std::string& plane, std::string& out) {
  ByteWriter writer(out);
  if (plane.find_first_not_of(plane[0]) == std::string::npos) {
    writer.u8(plane_constant);
    out += plane[0];
    return;
  }
  std::string packed;
  const bool shorter = compress(plane, plane.size(), packed);
  writer.u8(shorter ? plane_zstd : plane_raw);
  if (shorter) writer.varint(packed.size());
  out += shorter ? packed : plane;
}

void write_planes(Ints ints, unsigned differences, std::string& out) {
  const std::size_t lead = std::min<std::size_t>(differences, ints.size());
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(differences));
  write_lead(ints, lead, writer);
  std::vector<std::int64_t> room(ints.size());
  const Ints differences_of = take_differences(ints, lead, ints.size(), differences, room.data());
  std::vector<std::int64_t> run(differences_of.begin(), differences_of.end());
  const std::int64_t base = run.empty()        ? 0
                            : differences == 0 ? *std::min_element(run.begin(), run.end())
                                               : likely_middle(run);
  writer.svarint(base);
  std::uint64_t any = 0;
  for (std::int64_t& v : run) {
    auto u = static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(base);
    if (differences > 0) u = zigzag(u);
    any |= u;
    v = static_cast<std::int64_t>(u);
  }
  const unsigned planes = (static_cast<unsigned>(std::bit_width(any)) + 7) / 8;
  writer.u8(static_cast<std::uint8_t>(planes));
  std::string plane(run.size(), '\0');
  for (unsigned p = 0; p < planes; ++p) {
    for (std::size_t i = 0; i < run.size(); ++i)
      plane[i] = static_cast<char>(static_cast<std::uint64_t>(run[i]) >> (8 * p));
    write_plane(plane, out);
  }
}

}  // namespace

void write_ints(Ints ints, const IntOptions& options, std::string& out) {
  WAYSIDE_ASSERT(!ints.empty() && options.differences_max <= differences_limit,
                 "a column has an integer at least");
  const std::uint64_t divisor = options.divide ? common_divisor(ints) : 1;
  const std::int64_t origin = ints[0];
  std::vector<std::int64_t> divided;
  if (divisor > 1) {
    divided.assign(ints.begin(), ints.end());
    for (std::int64_t& v : divided) v = (v - origin) / static_cast<std::int64_t>(divisor);
    ints = divided;
  }
  const std::size_t start = out.size();
  ByteWriter writer(out);
  write_head(form_packed, divisor, origin, writer);
  for (std::size_t from = 0; from < ints.size(); from += vector_max)
    write_vector(ints, from, options.differences_max, out);
  if (options.level == Level::fast || out.size() - start < planes_worth_bytes) return;
  std::string other;
  for (unsigned differences = 0; differences <= options.differences_max; ++differences) {
    other.clear();
    ByteWriter to(other);
    write_head(form_planes, divisor, origin, to);
    write_planes(ints, differences, other);
    if (other.size() < out.size() - start) out.replace(start, std::string::npos, other);
  }
}

}  // namespace wayside::telemetry::codec
