#pragma once

#include "base/config/node.hpp"
#include "node/kind_config.hpp"

namespace wayside::node {

/// Reads `rules:` of one kind into `config.rules`, giving slots to the model outputs they name.
/// `config` has its signals, features and models already.
void parse_rules(const config::Node& node, KindConfig& config, config::Diagnostics& diagnostics);

}  // namespace wayside::node
