#include "telemetry/protobuf.hpp"

#include <google/protobuf/message_lite.h>
#include <limits>

namespace wayside::telemetry {

Status parse_protobuf(std::string_view bytes, google::protobuf::MessageLite& message) {
  // Once a process, before the first parse. There is no handler for one message alone.
  static const bool silenced = (google::protobuf::SetLogHandler(nullptr), true);
  static_cast<void>(silenced);
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(Errc::corrupt, "not a protobuf message, or a text that is not UTF-8");
  return {};
}

}  // namespace wayside::telemetry
