#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/link_kind.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "link/link.hpp"
#include "link/node_state.hpp"
#include "link/send_gate.hpp"
#include "telemetry/record.hpp"
#include "telemetry/tier.hpp"

namespace wayside::spool {
class Spool;
}

namespace wayside::link {

struct UplinkOptions {
  std::string node;
  GateOptions gate;  ///< when and how fast each tier is sent
  /// Of what waited while the hub was away, as long as newer records go ahead of it: bytes a second
  /// on the wire, all tiers together; 0: no limit.
  std::uint64_t catch_up_rate = 8u << 20;
  std::size_t frame_bytes_max = 256u << 10;    ///< before compression
  std::size_t window_bytes_max = 4u << 20;     ///< of records sent and not acknowledged, per lane
  Duration resend_after = seconds(10);         ///< no acknowledgement in spite of a connection
  std::shared_ptr<LinkProbe> probe = nullptr;  ///< null: the link's kind is unknown
};

struct UplinkStatus {
  struct Tier {
    Wait wait = Wait::none;
    std::string waits_for;     ///< of it, for people: `22:00`
    bool catching_up = false;  ///< what is new goes ahead of what waited
  };
  bool connected = false;
  bool hub_online = false;
  std::optional<Time> since;  ///< of the present state
  std::optional<Time> last_ack;
  LinkKind kind = LinkKind::unknown;
  std::array<Tier, telemetry::tier_count> tiers;
  std::uint64_t budget_bytes = 0;  ///< a day; 0: no limit
  std::uint64_t budget_spent = 0;  ///< of today's
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
  /// Called from `step` with an event that people should hear of: the day's budget is nearly spent
  /// (`budget_low`, an alarm) or spent (`budget_spent`).
  void on_notice(std::function<void(telemetry::Event event)> notice);

  /// What of the day's budget an earlier run has spent; before the first `step`.
  void restore_budget(SpentBudget spent);
  /// For its owner to keep; on the thread that steps.
  [[nodiscard]] SpentBudget budget() const;

  void on_connected() override;
  void on_disconnected(std::string_view reason) override;
  void on_message(const Message& message) override;
  void on_writable() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::link
