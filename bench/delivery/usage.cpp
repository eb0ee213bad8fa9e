#include "delivery/usage.hpp"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace wayside::bench {
namespace {

/// The number after `name` in a file of `name: number` lines; 0 where it is not there.
double field(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string word; in >> word;) {
    if (word != name) continue;
    double value = 0;
    in >> value;
    return value;
  }
  return 0;
}

double cpu_seconds(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  // The second field is the name in parentheses; utime and stime are the 14th and 15th.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

Usage usage_of(const std::vector<pid_t>& pids) {
  Usage sum;
  for (const pid_t pid : pids) {
    sum.cpu_s += cpu_seconds(pid);
    sum.disk_bytes +=
        static_cast<std::uint64_t>(field("/proc/" + std::to_string(pid) + "/io", "write_bytes:"));
  }
  return sum;
}

MemoryWatch::MemoryWatch(std::vector<pid_t> pids) : pids_(std::move(pids)) {
  thread_ = std::thread([this] {
    for (int tick = 0; !stopping_; ++tick) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (tick % 10 != 0) continue;
      double kb = 0;
      for (const pid_t pid : pids_)
        kb += field("/proc/" + std::to_string(pid) + "/smaps_rollup", "Pss:");
      highest_kb_ = std::max(highest_kb_.load(), kb);
    }
  });
}

MemoryWatch::~MemoryWatch() {
  stopping_ = true;
  thread_.join();
}

}  // namespace wayside::bench
