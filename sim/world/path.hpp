#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace wayside::sim {

/// What the path between a computer and the broker does, in each direction.
struct PathConditions {
  enum class Down : std::uint8_t {
    no,
    both,
    up,    ///< what goes towards the broker vanishes: a half-open connection
    down,  ///< what comes from it does
  };
  Down down = Down::no;
  Duration latency = milliseconds(1);  ///< one way
  Duration jitter = {};                ///< uniform, up to so much more
  double loss = 0;                     ///< share of TCP's segments: repeated, so seen as delay
  double duplicate = 0;                ///< share of messages that come twice
  double reorder = 0;                  ///< share of messages that come later than the next ones
  double vanish = 0;       ///< share of messages that never come, as of a broker that drops queues
  double bytes_per_s = 0;  ///< each way; 0: no limit

  friend bool operator==(const PathConditions&, const PathConditions&) = default;
};

/// Of the network and the programs that use it.
struct NetworkOptions {
  Duration keepalive = seconds(15);  ///< of all clients, as link/mqtt asks for
  std::size_t queued_max = 1'000;    ///< messages that the broker keeps for a slow subscriber
  Duration retry_min = seconds(1);   ///< pauses between attempts to connect grow from here
  Duration retry_max = seconds(10);  ///< to here
  Duration connect_timeout = seconds(10);
};

}  // namespace wayside::sim
