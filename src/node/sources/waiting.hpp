#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/clock.hpp"
#include "base/config/node.hpp"

namespace wayside::node::sources {

/// Sleeps until the time is over or a stop is requested, whichever comes first.
class Waiter {
 public:
  /// False if stopped.
  bool wait(Duration duration, std::stop_token stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

/// How fast recorded or simulated time passes: `max`, `real`, or so many times as fast, `60x`.
struct Pace {
  static constexpr double factor_max = 1e6;
  double factor = 0;  ///< event seconds per second; 0 is as fast as possible

  [[nodiscard]] bool max() const { return factor == 0; }
};

/// Reports what is neither of the three.
std::optional<Pace> as_pace(const config::Node& node, config::Diagnostics& diagnostics);

/// Holds event times back to the pace: the first passes at once and ties event time to the clock.
class Pacer {
 public:
  Pacer(Pace pace, const Clock& clock) : pace_(pace), clock_(clock) {}

  /// Returns when it is time for `event`; at once if that has passed. False if stopped.
  bool wait_for(Time event, std::stop_token stop);
  /// The next event ties the times anew.
  void restart() { first_.reset(); }

 private:
  Pace pace_;
  const Clock& clock_;
  std::optional<Time> first_;
  Duration started_;
  Waiter waiter_;
};

}  // namespace wayside::node::sources
