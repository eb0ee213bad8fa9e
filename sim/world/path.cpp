// How long messages take between a computer and the broker, and what a path that is down does.
#include <algorithm>

#include "sim/world/network_state.hpp"

namespace wayside::sim {
namespace {

constexpr std::size_t segment_bytes = 1'400;
constexpr Duration retransmit_min = milliseconds(200);
/// A segment lost so often in a row takes minutes: the connection is given up.
constexpr int repeats_max = 9;
constexpr Duration retransmit_max = seconds(60);

}  // namespace

bool passes(const PathConditions& path, Direction direction) {
  switch (path.down) {
    case PathConditions::Down::no:
      return true;
    case PathConditions::Down::both:
      return false;
    case PathConditions::Down::up:
      return direction == Direction::down;
    case PathConditions::Down::down:
      break;
  }
  return direction == Direction::up;
}

std::size_t wire_bytes(std::string_view topic, std::string_view payload) {
  constexpr std::size_t headers =
      4 + 2 + 2 + 1;  // fixed header, length of topic, packet id, properties
  constexpr std::size_t puback = 4;
  return topic.size() + payload.size() + headers + puback;
}

Duration Network::State::delay(const Client& client) {
  Duration out = client.path.latency;
  if (client.path.jitter.ns > 0)
    out.ns += static_cast<std::int64_t>(static_cast<double>(client.path.jitter.ns) * rng.uniform());
  return out;
}

/// What losing segments adds; nullopt where the connection is given up. Each loss doubles the
/// pause before the next try: RFC 6298, section 5.5.
std::optional<Duration> Network::State::repeats(const Client& client, std::size_t bytes) {
  if (client.path.loss <= 0) return Duration{0};
  const Duration first = std::max(retransmit_min, client.path.latency * 3);
  int worst = 0;
  for (std::size_t sent = 0; sent < bytes; sent += segment_bytes) {
    int lost = 0;
    while (lost <= repeats_max && chance(client.path.loss)) ++lost;
    worst = std::max(worst, lost);
  }
  if (worst > repeats_max) return std::nullopt;
  return first * ((std::int64_t{1} << worst) - 1);
}

void Network::State::send(const ConnectionPtr& connection, Direction direction, std::size_t bytes,
                          std::function<void()> arrive) {
  Client& client = places[connection->place];
  Connection::Way& way = connection->ways[static_cast<std::size_t>(direction)];
  if (!passes(client.path, direction)) {
    way.stalled.push_back({bytes, std::move(arrive)});
    return;
  }
  const auto repeated = repeats(client, bytes);
  if (!repeated) {
    queue.after(retransmit_max, [this, connection] {
      broker_closes(connection);
      client_loses(connection, "the connection broke");
    });
    return;
  }
  Duration leaves = std::max(queue.now(), way.free_at);
  if (client.path.bytes_per_s > 0)
    leaves.ns +=
        static_cast<std::int64_t>(static_cast<double>(bytes) / client.path.bytes_per_s * 1e9);
  way.free_at = leaves;
  Duration arrives = std::max(leaves + delay(client) + *repeated, way.last);
  if (chance(client.path.reorder))
    arrives = arrives + client.path.latency + milliseconds(1 + static_cast<int>(rng.below(500)));
  else
    way.last = arrives;
  queue.at(arrives, std::move(arrive));
}

void Network::State::set_path(Place place, const PathConditions& conditions) {
  Client& client = places[place];
  const bool changes = client.path.down != conditions.down;
  const bool was_down = client.path.down != PathConditions::Down::no;
  client.path = conditions;
  if (!changes) return;
  const Duration outage = queue.now() - client.path_since;
  client.path_since = queue.now();
  if (was_down) path_heals(place, outage);
  if (conditions.down != PathConditions::Down::no) path_breaks(place);
}

/// Nobody knows yet. Who expects a word and hears none will, and who is told by the other end.
void Network::State::path_breaks(Place place) {
  const Client& client = places[place];
  if (!passes(client.path, Direction::up) && client.session != nullptr)
    broker_will_notice(client.session);
  if (passes(client.path, Direction::down) || client.connection == nullptr) return;
  const Duration after{
      static_cast<std::int64_t>(static_cast<double>(network.keepalive.ns) * rng.uniform(1, 2))};
  queue.after(after, [this, place, connection = client.connection] {
    if (!passes(places[place].path, Direction::down))
      client_loses(connection, "the broker does not answer");
  });
}

/// TCP tries again after pauses that doubled; an end that has given up says so then.
void Network::State::path_heals(Place place, Duration outage) {
  Client& client = places[place];
  std::vector<ConnectionPtr> connections{client.connection};
  if (client.session != client.connection) connections.push_back(client.session);
  const Duration longest = std::min(outage, retransmit_max);
  for (const ConnectionPtr& connection : connections) {
    if (connection == nullptr) continue;
    const Duration again{
        static_cast<std::int64_t>(static_cast<double>(longest.ns) * rng.uniform())};
    queue.after(again, [this, connection] {
      const PathConditions& path = places[connection->place].path;
      if (path.down != PathConditions::Down::no) return;
      if (!connection->at_broker) return client_loses(connection, "the broker had given up");
      if (!connection->at_client) return broker_closes(connection);
      for (const Direction direction : {Direction::up, Direction::down}) {
        auto stalled =
            std::exchange(connection->ways[static_cast<std::size_t>(direction)].stalled, {});
        for (auto& message : stalled)
          send(connection, direction, message.bytes, std::move(message.arrive));
      }
    });
  }
}

}  // namespace wayside::sim
