#include "telemetry/codec/int_column.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <limits>

#include "base/rng.hpp"

namespace wayside::telemetry::codec {
namespace {

using Ints = std::vector<std::int64_t>;
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

std::string write(const Ints& ints, const IntOptions& options) {
  std::string out;
  write_ints(ints, options, out);
  return out;
}

/// Empty where the bytes are not a column of so many integers and nothing else.
Ints read(std::string_view bytes, std::size_t count) {
  ByteReader in(bytes);
  IntReader reader;
  if (!reader.open(in, count)) return {};
  Ints back;
  Vector vector;
  while (back.size() < count) {
    if (!reader.next(vector)) return {};
    for (std::size_t i = 0; i < vector_max && back.size() < count; ++i)
      back.push_back(static_cast<std::int64_t>(vector[i]));
  }
  return in.remaining() == 0 ? back : Ints{};
}

void expect_round_trip(const Ints& ints) {
  for (const Level level : {Level::fast, Level::small})
    for (unsigned differences = 0; differences <= differences_limit; ++differences)
      for (const bool divide : {false, true})
        ASSERT_EQ(read(write(ints, {level, differences, divide}), ints.size()), ints);
}

template <class F>
Ints generate(std::size_t count, F value) {
  Ints ints(count);
  for (std::size_t i = 0; i < count; ++i) ints[i] = value(static_cast<std::int64_t>(i));
  return ints;
}

double bits_each(const Ints& ints, const IntOptions& options = {}) {
  return 8.0 * static_cast<double>(write(ints, options).size()) / static_cast<double>(ints.size());
}

TEST(IntColumn, EdgesOfVectorsAndOfIntegers) {
  for (const std::size_t count : {1u, 2u, 3u, 1023u, 1024u, 1025u, 1026u, 2048u, 5000u}) {
    expect_round_trip(generate(count, [](std::int64_t i) { return i * i; }));
    expect_round_trip(generate(count, [](std::int64_t) { return lowest; }));
    expect_round_trip(
        generate(count, [](std::int64_t i) { return i % 2 == 0 ? lowest : highest; }));
    expect_round_trip(
        generate(count, [](std::int64_t i) { return i % 3 == 0 ? lowest : i * 1000; }));
  }
}

TEST(IntColumn, AStraightLineCostsAlmostNothing) {
  const Ints line = generate(10'000, [](std::int64_t i) { return 1'700'000'000'000 + 250 * i; });
  EXPECT_LT(bits_each(line, {Level::fast, 2, false}), 0.05);
}

TEST(IntColumn, OutliersAreChargedOneByOne) {
  Rng rng(1);
  Ints ints =
      generate(8192, [&](std::int64_t) { return static_cast<std::int64_t>(rng.below(16)); });
  EXPECT_LT(bits_each(ints), 4.1);
  for (std::size_t i = 0; i < ints.size(); i += 100) ints[i] = highest - static_cast<int>(i);
  EXPECT_LT(bits_each(ints), 5.4);
  expect_round_trip(ints);
}

TEST(IntColumn, ACommonDivisorIsTakenOut) {
  Rng rng(2);
  const Ints ints = generate(8192, [&](std::int64_t) {
    return 17 + 244'140'625 * static_cast<std::int64_t>(rng.below(16));
  });
  EXPECT_LT(bits_each(ints, {Level::fast, 1, true}), 4.1);
  EXPECT_GT(bits_each(ints, {Level::fast, 1, false}), 30);
}

TEST(IntColumn, SmallTakesRepetitionOut) {
  const Ints ints = generate(8192, [](std::int64_t i) { return i % 24 * (i % 24) * 7; });
  EXPECT_LT(bits_each(ints, {Level::small, 1, false}), 0.5);
  EXPECT_GT(bits_each(ints, {Level::fast, 1, false}), 5);
}

TEST(IntColumn, SmallIsNeverLongerThanFast) {
  Rng rng(3);
  for (const std::size_t count : {1u, 10u, 100u, 1000u, 10'000u})
    for (const unsigned width : {1u, 7u, 12u, 40u, 63u}) {
      const Ints ints = generate(
          count, [&](std::int64_t) { return static_cast<std::int64_t>(rng.below(1ULL << width)); });
      EXPECT_LE(write(ints, {Level::small, 1, true}).size(),
                write(ints, {Level::fast, 1, true}).size());
    }
}

// The worked examples of docs/protocol.md, byte for byte.
TEST(IntColumn, BytesOfTheProtocol) {
  using namespace std::string_literals;
  // Packed in 3 bits from 10: 0 5 2 7.
  EXPECT_EQ(write({10, 15, 12, 17}, {Level::fast, 0, false}), "\x00\x03\x14\xa8\x0e"s);
  // Differences of differences: 100, then +5, and no change.
  EXPECT_EQ(write({100, 105, 110, 115}, {Level::fast, 2, false}), "\x00\x80\xc8\x01\x0a\x00"s);
  // From 3 in 0 bits; one patch: after 5 others, 997 more than 3.
  EXPECT_EQ(write({3, 3, 3, 3, 3, 1000, 3, 3}, {Level::fast, 0, false}),
            "\x00\xc0\x00\x06\x01\x05\xca\x0f"s);
  // Planes, by their differences: 1000, then 0 and zigzag 1, -1, 300: two planes, of which the
  // second is raw as well.
  EXPECT_EQ(read("\x01\x01\xd0\x0f\x00\x02\x01\x02\x01\x58\x01\x00\x00\x02"s, 4),
            (Ints{1000, 1001, 1000, 1300}));
  // Planes, divided: 50 + 25 × (1 + 2 and 1 + 2); the one plane is constant.
  EXPECT_EQ(read("\x03\x19\x64\x00\x02\x01\x00\x02"s, 2), (Ints{125, 125}));
}

TEST(IntColumn, WhatBreaksTheFormatIsRefused) {
  using namespace std::string_literals;
  const auto refused = [](std::string_view bytes, std::size_t count) {
    return read(bytes, count).empty();
  };
  EXPECT_TRUE(refused(""s, 4));
  EXPECT_TRUE(refused("\x04\x03\x14\xa8\x0e"s, 4));          // no such form
  EXPECT_TRUE(refused("\x00\x03\x14\xa8"s, 4));              // packed bits cut off
  EXPECT_TRUE(refused("\x00\xc0\x03\x06\x00"s, 4));          // differences of third order
  EXPECT_TRUE(refused("\x00\xc0\x00\x06\x01\x04\x02"s, 4));  // a patch behind the end
  EXPECT_TRUE(refused("\x00\xc0\x00\x06\x05"s, 4));          // more patches than integers
  EXPECT_TRUE(refused("\x01\x03\x00\x00"s, 4));
  EXPECT_TRUE(refused("\x01\x00\x00\x09"s, 4));                      // nine planes
  EXPECT_TRUE(refused("\x01\x00\x00\x01\x03"s, 4));                  // no such kind of plane
  EXPECT_TRUE(refused("\x01\x00\x00\x01\x01\x05\x05"s, 4));          // raw plane cut off
  EXPECT_TRUE(refused("\x01\x00\x00\x01\x02\x03\x61\x62\x63"s, 4));  // not zstd
}

RC_GTEST_PROP(IntColumnProperty, EveryColumnComesBack, ()) {
  const auto any = rc::gen::oneOf(
      rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(-100, 100),
      rc::gen::map(rc::gen::inRange<std::int64_t>(-50, 50), [](std::int64_t v) { return v * 25; }),
      rc::gen::element(lowest, highest, std::int64_t{0}));
  expect_round_trip(*rc::gen::nonEmpty(rc::gen::container<Ints>(any)));
}

}  // namespace
}  // namespace wayside::telemetry::codec
