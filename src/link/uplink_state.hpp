#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link/drain_pace.hpp"
#include "link/frame.hpp"
#include "link/tier_sender.hpp"
#include "link/uplink.hpp"
#include "link/uplink_metrics.hpp"
#include "spool/spool.hpp"

namespace wayside::link {

struct Uplink::State {
  static constexpr std::size_t inbox_max = 256;
  static constexpr Duration look_every = seconds(10);  ///< at what the link goes over

  State(UplinkOptions uplink_options, NodeState node_state, spool::Spool& uplink_spool,
        Link& uplink_link, const Clock& uplink_clock, Metrics& registry, Log uplink_log);

  using Lane = TierSender::Lane;
  struct TierState {
    TierSender sender;
    Duration due{0};
    bool open = false;  ///< its time has come; sends until nothing is left
    /// When nothing waited in the lane for what is new; nullopt: not yet in this run.
    std::optional<Duration> caught_up;
    Wait wait = Wait::none;
    /// Bytes on the wire that what is new may take before what waited has its turn.
    std::size_t new_first = 0;
  };
  /// What the link reported since the last step.
  struct Inbox {
    bool connected = false;
    bool hub_came = false;
    std::optional<std::uint64_t> window;
    std::vector<AckStream> acks;
  };
  /// Whose turn it is to send.
  struct Turn {
    telemetry::Tier tier;
    bool front;  ///< the lane of what is new, else that of what waited
  };

  [[nodiscard]] TierState& tier(telemetry::Tier t) { return tiers[static_cast<std::size_t>(t)]; }
  [[nodiscard]] Inbox take_inbox();
  void follow_epoch();
  void take_acks(const Inbox& taken, Duration now);
  void take_ack(const AckStream& ack, Duration now);
  void leave_epoch(telemetry::Tier t, std::uint64_t known, std::uint64_t durable, Duration now);
  void rewind(telemetry::Tier t, Lane lane, const char* why, Duration now);
  void rewind_all(const char* why, Duration now);
  void resend(Duration now);
  void announce();
  void report_change();
  void report_budget();
  void look_at_link(bool connected, Duration now);
  void show();

  [[nodiscard]] Status send_all(Duration now);
  void open_in_time(telemetry::Tier t, Duration now);
  [[nodiscard]] Result<bool> take_turn(const Turn& turn, Duration now);
  [[nodiscard]] std::size_t frame_bytes(telemetry::Tier t, Lane lane, Duration now) const;
  [[nodiscard]] bool has_next(telemetry::Tier t, Lane lane) const;
  [[nodiscard]] bool owes_in_order(telemetry::Tier t, Duration now);
  [[nodiscard]] bool paced(telemetry::Tier t, Lane lane) const;
  [[nodiscard]] bool has_room(telemetry::Tier t, Lane lane, Duration now) const;
  [[nodiscard]] bool lags(telemetry::Tier t, Duration now) const;
  [[nodiscard]] bool asks(telemetry::Tier t, Lane lane, Duration now) const;
  [[nodiscard]] bool open_lane(telemetry::Tier t, Duration now);
  [[nodiscard]] std::vector<spool::Spool::Entry> entries_from(telemetry::Tier t, std::uint64_t from,
                                                              std::uint64_t end,
                                                              std::size_t bytes_max);
  [[nodiscard]] bool fits_a_frame(telemetry::Tier t, std::uint64_t from, std::uint64_t end,
                                  std::size_t bytes_max);
  [[nodiscard]] Result<bool> send_one(telemetry::Tier t, Lane lane, std::size_t bytes_max,
                                      Duration now);
  void count_sent(telemetry::Tier t, const Frame& frame, std::size_t payload_bytes,
                  SendWindow::Size size, Duration now);
  [[nodiscard]] Status probe(Duration now);
  [[nodiscard]] bool has_more(telemetry::Tier t) const;
  [[nodiscard]] Duration next_pause(Duration now);
  void call_wake();

  const UplinkOptions options;
  NodeState node;
  spool::Spool& spool;
  Link& link;
  const Clock& clock;
  UplinkMetrics metrics;
  Log log;

  // Of the thread that steps:
  std::array<TierState, telemetry::tier_count> tiers;
  SendGate gate;
  DrainPace pace;
  Pacer catch_up;
  LinkFacts facts;
  Duration looked{0};  ///< at the link's kind
  std::uint64_t hub_window;
  std::uint64_t epoch = 0;
  std::optional<Duration> left_epoch;  ///< as an acknowledgement proved the spool an older copy
  bool reported_up = false;
  DayBudget::Level reported_level = DayBudget::Level::fine;
  bool announce_due = false;
  Duration probed{0};
  std::function<void(bool)> changed;
  std::function<void(telemetry::Event)> notice;

  mutable std::mutex mutex;  // the rest
  Inbox inbox;
  std::optional<NodeState> new_node;
  UplinkStatus status;
  std::function<void()> wake;
};

}  // namespace wayside::link
