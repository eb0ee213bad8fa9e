#pragma once

#include <sys/types.h>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace wayside::bench {

/// What processes have used since they began, by /proc.
struct Usage {
  double cpu_s = 0;
  std::uint64_t disk_bytes = 0;  ///< sent to the storage layer
};
[[nodiscard]] Usage usage_of(const std::vector<pid_t>& pids);

/// Looks once a second how much memory processes take: the highest sum of their PSS.
class MemoryWatch {
 public:
  explicit MemoryWatch(std::vector<pid_t> pids);
  ~MemoryWatch();
  [[nodiscard]] double highest_mb() const { return highest_kb_ * 1.024e-3; }

 private:
  std::vector<pid_t> pids_;
  std::atomic<double> highest_kb_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace wayside::bench
