#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "telemetry/tier.hpp"

namespace wayside::hub {

/// How much the streams that send may have under way: together no more than the queue has room for,
/// less while commits take longer than they should, and each of them the same. It reaches the nodes
/// with their acknowledgements, so that a hub that cannot keep up makes them wait instead of
/// refusing what they send. One caller at a time.
class Backpressure {
 public:
  static constexpr Duration active_for = seconds(10);  ///< a stream that sent nothing so long rests
  static constexpr Duration commit_target = milliseconds(500);
  static constexpr std::size_t total_min = 1u << 20;
  static constexpr std::uint64_t stream_min = 4u << 10;
  static constexpr std::uint64_t stream_max = 4u << 20;

  explicit Backpressure(std::size_t queue_bytes_max)
      : queue_bytes_max_(queue_bytes_max), total_(queue_bytes_max) {}

  /// A frame of the stream came.
  void took(const std::string& node, telemetry::Tier tier, Duration now);
  /// A commit of frames with so many bytes took so long.
  void committed(std::size_t bytes, Duration took);
  /// Bytes that each stream may have under way, while so many wait in the queue.
  [[nodiscard]] std::uint64_t window(std::size_t queue_bytes, Duration now);

 private:
  std::size_t queue_bytes_max_;
  std::size_t total_;
  std::map<std::pair<std::string, telemetry::Tier>, Duration> active_;
  Duration looked_{0};
};

}  // namespace wayside::hub
