#pragma once

#include "base/result.hpp"
#include "table/table_reader.hpp"
#include "train/hub_features.hpp"

namespace wayside::train {

/// Feature rows of a training table (see TrainingTable), with the definitions its metadata hold.
/// Of `request` only the features, the assets and the kind count; each may be left out, the kind
/// where the table says it. Without features in the request all are read that the table defines.
/// Errors: `not_found` for a column or an asset that is not there; `conflict` for a table of
/// another kind; `invalid` for one that is none of ours; `full` for more than values_max; those of
/// the reader.
[[nodiscard]] Result<FeatureRows> read_features(table::TableReader& reader,
                                                const FeatureRequest& request);

}  // namespace wayside::train
