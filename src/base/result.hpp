#pragma once

#include <fmt/core.h>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace wayside {

/// What a caller may want to tell apart; the sentence for the operator is in `Error::message`.
enum class Errc : std::uint8_t {
  invalid,      ///< the input breaks its own rules
  not_found,    ///< no such file, name, row
  io,           ///< the operating system refused
  corrupt,      ///< stored or received bytes fail their check
  full,         ///< no room: disk, queue, budget
  unavailable,  ///< a peer or library is away; trying again may help
  conflict,     ///< in use, or changed meanwhile
  timeout,      ///< took longer than allowed
  refused,      ///< not permitted
};

/// A failure that comes from outside, as a clear sentence without a trailing period.
struct Error {
  Errc code = Errc::invalid;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(Errc code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::make_unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// The same failure, with what was being done put before it: "opening x.db: disk full".
[[nodiscard]] inline tl::unexpected<Error> fail_in(const std::string& doing, const Error& cause) {
  return tl::make_unexpected(Error{cause.code, doing + ": " + cause.message});
}

}  // namespace wayside
