#pragma once

#include <string_view>

#include "base/result.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace wayside::telemetry {

/// Parses outside input. Errors: `corrupt`. Protobuf itself would print a line to standard error
/// for every broken text, with which a stranger could fill the log; here it stays silent.
[[nodiscard]] Status parse_protobuf(std::string_view bytes, google::protobuf::MessageLite& message);

}  // namespace wayside::telemetry
