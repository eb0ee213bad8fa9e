#pragma once

/// An assertion states what only a bug in Wayside can break; it stays on in release. What a user, a
/// file or a peer can get wrong is a `Result`, never an assertion.
#define WAYSIDE_ASSERT(condition, message)                                  \
  do {                                                                      \
    if (!(condition)) [[unlikely]]                                          \
      ::wayside::assertion_failed(#condition, message, __FILE__, __LINE__); \
  } while (false)

namespace wayside {
[[noreturn]] void assertion_failed(const char* condition, const char* message, const char* file,
                                   int line) noexcept;
}
