#include "link/frame.hpp"

#include <zstd.h>
#include <memory>
#include <optional>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "link/topics.hpp"
#include "telemetry/protobuf.hpp"
#include "telemetry/record_head.hpp"
#include "wayside/v1/wire.pb.h"

namespace wayside::link {
namespace {

constexpr char plain_version = 0x01;
constexpr char zstd_version = 0x02;
// The first level: some 0.6 MiB of memory while it runs, where the default takes 1.3 MiB.
constexpr int zstd_level = 1;
constexpr std::uint32_t records_field = 5;

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "frame: {}", what);
}

/// How often `field` occurs in a protobuf message, without reading it into memory: a list of many
/// empty texts takes 20 times its wire size there. nullopt where the message is broken.
std::optional<std::size_t> occurrences(std::string_view message, std::uint32_t field) {
  enum WireType : std::uint32_t { varint = 0, fixed64 = 1, delimited = 2, fixed32 = 5 };
  ByteReader in(message);
  std::size_t found = 0;
  while (in.remaining() > 0) {
    const auto tag = in.varint();
    if (!tag) return std::nullopt;
    bool read = false;
    switch (*tag & 7) {
      case varint:
        read = in.varint().has_value();
        break;
      case fixed64:
        read = in.u64().has_value();
        break;
      case fixed32:
        read = in.u32().has_value();
        break;
      case delimited:
        if (const auto size = in.varint()) read = in.bytes(*size).has_value();
        break;
      default:
        break;
    }
    if (!read) return std::nullopt;
    if (*tag >> 3 == field) ++found;
  }
  return found;
}

/// To make zstd's tables anew for each frame takes longer than a small frame itself. A thread has
/// its own: one sends at a node, one receives at a hub.
struct Zstd {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> packing{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, Free> unpacking{ZSTD_createDCtx()};

  static Zstd& of_thread() {
    thread_local Zstd zstd;
    return zstd;
  }
};

Result<std::string> decompress(std::string_view in) {
  const auto size = ZSTD_getFrameContentSize(in.data(), in.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    return corrupt("the compressed part does not say how large it is");
  if (size > Frame::unpacked_bytes_max)
    return fail(Errc::corrupt, "frame: unpacks to {} bytes, at most {} may be", size,
                Frame::unpacked_bytes_max);
  std::string out(size, '\0');
  const std::size_t got = ZSTD_decompressDCtx(Zstd::of_thread().unpacking.get(), out.data(),
                                              out.size(), in.data(), in.size());
  if (ZSTD_isError(got) != 0) return corrupt(ZSTD_getErrorName(got));
  if (got != size) return corrupt("the compressed part is shorter than it says");
  return out;
}

/// What the blocks say they hold is added up before any of them is decoded. A record that cannot be
/// read is no concern here: it is judged by itself.
Status check_samples(const v1::Frame& message) {
  std::uint64_t samples = 0;
  for (const std::string& record : message.records())
    if (const auto head = telemetry::peek(record)) samples += head->samples;
  if (samples <= Frame::samples_max) return {};
  return fail(Errc::corrupt, "frame: {} samples, at most {} may be", samples, Frame::samples_max);
}

Result<Frame> parse(std::string_view body) {
  const auto records = occurrences(body, records_field);
  if (!records) return corrupt("not a protobuf message");
  if (*records > Frame::records_max)
    return fail(Errc::corrupt, "frame: {} records, at most {} may be", *records,
                Frame::records_max);
  v1::Frame message;
  if (const auto parsed = telemetry::parse_protobuf(body, message); !parsed)
    return fail_in("frame", parsed.error());
  if (!valid_node_name(message.node())) return corrupt("the node's name is not valid");
  if (!v1::Tier_IsValid(message.tier())) return corrupt("of an unknown tier");
  if (message.first_seq() == 0) return corrupt("numbers start at 1");
  if (message.records_size() == 0) return corrupt("holds no records");
  if (message.live_from() > message.first_seq()) return corrupt("begins before its lane does");
  if (const auto bounded = check_samples(message); !bounded)
    return tl::make_unexpected(bounded.error());
  Frame frame;
  frame.node = std::move(*message.mutable_node());
  frame.epoch = message.epoch();
  frame.tier = static_cast<telemetry::Tier>(message.tier());
  frame.first_seq = message.first_seq();
  frame.produced = message.produced();
  frame.acknowledged = message.acknowledged();
  frame.live_from = message.live_from();
  frame.records.reserve(*records);
  for (auto& record : *message.mutable_records()) frame.records.push_back(std::move(record));
  return frame;
}

}  // namespace

std::string encode_frame(const Frame& frame) {
  WAYSIDE_ASSERT(frame.records.size() <= Frame::records_max, "a frame keeps to its limit");
  v1::Frame message;
  message.set_node(frame.node);
  message.set_epoch(frame.epoch);
  message.set_tier(static_cast<v1::Tier>(frame.tier));
  message.set_first_seq(frame.first_seq);
  message.set_produced(frame.produced);
  message.set_acknowledged(frame.acknowledged);
  message.set_live_from(frame.live_from);
  for (const auto& record : frame.records) message.add_records(record);
  std::string plain(1, plain_version);
  message.AppendToString(&plain);

  const std::string_view body = std::string_view(plain).substr(1);
  std::string packed(1 + ZSTD_compressBound(body.size()), zstd_version);
  const std::size_t size =
      ZSTD_compressCCtx(Zstd::of_thread().packing.get(), packed.data() + 1, packed.size() - 1,
                        body.data(), body.size(), zstd_level);
  if (ZSTD_isError(size) != 0 || size >= body.size()) return plain;
  packed.resize(1 + size);
  return packed;
}

Result<Frame> decode_frame(std::string_view payload) {
  if (payload.size() > Frame::bytes_max)
    return fail(Errc::corrupt, "frame: {} bytes, at most {} may be", payload.size(),
                Frame::bytes_max);
  if (payload.empty()) return corrupt("empty");
  const std::string_view body = payload.substr(1);
  if (payload[0] == plain_version) return parse(body);
  if (payload[0] == zstd_version) {
    const auto unpacked = decompress(body);
    if (!unpacked) return tl::make_unexpected(unpacked.error());
    return parse(*unpacked);
  }
  return fail(Errc::corrupt, "frame: format {}, expected 1 or 2",
              static_cast<unsigned>(static_cast<unsigned char>(payload[0])));
}

std::string encode_ack(const std::vector<AckStream>& streams, std::uint64_t window) {
  v1::Ack message;
  message.set_window(window);
  for (const AckStream& stream : streams) {
    auto& to = *message.add_streams();
    to.set_epoch(stream.epoch);
    to.set_tier(static_cast<v1::Tier>(stream.tier));
    to.set_watermark(stream.watermark);
    to.set_rewind(stream.rewind);
    to.set_rewind_live(stream.rewind_live);
    for (const telemetry::SeqRange& range : stream.ahead) {
      auto& out = *to.add_ahead();
      out.set_first(range.first);
      out.set_last(range.last);
    }
  }
  return message.SerializeAsString();
}

Result<Ack> decode_ack(std::string_view payload) {
  if (payload.size() > ack_bytes_max)
    return fail(Errc::corrupt, "acknowledgement: {} bytes, at most {} may be", payload.size(),
                ack_bytes_max);
  v1::Ack message;
  if (const auto parsed = telemetry::parse_protobuf(payload, message); !parsed)
    return fail_in("acknowledgement", parsed.error());
  Ack ack;
  ack.window = message.window();
  for (const auto& from : message.streams()) {
    if (!v1::Tier_IsValid(from.tier()))
      return fail(Errc::corrupt, "acknowledgement: of an unknown tier");
    AckStream stream{from.epoch(), static_cast<telemetry::Tier>(from.tier()), from.watermark(),
                     from.rewind()};
    for (const auto& range : from.ahead()) stream.ahead.push_back({range.first(), range.last()});
    stream.rewind_live = from.rewind_live();
    if (!telemetry::well_formed(stream.watermark, stream.ahead))
      return fail(Errc::corrupt, "acknowledgement: its ranges do not follow each other");
    ack.streams.push_back(std::move(stream));
  }
  return ack;
}

}  // namespace wayside::link
