#include "features/ring_size.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.hpp"

namespace wayside::features {
namespace {

std::int64_t modulo(std::int64_t index, std::int64_t size) {
  const std::int64_t rest = index % size;
  return rest < 0 ? rest + size : rest;
}

RC_GTEST_PROP(RingSize, PlaceIsTheRestOfADivision, (std::uint64_t seed)) {
  Rng rng(seed);
  const auto any = [&](int bits) {
    return static_cast<std::int64_t>(rng.below(std::uint64_t{1} << (1 + rng.below(bits))));
  };
  const std::int64_t size = 2 + any(40) % (RingSize::size_max - 1);
  const RingSize ring(size);
  RC_ASSERT(ring.size() == size);
  for (int i = 0; i < 200; ++i) {
    std::int64_t index = any(61);
    if (rng.below(2) == 0) index = index / size * size - static_cast<std::int64_t>(rng.below(2));
    if (rng.below(2) == 0) index = -index;
    RC_ASSERT(static_cast<std::int64_t>(ring.place(index)) == modulo(index, size));
  }
}

TEST(RingSize, ReachesToItsEnds) {
  const std::int64_t far = (std::int64_t{1} << 62) - RingSize::size_max;
  for (const std::int64_t size : {std::int64_t{2}, std::int64_t{3}, RingSize::size_max})
    for (const std::int64_t index : {-far, far, std::int64_t{0}, size, size - 1, -size})
      EXPECT_EQ(static_cast<std::int64_t>(RingSize(size).place(index)), modulo(index, size));
}

}  // namespace
}  // namespace wayside::features
