#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"
#include "hub_client.hpp"

namespace wayside::cli {

struct TopOptions {
  std::string hub = default_hub;
  std::optional<Duration> duration;
  bool once = false;
};

/// A summary of the fleet on one screen, every second: redrawn in place on a terminal, printed
/// below each other elsewhere (every ten seconds). Ends on Ctrl-C, or after `duration`.
void run_top(const TopOptions& options);

}  // namespace wayside::cli
