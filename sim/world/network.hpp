#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/rng.hpp"
#include "link/link.hpp"
#include "sim/world/digest.hpp"
#include "sim/world/event_queue.hpp"
#include "sim/world/path.hpp"

namespace wayside::sim {

/// One broker and the paths to it. It keeps to what MQTT 5 promises at QoS 1 with clean sessions:
/// retained messages, wills, the order of messages within a connection, a limit of messages that
/// wait to be acknowledged. Connections are as TCP's: loss is delay, and a path that is down breaks
/// them only once somebody notices, by the keep-alive or by trying.
class Network {
 public:
  using Place = std::size_t;

  Network(NetworkOptions options, EventQueue& queue, Rng rng, Digest& digest);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// A computer with a path to the broker. `sent` is told of each message that left it, `received`
  /// of each that reached it, with the bytes that it took.
  struct Meter {
    std::function<void(std::string_view topic, std::size_t bytes)> sent;
    std::function<void(std::size_t bytes)> received;
  };
  Place add_place(Meter meter);
  /// The end of a connection for one life of a program there.
  [[nodiscard]] std::unique_ptr<link::Link> make_link(Place place);
  void set_path(Place place, const PathConditions& conditions);
  /// The program there is gone, without a word of its own. Its system closes the connection, unless
  /// the `power` is gone too.
  void sever(Place place, bool power);
  [[nodiscard]] bool connected(Place place) const;

  /// Connections break, and what was retained or under way is forgotten.
  void stop_broker();
  void start_broker();

  /// Messages that the broker dropped: because a subscriber was slow, or by `vanish`.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  friend class NetworkLink;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::sim
