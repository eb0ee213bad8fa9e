#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace wayside {

/// What the way to a peer goes over first. `local`: it is this computer.
enum class LinkKind : std::uint8_t { unknown, ethernet, wifi, cellular, local };
inline constexpr std::array link_kinds{LinkKind::unknown, LinkKind::ethernet, LinkKind::wifi,
                                       LinkKind::cellular, LinkKind::local};

[[nodiscard]] constexpr std::string_view to_string(LinkKind kind) {
  constexpr std::array<std::string_view, link_kinds.size()> names{"unknown", "ethernet", "wifi",
                                                                  "cellular", "local"};
  return names[static_cast<std::size_t>(kind)];
}

/// Tells what the way to a peer goes over at this moment; `unknown` where it cannot.
class LinkProbe {
 public:
  virtual ~LinkProbe() = default;
  [[nodiscard]] virtual LinkKind kind() = 0;
};

}  // namespace wayside
