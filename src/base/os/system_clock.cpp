#include "base/os/system_clock.hpp"

#include <ctime>

namespace wayside::os {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

Time SystemClock::now() const {
  return {read_clock(CLOCK_REALTIME)};
}

Duration SystemClock::monotonic() const {
  return {read_clock(CLOCK_MONOTONIC)};
}

}  // namespace wayside::os
