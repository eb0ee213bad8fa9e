#pragma once

#include <string>

#include "base/config/node.hpp"

namespace wayside::config {

/// Reads and parses one configuration file; that it cannot be read is a mistake like any other.
[[nodiscard]] Node load_yaml(const std::string& path, const Environment& environment,
                             Diagnostics& diagnostics);

}  // namespace wayside::config
