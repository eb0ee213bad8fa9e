#pragma once

#include <string>

#include "base/config/reader.hpp"
#include "hub/store/keeping.hpp"

namespace wayside::hub {

/// Reads `keep` and `archive` of hub.yaml into `policy` and the archive's folder (empty: none).
/// Mistakes go to the diagnostics of `map`, each with its place.
void read_keeping(config::MapReader& map, KeepingPolicy& policy, std::string& archive);

}  // namespace wayside::hub
