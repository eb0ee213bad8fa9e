#include "base/rng.hpp"

#include <gtest/gtest.h>
#include <cmath>

namespace wayside {
namespace {

TEST(Rng, GivesTheSameSequenceForASeed) {
  // Pinned: simulations are quoted by their seed, so the sequence may never change.
  Rng rng(42);
  EXPECT_EQ(rng.next(), 1546998764402558742ULL);
  EXPECT_EQ(rng.next(), 6990951692964543102ULL);
}

TEST(Rng, NormalHasItsMoments) {
  Rng rng(7);
  double sum = 0;
  double squares = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

TEST(Rng, ForksDiffer) {
  const Rng rng(1);
  EXPECT_NE(rng.fork(0).next(), rng.fork(1).next());
  EXPECT_EQ(rng.fork(3).next(), rng.fork(3).next());
}

TEST(Rng, BelowStaysBelow) {
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(rng.below(7), 7u);
}

}  // namespace
}  // namespace wayside
