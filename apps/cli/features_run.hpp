#pragma once

#include <string>

namespace wayside::cli {

struct FeaturesRunOptions {
  std::string config;
  std::string input;
  std::string output = "-";
  std::string kind;
  bool skip_unknown = false;
};

/// `wayside features run`: samples.csv in, features.csv out, a summary on standard error.
void run_features(const FeaturesRunOptions& options);

}  // namespace wayside::cli
