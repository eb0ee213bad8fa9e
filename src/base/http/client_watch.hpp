#pragma once

#include <functional>

namespace wayside::http {

/// Tells whether the peer of the connection between these two ports of TCP has closed its end. It
/// may be asked from any thread while the connection's own thread is in a handler; each question
/// is one poll of the socket. Never true where the socket cannot be found.
[[nodiscard]] std::function<bool()> watch_client(int remote_port, int local_port);

}  // namespace wayside::http
