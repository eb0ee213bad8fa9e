#pragma once

#include "base/config/node.hpp"
#include "node/kind_config.hpp"

namespace wayside::node {

/// Reads `models:` of one kind into `config.models`. `config` has its features already.
void parse_models(const config::Node& node, KindConfig& config, config::Diagnostics& diagnostics);

}  // namespace wayside::node
