#pragma once

#include <vector>

#include "base/http/server.hpp"

namespace wayside {

/// The console's files as built from web/, for `http::Server::assets`. Their bytes are in the
/// program's read-only data and live as long as it does. What is under `/assets/` has its content's
/// digest in its name and may be cached for ever; `/index.html` must not be.
[[nodiscard]] std::vector<http::Asset> console_assets();

}  // namespace wayside
