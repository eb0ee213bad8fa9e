#pragma once

#include <string>

#include "base/result.hpp"
#include "table/table_reader.hpp"
#include "train/hub_features.hpp"
#include "train/pca.hpp"

namespace wayside::train {

struct FitJob {
  FeatureRequest data;
  PcaOptions options;
  std::string out;   ///< the model file to write
  std::string name;  ///< of the model; empty: the file's name without its ending
};

/// Reads, fits, writes the file atomically, and returns a report for people. Errors: those of the
/// three steps; nothing is written then.
[[nodiscard]] Result<std::string> fit_pca_from_hub(const FitJob& job);
/// The same from a training table. Of `job.data` only the features and assets count, and the kind,
/// where the table does not say it.
[[nodiscard]] Result<std::string> fit_pca_from_table(const FitJob& job, table::TableReader& reader);

}  // namespace wayside::train
