#include "codec/baselines.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace wayside::bench {
namespace {

using Values = std::vector<double>;

std::vector<std::uint64_t> bits(const Values& values) {
  std::vector<std::uint64_t> out;
  for (const double v : values) out.push_back(std::bit_cast<std::uint64_t>(v));
  return out;
}

void expect_lossless(const Values& values) {
  const auto check = [&](auto encode, auto decode) {
    std::string bytes;
    encode(values, bytes);
    Values back(values.size());
    decode(bytes, back);
    ASSERT_EQ(bits(back), bits(values));
  };
  check(gorilla_encode, gorilla_decode);
  check(chimp_encode, chimp_decode);
  check(chimp128_encode, chimp128_decode);
}

TEST(Baselines, AreLossless) {
  using Limits = std::numeric_limits<double>;
  expect_lossless({1});
  expect_lossless({0.0, -0.0, Limits::quiet_NaN(), Limits::infinity(), Limits::denorm_min(),
                   Limits::lowest(), 0.1, std::bit_cast<double>(0xfff8dead0000beefu)});
  expect_lossless(Values(1000, 21.5));
  Values decimals;
  Values reals;
  for (int i = 0; i < 3000; ++i) {
    decimals.push_back(std::round(std::sin(i) * 1000) / 10);
    reals.push_back(std::sin(i));
  }
  expect_lossless(decimals);
  expect_lossless(reals);
}

TEST(Baselines, TakeWhatTheirPapersSay) {
  // Gorilla: 64 bits, then one for each repetition. Chimp: two; Chimp128: two and seven.
  const Values constant(801, 21.5);
  std::string gorilla;
  std::string chimp;
  std::string chimp128;
  gorilla_encode(constant, gorilla);
  chimp_encode(constant, chimp);
  chimp128_encode(constant, chimp128);
  EXPECT_EQ(gorilla.size(), 8u + 100);
  EXPECT_EQ(chimp.size(), 8u + 200);
  EXPECT_EQ(chimp128.size(), 8u + 900);
  // Gorilla's own example (figure 5 of its paper): 12 and 24 differ in one bit.
  std::string two;
  gorilla_encode(Values{12, 24}, two);
  EXPECT_EQ(two.size(), 8u + 2);  // 2 + 5 + 6 bits, and 1 that differs
}

RC_GTEST_PROP(BaselinesProperty, AreLossless, ()) {
  const auto any =
      rc::gen::oneOf(rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                                  [](std::uint64_t b) { return std::bit_cast<double>(b); }),
                     rc::gen::map(rc::gen::inRange(0, 50), [](int i) { return i / 10.0; }));
  expect_lossless(*rc::gen::nonEmpty(rc::gen::container<Values>(any)));
}

}  // namespace
}  // namespace wayside::bench
