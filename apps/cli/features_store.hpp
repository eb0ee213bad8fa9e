#pragma once

#include <string>
#include <vector>

#include "features_hub.hpp"

namespace wayside::cli {

struct FeaturesBackfillOptions {
  std::string config;
  HubPeriod period;
  std::vector<std::string> features;  ///< empty: all of the kind
};

/// `wayside features backfill`: a period's features into the hub's table.
void backfill_features(const FeaturesBackfillOptions& options);

struct FeaturesExportOptions {
  std::string config;
  HubPeriod period;
  std::string labels;
  bool every_tick = false;
  std::string output;
};

/// `wayside features export`: a training table.
void export_features(FeaturesExportOptions options);

}  // namespace wayside::cli
