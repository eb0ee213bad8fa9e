#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::node {

/// The newest good value of a signal before the samples that are kept for a restart.
struct RememberedValue {
  std::string asset;
  std::string signal;
  std::uint32_t version = 1;
  Time time;
  double value = 0;

  friend bool operator==(const RememberedValue&, const RememberedValue&) = default;
};

/// Beyond these values are forgotten.
inline constexpr std::size_t remembered_max = 100'000;

/// The note that stands in the spool beside what is kept. At most remembered_max values.
[[nodiscard]] std::string encode_remembered(const std::vector<RememberedValue>& values);
/// Errors: `corrupt`.
[[nodiscard]] Result<std::vector<RememberedValue>> decode_remembered(std::string_view note);

}  // namespace wayside::node
