#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "infer/manifest.hpp"
#include "train/table.hpp"

namespace wayside::train {

struct FeatureRequest {
  std::string hub;  ///< `http://host:port`
  std::string kind;
  Time from;
  Time to;                            ///< inclusive
  std::vector<std::string> features;  ///< empty: all that the kind's assets have in common
  std::vector<std::string> assets;    ///< empty: all of the kind
};

/// How features are defined where they were computed.
struct FeatureDefinitions {
  std::string
      digest;  ///< of all features of the kind; empty: not known, or not the same everywhere
  /// Of those read; without those that nobody describes.
  std::map<std::string, infer::Manifest::Definition> features;
};

struct FeatureRows {
  std::string kind;
  std::vector<std::string> assets;
  Table table;  ///< ordered by time, then asset
  FeatureDefinitions definitions;
};

/// Most values read for one fit: 160 MB as doubles.
inline constexpr std::size_t values_max = 20'000'000;

/// Feature rows of a period from a hub (docs/api.md: `assets` and `query`), page by page. Errors:
/// those of http::get and post; `not_found` for a kind, asset or feature that the hub does not know
/// (says what it knows); `conflict` where the assets' nodes define a feature differently; `full`
/// for more than values_max; `corrupt` for a reply that is not what the API promises; `io` for one
/// that says so itself.
[[nodiscard]] Result<FeatureRows> read_features(const FeatureRequest& request);

}  // namespace wayside::train
