#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "telemetry/schema.hpp"

namespace wayside::node {

/// The kinds and assets of one node, by id. Immutable once the configuration is read.
struct AssetTable {
  struct Asset {
    std::string name;
    std::size_t kind = 0;  ///< index into `kinds`
    std::map<std::string, std::string> tags = {};
  };
  std::vector<telemetry::Kind> kinds;
  std::vector<Asset> assets;

  [[nodiscard]] std::optional<AssetId> find(std::string_view asset) const {
    for (std::size_t i = 0; i < assets.size(); ++i)
      if (assets[i].name == asset) return AssetId{static_cast<std::uint32_t>(i)};
    return std::nullopt;
  }
  [[nodiscard]] const telemetry::Kind& kind_of(AssetId asset) const {
    return kinds[assets[asset.index()].kind];
  }
};

}  // namespace wayside::node
