#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace wayside::telemetry {

/// What a sealed record holds, in the order of the wire's fields.
enum class BodyKind : std::uint8_t { samples, features, decision, event, health, gap };
inline constexpr std::array body_kinds{BodyKind::samples, BodyKind::features, BodyKind::decision,
                                       BodyKind::event,   BodyKind::health,   BodyKind::gap};
[[nodiscard]] std::string_view to_string(BodyKind kind);

/// What can be told of a sealed record without decoding it.
struct RecordHead {
  BodyKind kind = BodyKind::event;
  std::string_view asset;     ///< into the record; empty where it concerns the node
  std::uint64_t samples = 0;  ///< that its block says it holds
};

/// Errors: `corrupt`; that it passes here does not mean that `decode` takes it.
[[nodiscard]] Result<RecordHead> peek(std::string_view sealed);

}  // namespace wayside::telemetry
