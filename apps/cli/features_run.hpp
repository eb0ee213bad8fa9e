#pragma once

#include <string>

#include "features_hub.hpp"

namespace wayside::cli {

struct FeaturesRunOptions {
  std::string config;
  std::string input;  ///< samples.csv; empty: a hub's samples
  HubPeriod period;   ///< where it is a hub's; its kind holds for a file too
  std::string output = "-";
  bool skip_unknown = false;
};

/// `wayside features run`: samples.csv or a hub's samples in, features.csv out, a summary on
/// standard error.
void run_features(const FeaturesRunOptions& options);

}  // namespace wayside::cli
