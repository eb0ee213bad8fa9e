#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "link/link.hpp"
#include "link/node_state.hpp"
#include "telemetry/tier.hpp"

namespace wayside::spool {
class Spool;
}

namespace wayside::link {

/// When a tier is sent: at once, or at most every `every`.
struct TierPolicy {
  Duration every{0};  ///< 0: now
};

struct UplinkOptions {
  std::string node;
  std::array<TierPolicy, telemetry::tier_count> tiers;
  std::size_t frame_bytes_max = 256u << 10;  ///< before compression
  std::size_t window_bytes_max = 4u << 20;   ///< sent and not acknowledged, per tier
  Duration resend_after = seconds(10);       ///< no acknowledgement in spite of a connection
};

struct UplinkStatus {
  bool connected = false;
  bool hub_online = false;
  std::optional<Time> since;  ///< of the present state
  std::optional<Time> last_ack;
};

/// Moves what is in the spool to the hub: critical first, in windows, acknowledged end to end. It
/// has no thread: its owner calls `step` whenever the spool or the link woke it, and after the
/// returned pause at the latest.
class Uplink final : public LinkHandler {
 public:
  Uplink(UplinkOptions options, NodeState state, spool::Spool& spool, Link& link,
         const Clock& clock, Metrics& metrics, Log log);
  ~Uplink() override;

  /// Sends what may be sent now; returns how long nothing needs doing unless woken.
  Duration step();
  /// Everything in the spool is acknowledged.
  [[nodiscard]] bool drained() const;
  [[nodiscard]] UplinkStatus status() const;
  /// The owner's wake-up, called from the link's thread.
  void on_wake(std::function<void()> wake);
  /// Publishes a changed description of the node (a model was loaded, say).
  void announce(NodeState state);
  /// Called from `step` when the way to the hub (the broker and the hub behind it) opens or breaks,
  /// so that the node can record link_lost and link_restored.
  void on_change(std::function<void(bool up)> changed);

  void on_connected() override;
  void on_disconnected(std::string_view reason) override;
  void on_message(const Message& message) override;
  void on_writable() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::link
