#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace wayside {

/// An index into one table; ids of different tables do not mix.
template <class Tag>
struct Id {
  std::uint32_t value = 0;

  friend constexpr auto operator<=>(Id, Id) = default;
  [[nodiscard]] constexpr std::size_t index() const { return value; }
};

using AssetId = Id<struct AssetTag>;    ///< index into a node's list of assets
using SignalId = Id<struct SignalTag>;  ///< index into a kind's list of signals

}  // namespace wayside

template <class Tag>
struct std::hash<wayside::Id<Tag>> {
  std::size_t operator()(wayside::Id<Tag> id) const noexcept { return id.value; }
};
