#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wayside {
namespace {

TEST(Crc32c, MatchesThePublishedCheckValues) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720 B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

RC_GTEST_PROP(Bytes, ReadsBackWhatWasWritten, (std::uint64_t a, std::int64_t b, std::uint32_t c)) {
  std::string out;
  ByteWriter writer(out);
  writer.varint(a);
  writer.svarint(b);
  writer.u32(c);
  writer.u64(a);
  ByteReader reader(out);
  RC_ASSERT(reader.varint() == a);
  RC_ASSERT(reader.svarint() == b);
  RC_ASSERT(reader.u32() == c);
  RC_ASSERT(reader.u64() == a);
  RC_ASSERT(reader.remaining() == 0u);
}

RC_GTEST_PROP(Bytes, ReadingArbitraryBytesEnds, (const std::string& noise)) {
  ByteReader reader(noise);
  while (reader.varint()) {
  }
  RC_ASSERT(!reader.bytes(1) || reader.remaining() < noise.size());
}

TEST(ByteReader, IsEmptyOnceSomethingWasMissing) {
  ByteReader reader("abc");
  EXPECT_FALSE(reader.u32());
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_FALSE(reader.u8());
  ByteReader longer("abcdefg");
  EXPECT_FALSE(longer.u64());
  EXPECT_FALSE(longer.u32());
}

TEST(ByteReader, RefusesAVarintOfMoreThan64Bits) {
  EXPECT_FALSE(ByteReader(std::string(9, '\xff') + '\x02').varint());
  EXPECT_TRUE(ByteReader(std::string(9, '\xff') + '\x01').varint());
}

}  // namespace
}  // namespace wayside
