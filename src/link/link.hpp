#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::link {

struct Message {
  std::string_view topic;
  std::string_view payload;
  bool retained = false;
};

/// Called on the link's own thread (the memory twin: on the caller's), one call at a time.
class LinkHandler {
 public:
  virtual ~LinkHandler() = default;
  virtual void on_connected() = 0;
  virtual void on_disconnected(std::string_view reason) = 0;
  virtual void on_message(const Message& message) = 0;
  /// A message longer than `LinkOptions::message_bytes_max` came, and is dropped.
  virtual void on_oversize(std::string_view topic, std::size_t bytes) {
    static_cast<void>(topic);
    static_cast<void>(bytes);
  }
  /// There is room again after `publish` said `full`.
  virtual void on_writable() {}
};

/// What the broker publishes when the client is gone, whether it broke or was stopped.
struct Will {
  std::string topic;
  std::string payload;
  bool retain = true;
};

struct LinkOptions {
  std::string broker;  ///< mqtt://host:port
  std::string client_id;
  std::vector<std::string> subscriptions;
  std::optional<Will> will;
  std::uint16_t inflight_max = 64;
  std::size_t message_bytes_max = 8u << 20;
};

/// A connection to a publish/subscribe broker, at least once (QoS 1). It reconnects by itself,
/// with growing pauses up to 10 s, and subscribes again; a broker that refuses a subscription is
/// left and tried again as if it had refused the connection. Sessions are clean: what must not be
/// lost is in the spool, not in the broker.
class Link {
 public:
  virtual ~Link() = default;
  /// Returns at once; `on_connected` follows when the broker answers. Errors: `invalid` options.
  [[nodiscard]] virtual Status start(const LinkOptions& options, LinkHandler& handler) = 0;
  /// Errors: `unavailable` when not connected, `full` when the send queue is at its limit.
  /// A success is no proof of delivery. Safe from any thread.
  [[nodiscard]] virtual Status publish(const std::string& topic, std::string_view payload,
                                       bool retain) = 0;
  [[nodiscard]] virtual bool connected() const = 0;
  /// Sends nothing more, disconnects, upon which the broker publishes the will, and ends the
  /// thread; the handler is not called any more once it returned. Idempotent. The caller must hold
  /// no lock that the handler takes; called from the handler itself it only asks for the end, and
  /// the destructor waits.
  virtual void stop() = 0;
};

}  // namespace wayside::link
