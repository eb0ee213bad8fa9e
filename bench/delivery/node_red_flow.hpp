#pragma once

#include <string>

namespace wayside::bench {

/// A flow of Node-RED's own nodes as people build it: lines from TCP go to an MQTT broker with QoS
/// 1 while it is connected, else to the end of a file; what the file holds goes out in portions
/// once it is connected again. Diagnostic and critical lines take the same way.
[[nodiscard]] std::string node_red_flow(int listen_port, int broker_port, const std::string& file);

}  // namespace wayside::bench
