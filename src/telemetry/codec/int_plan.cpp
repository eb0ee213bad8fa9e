#include "telemetry/codec/int_plan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "telemetry/codec/clones.hpp"

namespace wayside::telemetry::codec {
namespace {

constexpr std::size_t probes_max = 9;
constexpr std::size_t patched_count_min = 3;
/// About what a patch's position takes.
constexpr std::size_t position_bits = 8;

/// Bits that a number takes as a LEB128 varint, by its width.
constexpr std::size_t varint_bits(unsigned width) {
  return 8 * ((std::max(width, 1U) + 6) / 7);
}

struct Range {
  std::int64_t low;
  std::int64_t high;
};

WAYSIDE_CPU_CLONES Range range_of(const std::int64_t* ints, std::size_t count) {
  std::int64_t low = ints[0];
  std::int64_t high = ints[0];
  for (std::size_t i = 0; i < count; ++i) {
    low = ints[i] < low ? ints[i] : low;
    high = ints[i] > high ? ints[i] : high;
  }
  return {low, high};
}

IntPlan plan_of(const Range& range, std::size_t count) {
  IntPlan plan;
  plan.base = static_cast<std::uint64_t>(range.low);
  plan.width =
      static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(range.high) - plan.base));
  plan.bits =
      varint_bits(static_cast<unsigned>(std::bit_width(zigzag(plan.base)))) + plan.width * count;
  return plan;
}

/// How many of every `stride`th integer there are of each width, less `middle`.
using Histogram = std::array<std::uint32_t, 65>;

WAYSIDE_CPU_CLONES Histogram count_widths(const std::int64_t* ints, std::size_t count,
                                          std::size_t stride, std::uint64_t middle) {
  Histogram counts{};
  for (std::size_t i = 0; i < count; i += stride)
    ++counts[static_cast<std::size_t>(
        std::bit_width(zigzag(static_cast<std::uint64_t>(ints[i]) - middle)))];
  return counts;
}

/// How many of the integers, less `middle`, are wider than `width` bits, one of them the sign.
WAYSIDE_CPU_CLONES std::size_t count_wider(const std::int64_t* ints, std::size_t count,
                                           std::uint64_t middle, unsigned width) {
  std::size_t wider = 0;
  for (std::size_t i = 0; i < count; ++i)
    wider += zigzag(static_cast<std::uint64_t>(ints[i]) - middle) >> width != 0 ? 1 : 0;
  return wider;
}

/// The range of those that are not wider, of which there is one at least.
WAYSIDE_CPU_CLONES Range range_within(const std::int64_t* ints, std::size_t count,
                                      std::uint64_t middle, unsigned width) {
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < count; ++i) {
    const bool inside = zigzag(static_cast<std::uint64_t>(ints[i]) - middle) >> width == 0;
    const std::int64_t v = inside ? ints[i] : static_cast<std::int64_t>(middle);  // is inside
    low = v < low ? v : low;
    high = v > high ? v : high;
  }
  return {low, high};
}

/// The width, up to `widest`, at which narrower integers would no longer pay for more patches,
/// judged by some.
unsigned patched_width(std::span<const std::int64_t> ints, std::uint64_t middle, unsigned widest) {
  constexpr std::size_t probes = 256;
  const std::size_t stride = std::max<std::size_t>(1, ints.size() / probes);
  const Histogram of_width = count_widths(ints.data(), ints.size(), stride, middle);
  std::size_t best_bits = ~std::size_t{0};
  unsigned best = 0;
  std::size_t patch_bits = 0;
  for (unsigned width = widest;; --width) {
    const std::size_t bits = patch_bits + width * ints.size();
    if (bits < best_bits) {
      best_bits = bits;
      best = width;
    }
    if (width == 0) return best;
    patch_bits += of_width[width] * stride * (position_bits + varint_bits(width + 1));
  }
}

/// Around the middle, the rest patches; `whole` where that is no shorter.
IntPlan plan_patched(std::span<const std::int64_t> ints, const IntPlan& whole) {
  // Unless nearly all are narrower than the widest, patches do not pay.
  constexpr std::size_t share = 4;
  const auto middle = static_cast<std::uint64_t>(likely_middle(ints));
  const auto wider = [&](unsigned width) {
    return count_wider(ints.data(), ints.size(), middle, width);
  };
  if (wider(whole.width - 1) > std::max<std::size_t>(1, ints.size() / share)) return whole;
  const unsigned width = patched_width(ints, middle, std::min(64U, whole.width + 1));
  const std::size_t patches = width < 64 ? wider(width) : 0;
  if (patches == 0) return whole;
  IntPlan plan = plan_of(range_within(ints.data(), ints.size(), middle, width), ints.size());
  plan.patched = true;
  plan.bits += 16 + patches * (position_bits + varint_bits(whole.width));
  return plan.bits < whole.bits ? plan : whole;
}

}  // namespace

std::int64_t likely_middle(std::span<const std::int64_t> ints) {
  std::array<std::int64_t, probes_max> probes{};
  const std::size_t count = std::min(probes_max, ints.size());
  for (std::size_t i = 0; i < count; ++i) probes[i] = ints[i * ints.size() / count];
  const auto middle = probes.begin() + count / 2;
  std::nth_element(probes.begin(), middle, probes.begin() + count);
  return *middle;
}

IntPlan plan_ints(std::span<const std::int64_t> ints) {
  const IntPlan whole = plan_of(range_of(ints.data(), ints.size()), ints.size());
  if (whole.width == 0 || ints.size() < patched_count_min) return whole;
  return plan_patched(ints, whole);
}

}  // namespace wayside::telemetry::codec
