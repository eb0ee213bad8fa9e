#include "telemetry/codec/block.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <bit>
#include <cmath>
#include <limits>

#include "base/bytes.hpp"
#include "base/rng.hpp"

namespace wayside::telemetry::codec {
namespace {

constexpr std::size_t count_max = 65'536;

std::string encode(const Columns& columns, Level level = Level::fast) {
  std::string out;
  encode_block(columns.times, columns.values, columns.qualities, out, level);
  return out;
}

std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> out;
  for (double v : values) out.push_back(std::bit_cast<std::uint64_t>(v));
  return out;
}

void expect_round_trip(const Columns& columns) {
  for (const Level level : {Level::fast, Level::small}) {
    const auto back = decode_block(encode(columns, level), count_max);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->times, columns.times);
    EXPECT_EQ(bits(back->values), bits(columns.values));
    EXPECT_EQ(back->qualities, columns.qualities);
  }
}

/// `values` on a grid of 100 ms, all good.
Columns on_grid(std::vector<double> values) {
  Columns columns;
  columns.values = std::move(values);
  columns.qualities.assign(columns.values.size(), Quality::good);
  for (std::size_t i = 0; i < columns.values.size(); ++i)
    columns.times.push_back(Time{} + milliseconds(100) * static_cast<std::int64_t>(i));
  return columns;
}

template <class F>
std::vector<double> generate(std::size_t count, F value) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = value(static_cast<double>(i));
  return values;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", c);
  return out;
}

double bytes_per_sample(const Columns& columns, Level level = Level::fast) {
  return static_cast<double>(encode(columns, level).size()) /
         static_cast<double>(columns.times.size());
}

// The worked examples of docs/protocol.md, byte for byte.
TEST(Block, DecimalExampleOfTheProtocol) {
  Columns columns;
  columns.times = {Time{} + seconds(1), Time{} + seconds(2), Time{} + seconds(3),
                   Time{} + seconds(4)};
  columns.values = {20.5, 20.6, std::numeric_limits<double>::infinity(), 20.8};
  columns.qualities = {Quality::good, Quality::good, Quality::not_finite, Quality::good};
  EXPECT_EQ(hex(encode(columns)),
            "02 04 "                    // version 2, 4 samples
            "03 00 80 02 02 00 "        // seconds; 2 x differences, 0 bits: 1, +1, then no change
            "00 01 03 00 80 "           // good x2, not_finite x1, good to the end
            "41 06 00 42 9a 03 00 21 "  // 10^1 and distances; 6 bytes: by differences, 2 bits: 205
                                        // and 0 + 1, 0, 2 (infinity has the integer before it)
            "00 c0 00 00 01 02 cc 99 b3 e6 cc 99 b3 bb 7f");  // all 0 but the third
  EXPECT_EQ(std::bit_cast<std::uint64_t>(columns.values[2]) - std::bit_cast<std::uint64_t>(20.6),
            0x3fbb'6666'6666'6666u);  // which is that svarint
}

TEST(Block, FrontBitsExampleOfTheProtocol) {
  Columns columns;
  columns.times = {Time{0}, Time{5}, Time{7}};
  columns.values = {0x1.8p-80, -0x1.9p-80, 0x1.abcp-79};
  columns.qualities.assign(3, Quality::good);
  EXPECT_EQ(hex(encode(columns)),
            "02 03 "                       // version 2, 3 samples
            "00 00 80 00 0a 05 "           // nanoseconds; 2 x differences, 0 bits: 0, +5, -3
            "80 "                          // all good
            "80 2c 2a 09 "                 // front bits from bit 44 on, the rest from bit 42
            "00 4a 80 fc 3a 42 00 50 08 "  // by differences, 10 bits: 75f00, + 33 + 0, + 33 + 532
            "00 02 00 30");                // 2 bits: 0 0 3
}

TEST(Block, EmptyBlock) {
  EXPECT_EQ(hex(encode({})), "02 00");
  expect_round_trip({});
}

TEST(Block, SpecialDoublesKeepTheirBits) {
  using Limits = std::numeric_limits<double>;
  expect_round_trip(
      on_grid({0.0, -0.0, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
               -Limits::quiet_NaN(), std::bit_cast<double>(0x7ff0000000000001u),
               std::bit_cast<double>(0xfff8dead0000beefu), Limits::denorm_min(), Limits::max(),
               Limits::lowest(), Limits::min(), 0.1, 1e300}));
  expect_round_trip(on_grid(generate(300, [](double) { return Limits::quiet_NaN(); })));
  expect_round_trip(on_grid(generate(300, [](double) { return -0.0; })));
}

TEST(Block, ExtremeTimesWrapAround) {
  Columns columns = on_grid(generate(6, [](double i) { return i; }));
  columns.times = {Time::min(), Time::max(), Time::min(), Time::max(), {0}, Time::min()};
  expect_round_trip(columns);
}

TEST(Block, VectorBoundaries) {
  for (const std::size_t count : {1u, 2u, 3u, 1023u, 1024u, 1025u, 1026u, 2049u, 65'536u}) {
    expect_round_trip(on_grid(generate(count, [](double i) { return std::floor(i * 7) / 10; })));
    expect_round_trip(on_grid(generate(count, [](double i) { return std::sin(i); })));
  }
}

TEST(Block, RegularGridAndConstantCostAlmostNothing) {
  EXPECT_LT(bytes_per_sample(on_grid(generate(10'000, [](double) { return 21.5; }))), 0.01);
}

TEST(Block, JitterCostsItsOwnBits) {
  Rng rng(4);
  Columns columns = on_grid(generate(8192, [](double) { return 21.5; }));
  for (Time& t : columns.times) t.ns += 1000 * static_cast<std::int64_t>(rng.below(128));
  expect_round_trip(columns);
  EXPECT_LT(bytes_per_sample(columns), 1.15);  // differences of jitter: one bit more than itself
}

TEST(Block, GapsInAGridAreChargedOneByOne) {
  Columns columns = on_grid(generate(8192, [](double) { return 21.5; }));
  for (std::size_t i = 0; i < columns.times.size(); ++i)
    columns.times[i].ns += 3'600'000'000'000 * static_cast<std::int64_t>(i / 500);
  expect_round_trip(columns);
  EXPECT_LT(bytes_per_sample(columns), 0.05);
}

TEST(Block, ShortDecimalsTakeTheirDigits) {
  Rng rng(1);
  // 0.0 to 102.3: ten bits, and little more.
  const auto noisy = generate(10'000, [&](double) { return double(rng.below(1024)) / 10; });
  EXPECT_LT(bytes_per_sample(on_grid(noisy)), 1.27);
  // One value in fifty is no decimal.
  auto some = noisy;
  for (std::size_t i = 0; i < some.size(); i += 50) some[i] = std::sin(double(i));
  expect_round_trip(on_grid(some));
  EXPECT_LT(bytes_per_sample(on_grid(some)), 1.6);
}

TEST(Block, NearlyDecimalsTakeTheirDigitsAndTheirDistance) {
  Rng rng(5);
  // As sums and means come out: 51.846000000000004.
  const auto sums = generate(8192, [&](double) {
    return double(rng.below(1000)) * 0.001 + double(rng.below(1000)) * 0.1;
  });
  expect_round_trip(on_grid(sums));
  EXPECT_LT(bytes_per_sample(on_grid(sums)), 2.8);
}

TEST(Block, StepsThatAreNoPowerOfTenTakeTheirNumber) {
  Rng rng(6);
  // A 12-bit converter over 10 V.
  const auto steps = generate(8192, [&](double) { return double(rng.below(4096)) * 10 / 4096; });
  expect_round_trip(on_grid(steps));
  EXPECT_LT(bytes_per_sample(on_grid(steps)), 1.6);
}

TEST(Block, TwoStatesTakeABitAndFewChangesLess) {
  Rng rng(7);
  const auto random = generate(8192, [&](double) { return double(rng.below(2)); });
  EXPECT_LT(bytes_per_sample(on_grid(random)), 0.135);
  const auto rare = generate(8192, [](double i) { return double(int(i) / 400 % 2); });
  EXPECT_LT(bytes_per_sample(on_grid(rare)), 0.04);
  expect_round_trip(on_grid(rare));
}

TEST(Block, FloatsTakeHalf) {
  Rng rng(2);
  const auto floats = generate(10'000, [&](double) { return double(float(rng.normal())); });
  expect_round_trip(on_grid(floats));
  EXPECT_LT(bytes_per_sample(on_grid(floats)), 4.1);
}

TEST(Block, DecimalsMeasuredAsFloatsTakeTheirDigits) {
  Rng rng(8);
  const auto floats = generate(8192, [&](double) { return double(float(rng.below(1024)) / 10); });
  expect_round_trip(on_grid(floats));
  EXPECT_LT(bytes_per_sample(on_grid(floats)), 1.3);
}

TEST(Block, SmallIsShorterWhereValuesAreUnevenlySpread) {
  Rng rng(9);
  const auto walk = generate(8192, [&, v = 500.0](double) mutable {
    v += std::round(rng.normal() * 3) / 10;
    return std::round(v * 10) / 10;
  });
  const Columns columns = on_grid(walk);
  EXPECT_LT(bytes_per_sample(columns, Level::small), 0.9 * bytes_per_sample(columns));
}

TEST(Block, RandomBitsCostLittleMoreThanThemselves) {
  Rng rng(3);
  const auto any = generate(10'000, [&](double) { return std::bit_cast<double>(rng.next()); });
  expect_round_trip(on_grid(any));
  EXPECT_LT(bytes_per_sample(on_grid(any)), 8.05);
}

rc::Gen<double> any_double() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                   [](std::uint64_t b) { return std::bit_cast<double>(b); }),
      rc::gen::map(rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000),
                   [](std::int64_t i) { return static_cast<double>(i) / 1000; }),
      rc::gen::map(rc::gen::arbitrary<float>(), [](float f) { return double(f); }),
      rc::gen::element(0.0, -0.0, std::numeric_limits<double>::quiet_NaN(), 1e17, 2e15));
}

rc::Gen<Columns> any_columns() {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 400), [](std::size_t count) {
    const auto steps = rc::gen::container<std::vector<std::int64_t>>(
        count, rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::just<std::int64_t>(0),
                              rc::gen::just<std::int64_t>(1'000'000),
                              rc::gen::just<std::int64_t>(1'000'000)));
    const auto values = rc::gen::oneOf(
        rc::gen::container<std::vector<double>>(count, any_double()),
        rc::gen::container<std::vector<double>>(
            count, rc::gen::map(rc::gen::inRange(0, 5000), [](int i) { return i / 100.0; })));
    const auto qualities = rc::gen::container<std::vector<Quality>>(
        count, rc::gen::map(rc::gen::inRange(0, 12), [](int q) {
          return q < static_cast<int>(quality_count) ? static_cast<Quality>(q) : Quality::good;
        }));
    return rc::gen::map(rc::gen::tuple(steps, values, qualities), [](auto parts) {
      Columns columns;
      std::uint64_t now = 0;
      for (const std::int64_t step : std::get<0>(parts)) {
        now += static_cast<std::uint64_t>(step);
        columns.times.push_back({static_cast<std::int64_t>(now)});
      }
      columns.values = std::get<1>(parts);
      columns.qualities = std::get<2>(parts);
      return columns;
    });
  });
}

Level any_level() {
  return *rc::gen::element(Level::fast, Level::small);
}

RC_GTEST_PROP(BlockProperty, EveryBlockComesBackBitForBit, ()) {
  const Columns columns = *any_columns();
  const auto back = decode_block(encode(columns, any_level()), count_max);
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->times == columns.times);
  RC_ASSERT(bits(back->values) == bits(columns.values));
  RC_ASSERT(back->qualities == columns.qualities);
}

// Run under a sanitizer this also shows that nothing is read past the end.
RC_GTEST_PROP(BlockProperty, CutBlocksAreCorrupt, ()) {
  const std::string bytes = encode(*any_columns(), any_level());
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const std::string part = bytes.substr(0, cut);
  const auto back = decode_block(part, count_max);
  RC_ASSERT(!back.has_value());
  RC_ASSERT(back.error().code == Errc::corrupt);
}

RC_GTEST_PROP(BlockProperty, ChangedBytesGiveABlockOrCorrupt, ()) {
  std::string bytes = encode(*any_columns(), any_level());
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  const auto back = decode_block(bytes, count_max);
  if (back) {
    RC_ASSERT(back->times.size() <= count_max);
    RC_ASSERT(back->times.size() == back->values.size());
    RC_ASSERT(back->times.size() == back->qualities.size());
  } else {
    RC_ASSERT(back.error().code == Errc::corrupt);
  }
}

TEST(Block, LimitsAreCheckedBeforeAllocating) {
  std::string huge;
  ByteWriter writer(huge);
  writer.u8(2);
  writer.varint(std::uint64_t{1} << 60);
  writer.bytes("abc");
  EXPECT_EQ(decode_block(huge, count_max).error().code, Errc::corrupt);
  EXPECT_EQ(decode_block(huge, std::numeric_limits<std::size_t>::max()).error().code,
            Errc::corrupt);
  const Columns ten = on_grid(generate(10, [](double i) { return i; }));
  EXPECT_TRUE(decode_block(encode(ten), 10));
  EXPECT_FALSE(decode_block(encode(ten), 9));
}

TEST(Block, TrailingBytesAndOtherVersionsAreCorrupt) {
  std::string bytes = encode(on_grid({1, 2, 3}));
  bytes.push_back('\0');
  EXPECT_FALSE(decode_block(bytes, count_max));
  bytes.pop_back();
  bytes[0] = 1;
  EXPECT_FALSE(decode_block(bytes, count_max));
  EXPECT_FALSE(decode_block("", count_max));
}

}  // namespace
}  // namespace wayside::telemetry::codec
