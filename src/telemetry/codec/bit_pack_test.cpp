#include "telemetry/codec/bit_pack.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace wayside::telemetry::codec {
namespace {

Vector random_vector(std::uint64_t seed) {
  Rng rng(seed);
  Vector values;
  for (auto& v : values) v = rng.next();
  return values;
}

bool bit_of(std::string_view bytes, std::size_t bit) {
  return (static_cast<unsigned char>(bytes[bit / 8]) >> (bit % 8) & 1) != 0;
}

/// Where the protocol puts bit `b` of integer `i`.
std::size_t place(std::size_t count, unsigned width, std::size_t i, unsigned b) {
  if (count < vector_max) return i * width + b;
  const std::size_t lane = i % 16;
  const std::size_t in_lane = i / 16 * width + b;
  return (in_lane / 64 * 16 + lane) * 64 + in_lane % 64;
}

TEST(BitPack, EveryWidthComesBack) {
  const Vector values = random_vector(1);
  for (unsigned width = 0; width <= 64; ++width) {
    const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
    for (const std::size_t count : {1u, 2u, 15u, 16u, 64u, 100u, 1023u, 1024u}) {
      std::string packed;
      pack(values.data(), count, width, packed);
      ASSERT_EQ(packed.size(), packed_bytes(count, width));
      Vector back;
      unpack(packed, count, width, 7, back.data());
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(back[i], (values[i] & mask) + 7) << width << " bits, " << i << " of " << count;
    }
  }
}

TEST(BitPack, BitsLieWhereTheProtocolSays) {
  const Vector values = random_vector(2);
  for (const unsigned width : {1u, 5u, 13u, 31u, 32u, 33u, 63u, 64u}) {
    for (const std::size_t count : {10u, 1024u}) {
      std::string packed;
      pack(values.data(), count, width, packed);
      for (std::size_t i = 0; i < count; ++i)
        for (unsigned b = 0; b < width; ++b)
          ASSERT_EQ(bit_of(packed, place(count, width, i, b)), (values[i] >> b & 1) != 0);
    }
  }
}

TEST(BitPack, AppendsAtAnyAddress) {
  const Vector values = random_vector(3);
  std::string packed = "abc";
  pack(values.data(), vector_max, 11, packed);
  Vector back;
  unpack(std::string_view(packed).substr(3), vector_max, 11, 0, back.data());
  EXPECT_EQ(back[1023], values[1023] & 0x7ff);
}

}  // namespace
}  // namespace wayside::telemetry::codec
