#include "base/os/trim_memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace wayside::os {
namespace {

/// One line of /proc/self/maps. Code of a file is mapped private, readable and executable, and
/// never written: dropping its pages loses nothing.
void drop_code(const char* line) {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::array<char, 5> access{};
  if (std::sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, access.data()) != 3) return;
  if (std::strcmp(access.data(), "r-xp") != 0 || std::strchr(line, '/') == nullptr) return;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel says addresses in text
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

void trim_memory() {
  malloc_trim(0);
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return;
  std::array<char, 4352> line{};
  while (std::fgets(line.data(), line.size(), maps) != nullptr) drop_code(line.data());
  std::fclose(maps);
}

}  // namespace wayside::os
