#pragma once

#include <string>
#include <string_view>

namespace wayside::telemetry {

/// `text` with every byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7) replaced by
/// U+FFFD: a protobuf string must be well-formed, and what a source or a driver says may not be.
[[nodiscard]] std::string well_formed_utf8(std::string_view text);

}  // namespace wayside::telemetry
