#include "base/os/process_stats.hpp"

#include <sys/resource.h>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace wayside::os {
namespace {

/// Bytes from a line such as "Pss:     1234 kB".
std::uint64_t kibibytes(std::string_view line) {
  const std::size_t digit = line.find_first_of("0123456789");
  if (digit == std::string_view::npos) return 0;
  std::uint64_t value = 0;
  std::from_chars(line.data() + digit, line.data() + line.size(), value);
  return value * 1024;
}

Duration from_timeval(const timeval& t) {
  return seconds(t.tv_sec) + microseconds(t.tv_usec);
}

}  // namespace

ProcessStats process_stats() {
  ProcessStats out;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    out.cpu = from_timeval(usage.ru_utime) + from_timeval(usage.ru_stime);
  std::FILE* file = std::fopen("/proc/self/smaps_rollup", "re");
  if (file == nullptr) return out;
  std::array<char, 256> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), file) != nullptr) {
    const std::string_view line(buffer.data());
    if (line.starts_with("Rss:")) out.rss_bytes = kibibytes(line);
    if (line.starts_with("Pss:")) out.pss_bytes = kibibytes(line);
  }
  std::fclose(file);
  return out;
}

}  // namespace wayside::os
