#include "sim/world/network.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "link/topics.hpp"
#include "sim/world/network_state.hpp"

namespace wayside::sim {

/// What a program holds: one client of the broker.
class NetworkLink final : public link::Link {
 public:
  NetworkLink(Network::State& network, Network::Place place) : network_(network), place_(place) {}
  ~NetworkLink() override { stop(); }

  Status start(const link::LinkOptions& options, link::LinkHandler& handler) override {
    if (options.client_id.empty()) return fail(Errc::invalid, "an MQTT client needs an id");
    network_.begin(place_, options, handler, *this);
    return {};
  }
  Status publish(const std::string& topic, std::string_view payload, bool retain) override {
    if (!network_.holds(place_, *this)) return fail(Errc::unavailable, "not connected");
    return network_.publish(place_, topic, payload, retain);
  }
  [[nodiscard]] bool connected() const override {
    return network_.holds(place_, *this) && network_.places[place_].connection != nullptr;
  }
  void stop() override {
    if (network_.holds(place_, *this)) network_.end(place_);
  }

 private:
  Network::State& network_;
  Network::Place place_;
};

Network::Network(NetworkOptions options, EventQueue& queue, Rng rng, Digest& digest)
    : state_(std::make_unique<State>(options, queue, rng, digest)) {}

Network::~Network() {
  // What waits for a path holds its connection.
  for (Client& client : state_->places)
    for (const ConnectionPtr& connection : {client.connection, client.session})
      if (connection != nullptr)
        for (Connection::Way& way : connection->ways) way.stalled.clear();
}

Network::Place Network::add_place(Meter meter) {
  state_->places.emplace_back().meter = std::move(meter);
  return state_->places.size() - 1;
}

std::unique_ptr<link::Link> Network::make_link(Place place) {
  return std::make_unique<NetworkLink>(*state_, place);
}

void Network::set_path(Place place, const PathConditions& conditions) {
  state_->set_path(place, conditions);
}

void Network::sever(Place place, bool power) {
  State& s = *state_;
  Client& client = s.places[place];
  if (client.owner == nullptr) return;
  const ConnectionPtr connection = client.connection;
  s.forget(place);
  // Without power nobody says that the connection is closed.
  if (connection == nullptr) return;
  connection->client_gone();
  if (!power)
    s.tell_broker_closed(connection);
  else
    s.broker_will_notice(connection);
}

bool Network::connected(Place place) const {
  return state_->places[place].connection != nullptr;
}

void Network::stop_broker() {
  state_->stop_broker();
}

void Network::start_broker() {
  state_->up = true;
}

std::uint64_t Network::dropped() const {
  return state_->dropped;
}

// The client's side.

bool Network::State::holds(Place place, const NetworkLink& link) const {
  return places[place].owner == &link;
}

void Network::State::begin(Place place, const link::LinkOptions& options,
                           link::LinkHandler& handler, const NetworkLink& owner) {
  Client& client = places[place];
  WAYSIDE_ASSERT(client.owner == nullptr, "one program at a place");
  client.owner = &owner;
  client.options = options;
  client.handler = &handler;
  client.retry = network.retry_min;
  routes.clear();
  try_connect(place);
}

/// A program that stops disconnects; upon which, as link/mqtt does it, the will is published.
void Network::State::end(Place place) {
  const ConnectionPtr connection = places[place].connection;
  forget(place);
  if (connection == nullptr) return;
  connection->client_gone();
  tell_broker_closed(connection);
}

void Network::State::forget(Place place) {
  Client& client = places[place];
  client.owner = nullptr;
  client.handler = nullptr;
  client.connection = nullptr;
  ++client.attempt;
}

void Network::State::try_connect(Place place) {
  Client& client = places[place];
  const std::uint64_t attempt = ++client.attempt;
  const auto later = [&](Duration pause, bool (State::*then)(Place)) {
    queue.after(pause, [this, place, attempt, then] {
      if (places[place].attempt == attempt) (this->*then)(place);
    });
  };
  if (client.path.down != PathConditions::Down::no)
    return later(network.connect_timeout, &State::give_up_connecting);
  const Duration round_trip = delay(client) + delay(client);
  if (!up) return later(round_trip, &State::give_up_connecting);
  // TCP, CONNECT and SUBSCRIBE: a round trip each.
  later(round_trip * 3, &State::finish_connecting);
}

bool Network::State::give_up_connecting(Place place) {
  Client& client = places[place];
  const Duration pause = client.retry;
  client.retry = std::min(client.retry * 2, network.retry_max);
  const std::uint64_t attempt = client.attempt;
  queue.after(pause, [this, place, attempt] {
    if (places[place].attempt == attempt) try_connect(place);
  });
  return false;
}

bool Network::State::finish_connecting(Place place) {
  Client& client = places[place];
  if (!up || client.path.down != PathConditions::Down::no) return give_up_connecting(place);
  // A client that comes again ends the session that the broker took for alive.
  if (const ConnectionPtr before = client.session) broker_closes(before);
  const auto connection = std::make_shared<Connection>();
  connection->place = place;
  connection->will = client.options.will;
  client.connection = client.session = connection;
  client.retry = network.retry_min;
  client.outstanding = 0;
  client.acks.clear();
  client.full = false;
  digest.add(std::uint64_t{0xc0} << 32 | place);
  digest.add(static_cast<std::uint64_t>(queue.now().ns));
  client.handler->on_connected();
  if (client.session != connection) return true;
  for (const auto& [topic, payload] : retained)
    if (subscribes(client, topic)) forward(place, topic, payload, true);
  return true;
}

Status Network::State::publish(Place place, const std::string& topic, std::string_view payload,
                               bool retain) {
  Client& client = places[place];
  if (client.connection == nullptr) return fail(Errc::unavailable, "not connected to the broker");
  if (payload.size() > client.options.message_bytes_max)
    return fail(Errc::invalid, "a message of {} bytes is too large", payload.size());
  take_acks(client);
  if (client.outstanding >= client.options.inflight_max) {
    if (!std::exchange(client.full, true) && !client.acks.empty())
      look_for_room(place, client.acks.front());
    return fail(Errc::full, "{} messages wait", client.outstanding);
  }
  ++client.outstanding;
  const std::size_t bytes = wire_bytes(topic, payload);
  if (client.meter.sent) client.meter.sent(topic, bytes);
  send(client.connection, Direction::up, bytes,
       [this, connection = client.connection, topic, text = std::string(payload), retain] {
         reach_broker(connection, topic, text, retain);
       });
  return {};
}

/// Of those that the broker acknowledged by now.
void Network::State::take_acks(Client& client) {
  while (!client.acks.empty() && client.acks.front() <= queue.now()) {
    client.acks.pop_front();
    --client.outstanding;
  }
}

void Network::State::look_for_room(Place place, Duration when) {
  const ConnectionPtr connection = places[place].connection;
  queue.at(when, [this, place, connection] {
    Client& client = places[place];
    if (client.connection != connection || connection == nullptr || !client.full) return;
    take_acks(client);
    if (client.outstanding > client.options.inflight_max / 2u) {
      if (!client.acks.empty()) look_for_room(place, client.acks.front());
      return;
    }
    client.full = false;
    client.handler->on_writable();
  });
}

void Network::State::client_loses(const ConnectionPtr& connection, std::string_view why) {
  if (!connection->at_client) return;
  connection->client_gone();
  Client& client = places[connection->place];
  if (client.connection != connection) return;
  client.connection = nullptr;
  client.full = false;
  digest.add(std::uint64_t{0xd0} << 32 | connection->place);
  digest.add(static_cast<std::uint64_t>(queue.now().ns));
  tell_broker_closed(connection);
  client.handler->on_disconnected(why);
  if (client.handler != nullptr) give_up_connecting(connection->place);
}

// The broker's side.

void Network::State::reach_broker(const ConnectionPtr& connection, const std::string& topic,
                                  const std::string& payload, bool retain) {
  if (!up || !connection->at_broker) return;
  Client& client = places[connection->place];
  if (client.connection == connection) {
    client.acks.push_back(std::max(client.acks.empty() ? Duration{0} : client.acks.back(),
                                   queue.now() + client.path.latency));
    if (client.full && client.acks.size() == 1)
      look_for_room(connection->place, client.acks.front());
  }
  publish_here(topic, payload, retain);
}

void Network::State::publish_here(const std::string& topic, const std::string& payload,
                                  bool retain) {
  if (retain && payload.empty())
    retained.erase(topic);
  else if (retain)
    retained[topic] = payload;
  for (const Place place : route(topic)) forward(place, topic, payload, false);
}

bool Network::State::subscribes(const Client& client, std::string_view topic) const {
  const auto& patterns = client.options.subscriptions;
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& p) { return link::topic_matches(p, topic); });
}

const std::vector<Network::Place>& Network::State::route(const std::string& topic) {
  const auto [found, fresh] = routes.try_emplace(topic);
  if (fresh)
    for (Place place = 0; place < places.size(); ++place)
      if (subscribes(places[place], topic)) found->second.push_back(place);
  return found->second;
}

/// To a subscriber: a message for one that is slow waits, up to a limit.
void Network::State::forward(Place place, const std::string& topic, const std::string& payload,
                             bool is_retained) {
  const ConnectionPtr connection = places[place].session;
  if (connection == nullptr) return;
  const PathConditions& path = places[place].path;
  if (connection->waiting >= network.queued_max || chance(path.vanish)) {
    ++dropped;
    return;
  }
  const int copies = chance(path.duplicate) ? 2 : 1;
  const std::size_t bytes = wire_bytes(topic, payload);
  for (int i = 0; i < copies; ++i) {
    ++connection->waiting;
    send(connection, Direction::down, bytes, [this, connection, topic, payload, is_retained] {
      --connection->waiting;
      Client& client = places[connection->place];
      if (client.connection != connection) return;
      digest.add(static_cast<std::uint64_t>(queue.now().ns));
      digest.add(std::uint64_t{connection->place});
      digest.add(topic);
      digest.add(payload);
      if (client.meter.received) client.meter.received(wire_bytes(topic, payload));
      client.handler->on_message({topic, payload, is_retained});
    });
  }
}

void Network::State::broker_closes(const ConnectionPtr& connection) {
  if (!connection->at_broker) return;
  connection->broker_gone();
  Client& client = places[connection->place];
  if (client.session == connection) client.session = nullptr;
  if (connection->at_client && passes(client.path, Direction::down))
    queue.after(client.path.latency, [this, connection] {
      client_loses(connection, "the broker closed the connection");
    });
  if (connection->will)
    publish_here(connection->will->topic, connection->will->payload, connection->will->retain);
}

void Network::State::tell_broker_closed(const ConnectionPtr& connection) {
  const PathConditions& path = places[connection->place].path;
  if (!passes(path, Direction::up)) return broker_will_notice(connection);
  queue.after(path.latency, [this, connection] { broker_closes(connection); });
}

/// By the keep-alive: MQTT 5, section 3.1.2.10.
void Network::State::broker_will_notice(const ConnectionPtr& connection) {
  const Duration after{
      static_cast<std::int64_t>(static_cast<double>(network.keepalive.ns) * rng.uniform(0.5, 1.5))};
  queue.after(after, [this, connection] {
    const PathConditions& path = places[connection->place].path;
    if (!connection->at_client || !passes(path, Direction::up)) broker_closes(connection);
  });
}

void Network::State::stop_broker() {
  if (!std::exchange(up, false)) return;
  retained.clear();
  for (Client& client : places) {
    for (const ConnectionPtr& connection : {client.session, client.connection}) {
      if (connection == nullptr) continue;
      connection->broker_gone();
      if (connection->at_client && passes(client.path, Direction::down))
        queue.after(client.path.latency,
                    [this, connection] { client_loses(connection, "the broker is gone"); });
    }
    client.session = nullptr;
  }
}

}  // namespace wayside::sim
