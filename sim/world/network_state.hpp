#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/world/network.hpp"

namespace wayside::sim {

/// Towards the broker, or from it.
enum class Direction : std::uint8_t { up, down };

/// A connection, of which either end may already know that it is over.
struct Connection {
  Network::Place place = 0;
  bool at_client = true;
  bool at_broker = true;
  std::optional<link::Will> will;
  std::size_t waiting = 0;  ///< messages that the broker sent and that did not arrive
  struct Way {
    Duration free_at;  ///< when what was sent before has left
    Duration last;     ///< when the newest arrives: TCP keeps the order
    struct Stalled {
      std::size_t bytes;
      std::function<void()> arrive;
    };
    std::vector<Stalled> stalled;  ///< sent while the path was down; TCP sends it again
  };
  std::array<Way, 2> ways;

  void client_gone() {
    at_client = false;
    ways[0].stalled.clear();
  }
  void broker_gone() {
    at_broker = false;
    ways[1].stalled.clear();
  }
};
using ConnectionPtr = std::shared_ptr<Connection>;

struct Client {
  Network::Meter meter;
  PathConditions path;
  Duration path_since{0};  ///< of its being up or down
  const class NetworkLink* owner = nullptr;
  link::LinkOptions options;
  link::LinkHandler* handler = nullptr;
  ConnectionPtr connection;  ///< as the client sees it
  ConnectionPtr session;     ///< as the broker does
  std::uint64_t attempt = 0;
  Duration retry;
  std::size_t outstanding = 0;  ///< messages without PUBACK
  std::deque<Duration> acks;    ///< when those of the oldest arrive
  bool full = false;            ///< `publish` said so
};

struct Network::State {
  State(NetworkOptions o, EventQueue& q, Rng r, Digest& d)
      : network(o), queue(q), rng(r), digest(d) {}

  [[nodiscard]] bool holds(Place place, const NetworkLink& link) const;
  void begin(Place place, const link::LinkOptions& options, link::LinkHandler& handler,
             const NetworkLink& owner);
  void end(Place place);
  void forget(Place place);
  void try_connect(Place place);
  bool give_up_connecting(Place place);
  bool finish_connecting(Place place);
  [[nodiscard]] Status publish(Place place, const std::string& topic, std::string_view payload,
                               bool retain);
  void take_acks(Client& client);
  void look_for_room(Place place, Duration when);
  void client_loses(const ConnectionPtr& connection, std::string_view why);

  void reach_broker(const ConnectionPtr& connection, const std::string& topic,
                    const std::string& payload, bool retain);
  void publish_here(const std::string& topic, const std::string& payload, bool retain);
  [[nodiscard]] bool subscribes(const Client& client, std::string_view topic) const;
  [[nodiscard]] const std::vector<Place>& route(const std::string& topic);
  void forward(Place place, const std::string& topic, const std::string& payload, bool retained);
  void broker_closes(const ConnectionPtr& connection);
  void tell_broker_closed(const ConnectionPtr& connection);
  void broker_will_notice(const ConnectionPtr& connection);
  void stop_broker();

  // The path: path.cpp
  void set_path(Place place, const PathConditions& conditions);
  void path_breaks(Place place);
  void path_heals(Place place, Duration outage);
  void send(const ConnectionPtr& connection, Direction direction, std::size_t bytes,
            std::function<void()> arrive);
  [[nodiscard]] Duration delay(const Client& client);
  [[nodiscard]] std::optional<Duration> repeats(const Client& client, std::size_t bytes);
  [[nodiscard]] bool chance(double share) { return share > 0 && rng.uniform() < share; }

  NetworkOptions network;
  EventQueue& queue;
  Rng rng;
  Digest& digest;
  std::vector<Client> places;
  bool up = true;
  std::map<std::string, std::string> retained;
  std::unordered_map<std::string, std::vector<Place>> routes;  ///< who subscribes to a topic
  std::uint64_t dropped = 0;
};

[[nodiscard]] bool passes(const PathConditions& path, Direction direction);
/// Of a PUBLISH with its topic, and of its acknowledgement.
[[nodiscard]] std::size_t wire_bytes(std::string_view topic, std::string_view payload);

}  // namespace wayside::sim
