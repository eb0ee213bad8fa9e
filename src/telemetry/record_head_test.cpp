#include "telemetry/record_head.hpp"

#include <gtest/gtest.h>

#include "telemetry/record.hpp"

namespace wayside::telemetry {
namespace {

TEST(RecordHead, TellsKindAssetAndSamples) {
  const auto check = [](const Record& record, BodyKind kind, std::string_view asset,
                        std::uint64_t samples) {
    const std::string sealed = encode(record);
    const auto head = peek(sealed);
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->kind, kind);
    EXPECT_EQ(head->asset, asset);
    EXPECT_EQ(head->samples, samples);
  };
  SampleBlock block{"a1", "s", 1, {}, {}, {}};
  for (int i = 0; i < 300; ++i) {
    block.times.push_back(Time{} + seconds(i));
    block.values.push_back(i);
    block.qualities.push_back(Quality::good);
  }
  check(block, BodyKind::samples, "a1", 300);
  check(FeatureBlock{"a2", {"f"}, {Time{}}, {1}}, BodyKind::features, "a2", 0);
  check(Decision{"a3", "m", "", {}, 0, "", 0, 0, "", ""}, BodyKind::decision, "a3", 0);
  check(Event{"a4", "k", {}, {}, "", ""}, BodyKind::event, "a4", 0);
  check(Health{{}, {"cpu"}, {1}}, BodyKind::health, "", 0);
  check(Gap{3, 7, "expired", {}, {}}, BodyKind::gap, "", 0);
}

TEST(RecordHead, RefusesWhatIsNoRecord) {
  for (const std::string bytes : {"", "\xff\xff", "\x0a\x7f", "\x38\x01"})
    EXPECT_EQ(peek(bytes).error().code, Errc::corrupt);
  // A block that says it holds more than any may.
  EXPECT_FALSE(peek(std::string("\x0a\x07\x22\x05\x02\xff\xff\xff\x7f", 9)));
}

}  // namespace
}  // namespace wayside::telemetry
