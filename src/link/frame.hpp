#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "telemetry/seq_ranges.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// One payload on `wayside/v1/{node}/up/{tier}`. See schema/wayside/v1/wire.proto.
struct Frame {
  static constexpr std::size_t bytes_max = 4u << 20;  ///< on the wire
  static constexpr std::size_t unpacked_bytes_max = 32u << 20;
  static constexpr std::size_t records_max = 16'384;
  /// In all its blocks, so that decoding one frame takes some 20 MB at most.
  static constexpr std::uint64_t samples_max = 1u << 20;
  std::string node;
  std::uint64_t epoch = 0;
  telemetry::Tier tier = telemetry::Tier::bulk;
  std::uint64_t first_seq = 0;
  std::vector<std::string> records;
  std::uint64_t produced = 0;
  std::uint64_t acknowledged = 0;  ///< the spool's watermark: up to here nothing can be sent again
  std::uint64_t live_from = 0;     ///< where the lane ahead of the watermark began; 0: in order
};

/// One version byte (0x01 plain, 0x02 zstd), then the protobuf message.
[[nodiscard]] std::string encode_frame(const Frame& frame);
/// Errors: `corrupt` with what is wrong. Limits are checked before anything is allocated. The
/// records stay sealed: telemetry::decode judges each of them.
[[nodiscard]] Result<Frame> decode_frame(std::string_view payload);

struct AckStream {
  std::uint64_t epoch = 0;
  telemetry::Tier tier = telemetry::Tier::bulk;
  std::uint64_t watermark = 0;
  bool rewind = false;
  telemetry::SeqRanges ahead = {};  ///< committed as well, beyond the watermark
  bool rewind_live = false;
};
struct Ack {
  std::vector<AckStream> streams;
  /// Bytes of frames that each stream of the node may have under way; 0: the hub does not say.
  std::uint64_t window = 0;
};
inline constexpr std::size_t ack_bytes_max = 4096;
/// So many streams fit whatever they say.
inline constexpr std::size_t ack_streams_max = 16;
[[nodiscard]] std::string encode_ack(const std::vector<AckStream>& streams,
                                     std::uint64_t window = 0);
/// Errors: `corrupt`.
[[nodiscard]] Result<Ack> decode_ack(std::string_view payload);

}  // namespace wayside::link
