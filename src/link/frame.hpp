#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// One payload on `wayside/v1/{node}/up/{tier}`. See schema/wayside/v1/wire.proto.
struct Frame {
  static constexpr std::size_t bytes_max = 4u << 20;  ///< on the wire
  static constexpr std::size_t unpacked_bytes_max = 32u << 20;
  static constexpr std::size_t records_max = 16'384;
  std::string node;
  std::uint64_t epoch = 0;
  telemetry::Tier tier = telemetry::Tier::bulk;
  std::uint64_t first_seq = 0;
  std::vector<std::string> records;
  std::uint64_t produced = 0;
  std::uint64_t acknowledged = 0;  ///< the spool's watermark: up to here nothing can be sent again
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
};
inline constexpr std::size_t ack_bytes_max = 4096;
[[nodiscard]] std::string encode_ack(const std::vector<AckStream>& streams);
/// Errors: `corrupt`.
[[nodiscard]] Result<std::vector<AckStream>> decode_ack(std::string_view payload);

}  // namespace wayside::link
