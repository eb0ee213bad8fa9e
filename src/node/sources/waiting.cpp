#include "node/sources/waiting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace wayside::node::sources {

bool Waiter::wait(Duration duration, std::stop_token stop) {
  // In turns of a day, so that no wait overflows the clock's own deadline.
  while (duration.ns > 0 && !stop.stop_requested()) {
    const Duration turn = std::min(duration, days(1));
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::chrono::nanoseconds(turn.ns), [] { return false; });
    duration = duration - turn;
  }
  return !stop.stop_requested();
}

std::optional<Pace> as_pace(const config::Node& node, config::Diagnostics& diagnostics) {
  if (node.type == config::Node::Type::scalar) {
    if (node.scalar == "max") return Pace{0};
    if (node.scalar == "real") return Pace{1};
    double factor = 0;
    const char* end = node.scalar.data() + node.scalar.size();
    const auto [stop, error] = std::from_chars(node.scalar.data(), end, factor);
    if (error == std::errc{} && stop + 1 == end && *stop == 'x' && factor > 0 &&
        factor <= Pace::factor_max)
      return Pace{factor};
  }
  diagnostics.error(node.at,
                    fmt::format("expected the pace max, real or a factor such as 60x, found {}",
                                node.describe()));
  return std::nullopt;
}

bool Pacer::wait_for(Time event, std::stop_token stop) {
  if (pace_.max()) return !stop.stop_requested();
  if (!first_) {
    first_ = event;
    started_ = clock_.monotonic();
  }
  const double due_s = (event - *first_).seconds() / pace_.factor;
  const double elapsed_s = (clock_.monotonic() - started_).seconds();
  // A file may jump a century; waiting longer than this is waiting for the stop anyhow.
  constexpr double wait_max_s = 1e9;
  const double left_s = std::clamp(due_s - elapsed_s, 0.0, wait_max_s);
  return waiter_.wait({static_cast<std::int64_t>(left_s * 1e9)}, stop);
}

}  // namespace wayside::node::sources
