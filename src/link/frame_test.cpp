#include "link/frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zstd.h>

#include "base/rng.hpp"
#include "telemetry/record.hpp"
#include "wayside/v1/wire.pb.h"

namespace wayside::link {
namespace {

using telemetry::Tier;

Frame sample_frame() {
  return {"loco-1", 0x1122334455667788u, Tier::diagnostic, 41, {"first", "second"}, 50, 40};
}

void expect_equal(const Frame& a, const Frame& b) {
  EXPECT_EQ(a.node, b.node);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.tier, b.tier);
  EXPECT_EQ(a.first_seq, b.first_seq);
  EXPECT_EQ(a.records, b.records);
  EXPECT_EQ(a.produced, b.produced);
  EXPECT_EQ(a.acknowledged, b.acknowledged);
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", c);
  return out;
}

TEST(Frame, ExampleOfTheProtocol) {
  Frame frame{"n1", 1, Tier::bulk, 300, {"AB"}, 300, 299};
  EXPECT_EQ(hex(encode_frame(frame)),
            "01 "                          // not compressed
            "0a 02 6e 31 "                 // node n1
            "11 01 00 00 00 00 00 00 00 "  // epoch 1
            "18 02 "                       // bulk
            "20 ac 02 "                    // first number 300
            "2a 02 41 42 "                 // a record
            "30 ac 02 "                    // produced 300
            "38 ab 02");                   // acknowledged 299
}

TEST(Frame, RoundTripPlainAndCompressed) {
  const auto plain = decode_frame(encode_frame(sample_frame()));
  ASSERT_TRUE(plain) << plain.error().message;
  expect_equal(*plain, sample_frame());

  Frame large = sample_frame();
  large.records.assign(100, std::string(1000, 'x'));
  const std::string payload = encode_frame(large);
  EXPECT_EQ(payload[0], 0x02);
  EXPECT_LT(payload.size(), 2000u);
  const auto back = decode_frame(payload);
  ASSERT_TRUE(back) << back.error().message;
  expect_equal(*back, large);
}

TEST(Frame, IncompressibleStaysPlain) {
  Rng rng(1);
  Frame frame = sample_frame();
  frame.records[0].clear();
  for (int i = 0; i < 5000; ++i) frame.records[0].push_back(static_cast<char>(rng.next()));
  EXPECT_EQ(encode_frame(frame)[0], 0x01);
}

Errc code_of(std::string_view payload) {
  const auto frame = decode_frame(payload);
  EXPECT_FALSE(frame);
  return frame ? Errc::invalid : frame.error().code;
}

TEST(Frame, BrokenPayloadsAreCorrupt) {
  EXPECT_EQ(code_of(""), Errc::corrupt);
  EXPECT_EQ(code_of("\x03whatever"), Errc::corrupt);
  EXPECT_EQ(code_of("\x01\xff\xff\xff"), Errc::corrupt);
  EXPECT_EQ(code_of("\x02not zstd"), Errc::corrupt);
  EXPECT_EQ(code_of(std::string(Frame::bytes_max + 1, '\x01')), Errc::corrupt);
  Frame frame = sample_frame();
  frame.node = "not/a/node";
  EXPECT_EQ(code_of(encode_frame(frame)), Errc::corrupt);
  frame = sample_frame();
  frame.first_seq = 0;
  EXPECT_EQ(code_of(encode_frame(frame)), Errc::corrupt);
  frame = sample_frame();
  frame.records.clear();
  EXPECT_EQ(code_of(encode_frame(frame)), Errc::corrupt);
}

TEST(Frame, ABombIsRefused) {
  const std::string zeros(Frame::unpacked_bytes_max + 1, '\0');
  std::string payload(1 + ZSTD_compressBound(zeros.size()), '\x02');
  payload.resize(
      1 + ZSTD_compress(payload.data() + 1, payload.size() - 1, zeros.data(), zeros.size(), 3));
  ASSERT_LT(payload.size(), Frame::bytes_max);
  EXPECT_EQ(code_of(payload), Errc::corrupt);

  // A million empty records: small on the wire, large in memory.
  std::string body = "\x01";
  for (int i = 0; i < 1'000'000; ++i) body += std::string_view("\x2a\x00", 2);
  EXPECT_EQ(code_of(body), Errc::corrupt);
}

TEST(Frame, RefusesALaneThatBeginsBehindIt) {
  Frame frame = sample_frame();
  frame.live_from = frame.first_seq;
  EXPECT_EQ(decode_frame(encode_frame(frame))->live_from, frame.first_seq);
  frame.live_from = frame.first_seq + 1;
  EXPECT_EQ(code_of(encode_frame(frame)), Errc::corrupt);
}

/// Blocks of equal samples are some twenty bytes each, whatever they hold.
TEST(Frame, BoundsWhatItsBlocksSayTheyHold) {
  telemetry::SampleBlock block{"a", "s", 1, {}, {}, {}};
  block.times.assign(telemetry::SampleBlock::samples_max, Time{});
  block.values.assign(telemetry::SampleBlock::samples_max, 1.0);
  block.qualities.assign(telemetry::SampleBlock::samples_max, telemetry::Quality::good);
  Frame frame = sample_frame();
  frame.records.assign(Frame::samples_max / telemetry::SampleBlock::samples_max,
                       telemetry::encode(block));
  EXPECT_TRUE(decode_frame(encode_frame(frame)));
  frame.records.push_back(frame.records.front());
  EXPECT_EQ(code_of(encode_frame(frame)), Errc::corrupt);
}

RC_GTEST_PROP(FrameProperty, EveryFrameComesBack, ()) {
  Frame frame = sample_frame();
  frame.epoch = *rc::gen::arbitrary<std::uint64_t>();
  frame.first_seq = *rc::gen::positive<std::uint64_t>();
  frame.records = *rc::gen::nonEmpty<std::vector<std::string>>();
  const auto back = decode_frame(encode_frame(frame));
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->records == frame.records);
  RC_ASSERT(back->epoch == frame.epoch);
  RC_ASSERT(back->first_seq == frame.first_seq);
}

RC_GTEST_PROP(FrameProperty, ChangedBytesNeverCrash, ()) {
  std::string payload = encode_frame(sample_frame());
  const auto at = *rc::gen::inRange<std::size_t>(0, payload.size());
  payload[at] = *rc::gen::arbitrary<char>();
  const auto back = decode_frame(payload);
  RC_ASSERT(back || back.error().code == Errc::corrupt);
}

TEST(Ack, RoundTripAndRefusals) {
  const std::vector<AckStream> streams{{7, Tier::critical, 12, false, {{20, 25}, {30, 30}}, true},
                                       {7, Tier::bulk, 3, true}};
  const auto back = decode_ack(encode_ack(streams, 70'000));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->streams.size(), 2u);
  EXPECT_EQ(back->window, 70'000u);
  EXPECT_EQ(back->streams[0].watermark, 12u);
  EXPECT_EQ(back->streams[0].ahead, (telemetry::SeqRanges{{20, 25}, {30, 30}}));
  EXPECT_TRUE(back->streams[0].rewind_live);
  EXPECT_EQ(back->streams[1].tier, Tier::bulk);
  EXPECT_TRUE(back->streams[1].rewind);
  EXPECT_FALSE(back->streams[1].rewind_live);
  EXPECT_TRUE(decode_ack("")->streams.empty());
  EXPECT_FALSE(decode_ack("\xff"));
  EXPECT_FALSE(decode_ack(std::string(ack_bytes_max + 1, '\0')));
  v1::Ack unknown;
  unknown.add_streams()->set_tier(static_cast<v1::Tier>(17));
  EXPECT_FALSE(decode_ack(unknown.SerializeAsString()));
}

TEST(Ack, RangesThatCannotBeAreRefused) {
  for (const telemetry::SeqRanges& ahead :
       {telemetry::SeqRanges{{13, 14}}, {{20, 19}}, {{20, 25}, {26, 27}}, {{30, 31}, {20, 21}}})
    EXPECT_FALSE(decode_ack(encode_ack({{7, Tier::bulk, 12, false, ahead}})));
}

/// As many streams as go into one message, each with as many ranges as there may be.
TEST(Ack, TheLargestFits) {
  std::vector<AckStream> streams;
  constexpr std::uint64_t far = 1ull << 60;
  for (std::size_t i = 0; i < ack_streams_max; ++i) {
    AckStream stream{~0ull, Tier::bulk, far, true, {}, true};
    for (std::uint64_t r = 1; r <= telemetry::seq_ranges_max; ++r)
      stream.ahead.push_back({far + 1000 * r, far + 1000 * r + 500});
    streams.push_back(stream);
  }
  const auto back = decode_ack(encode_ack(streams, ~0ull));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->streams.size(), ack_streams_max);
}

}  // namespace
}  // namespace wayside::link
