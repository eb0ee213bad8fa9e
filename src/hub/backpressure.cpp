#include "hub/backpressure.hpp"

#include <algorithm>

namespace wayside::hub {

void Backpressure::took(const std::string& node, telemetry::Tier tier, Duration now) {
  active_[{node, tier}] = now;
}

void Backpressure::committed(std::size_t bytes, Duration took) {
  if (took > commit_target) {
    const double share = static_cast<double>(commit_target.ns) / static_cast<double>(took.ns);
    const auto less = static_cast<std::size_t>(static_cast<double>(total_) * std::max(share, 0.5));
    total_ = std::max(less, std::min(total_min, queue_bytes_max_));
  } else {
    total_ = std::min(total_ + bytes, queue_bytes_max_);
  }
}

std::uint64_t Backpressure::window(std::size_t queue_bytes, Duration now) {
  // Who fell silent is looked for now and then: with many nodes it takes a while.
  if (now - looked_ >= seconds(1)) {
    looked_ = now;
    std::erase_if(active_, [&](const auto& stream) { return now - stream.second > active_for; });
  }
  // Half of the room, since others may begin to send.
  const std::size_t room =
      queue_bytes < queue_bytes_max_ ? (queue_bytes_max_ - queue_bytes) / 2 : 0;
  const std::uint64_t each = std::min(room, total_) / std::max<std::size_t>(active_.size(), 1);
  return std::clamp(each, stream_min, stream_max);
}

}  // namespace wayside::hub
