#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>

#include "delivery/records.hpp"
#include "delivery/system.hpp"

namespace wayside::bench {

/// Offers a system all series at the times of one grid, so many samples a second in all, and behind
/// them, every 200 ms, a critical record that bears the moment at which it is offered.
class Load {
 public:
  Load(System& system, const Records& records, double samples_per_s);
  ~Load();

  /// Ends at the end of a tick.
  void stop();
  /// Samples that the system has taken.
  [[nodiscard]] std::uint64_t offered() const { return offered_; }

 private:
  void run(const Records& records, double samples_per_s);

  System& system_;
  std::atomic<std::uint64_t> offered_{0};
  std::atomic<bool> stopping_{false};
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace wayside::bench
