#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wayside::telemetry {

/// How urgently a record goes up and how late it is dropped.
enum class Tier : std::uint8_t { critical = 0, diagnostic = 1, bulk = 2 };

inline constexpr std::size_t tier_count = 3;
inline constexpr std::array<Tier, tier_count> all_tiers{Tier::critical, Tier::diagnostic,
                                                        Tier::bulk};

[[nodiscard]] constexpr std::string_view to_string(Tier tier) {
  constexpr std::array<std::string_view, tier_count> names{"critical", "diagnostic", "bulk"};
  return names[static_cast<std::size_t>(tier)];
}

[[nodiscard]] constexpr std::optional<Tier> parse_tier(std::string_view text) {
  for (Tier tier : all_tiers)
    if (to_string(tier) == text) return tier;
  return std::nullopt;
}

}  // namespace wayside::telemetry
