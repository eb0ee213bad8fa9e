#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace wayside {

void assertion_failed(const char* condition, const char* message, const char* file,
                      int line) noexcept {
  std::fprintf(stderr, "wayside: bug at %s:%d: %s (%s)\n", file, line, message, condition);
  std::abort();
}

}  // namespace wayside
