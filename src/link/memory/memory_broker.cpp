#include "link/memory/memory_broker.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "base/assert.hpp"
#include "base/rng.hpp"
#include "link/broker_url.hpp"
#include "link/topics.hpp"

namespace wayside::link {
namespace {

struct Client {
  LinkOptions options;
  LinkHandler* handler = nullptr;
  bool connected = false;
  bool full = false;
  std::size_t waiting = 0;  ///< messages of its own that `run` has not taken yet
};

struct Parcel {
  std::shared_ptr<Client> from;  ///< null for a will
  std::string topic;
  std::string payload;
  bool retain = false;
};

}  // namespace

struct MemoryBroker::State {
  explicit State(std::uint64_t seed) : rng(seed) {}

  // Guards everything; never held while a handler is called.
  std::mutex mutex;
  Rng rng;
  MemoryFaults faults;
  bool up = true;
  std::vector<std::shared_ptr<Client>> clients;
  std::set<std::string> unreachable;
  std::deque<Parcel> parcels;
  std::map<std::string, std::string> retained;

  void connect_clients();
  void disconnect(const std::shared_ptr<Client>& client, bool with_will);
  std::size_t deliver(const Parcel& parcel);
  std::size_t hand_over(const std::shared_ptr<Client>& client, const Message& message);
};

class MemoryLink final : public Link {
 public:
  explicit MemoryLink(MemoryBroker::State& broker) : broker_(broker) {}
  ~MemoryLink() override { stop(); }

  Status start(const LinkOptions& options, LinkHandler& handler) override {
    if (const auto url = parse_broker_url(options.broker); !url)
      return tl::make_unexpected(url.error());
    if (options.client_id.empty()) return fail(Errc::invalid, "an MQTT client needs an id");
    const std::lock_guard lock(broker_.mutex);
    WAYSIDE_ASSERT(client_ == nullptr, "a link is started once");
    client_ = std::make_shared<Client>();
    client_->options = options;
    client_->handler = &handler;
    broker_.clients.push_back(client_);
    return {};
  }

  Status publish(const std::string& topic, std::string_view payload, bool retain) override {
    const std::lock_guard lock(broker_.mutex);
    if (client_ == nullptr || !client_->connected)
      return fail(Errc::unavailable, "not connected to the broker");
    if (payload.size() > client_->options.message_bytes_max)
      return fail(Errc::invalid, "a message of {} bytes is too large", payload.size());
    if (client_->waiting >= client_->options.inflight_max) {
      client_->full = true;
      return fail(Errc::full, "{} messages wait", client_->waiting);
    }
    ++client_->waiting;
    broker_.parcels.push_back({client_, topic, std::string(payload), retain});
    return {};
  }

  bool connected() const override {
    const std::lock_guard lock(broker_.mutex);
    return client_ != nullptr && client_->connected;
  }

  void stop() override {
    const std::lock_guard lock(broker_.mutex);
    if (client_ == nullptr) return;
    if (const auto& will = client_->options.will; will && client_->connected)
      broker_.parcels.push_back({nullptr, will->topic, will->payload, will->retain});
    client_->connected = false;
    client_->handler = nullptr;
    std::erase(broker_.clients, client_);
  }

 private:
  MemoryBroker::State& broker_;
  std::shared_ptr<Client> client_;
};

MemoryBroker::MemoryBroker(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {}
MemoryBroker::~MemoryBroker() = default;

std::unique_ptr<Link> MemoryBroker::make_link() {
  return std::make_unique<MemoryLink>(*state_);
}

void MemoryBroker::set_up(bool up) {
  std::vector<std::shared_ptr<Client>> clients;
  {
    const std::lock_guard lock(state_->mutex);
    state_->up = up;
    if (up) return;
    state_->parcels.clear();
    state_->retained.clear();
    clients = state_->clients;
  }
  for (const auto& client : clients) state_->disconnect(client, false);
}

void MemoryBroker::set_reachable(const std::string& client_id, bool reachable) {
  std::vector<std::shared_ptr<Client>> clients;
  {
    const std::lock_guard lock(state_->mutex);
    if (reachable) {
      state_->unreachable.erase(client_id);
      return;
    }
    state_->unreachable.insert(client_id);
    clients = state_->clients;
  }
  for (const auto& client : clients)
    if (client->options.client_id == client_id) state_->disconnect(client, true);
}

void MemoryBroker::set_faults(MemoryFaults faults) {
  const std::lock_guard lock(state_->mutex);
  state_->faults = faults;
}

std::size_t MemoryBroker::run(std::size_t deliveries_max) {
  std::size_t delivered = 0;
  state_->connect_clients();
  while (delivered < deliveries_max) {
    Parcel parcel;
    bool room = false;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->parcels.empty()) break;
      parcel = std::move(state_->parcels.front());
      state_->parcels.pop_front();
      if (parcel.retain) {
        state_->retained[parcel.topic] = parcel.payload;
        if (parcel.payload.empty()) state_->retained.erase(parcel.topic);
      }
      if (Client* from = parcel.from.get(); from != nullptr && from->waiting > 0) {
        --from->waiting;
        room = from->full && from->waiting <= from->options.inflight_max / 2u;
        if (room) from->full = false;
      }
    }
    delivered += state_->deliver(parcel);
    if (room && parcel.from->handler != nullptr) parcel.from->handler->on_writable();
  }
  return delivered;
}

void MemoryBroker::State::connect_clients() {
  std::vector<std::shared_ptr<Client>> fresh;
  {
    const std::lock_guard lock(mutex);
    if (!up) return;
    for (const auto& client : clients)
      if (!client->connected && !unreachable.contains(client->options.client_id)) {
        client->connected = true;
        client->full = false;
        client->waiting = 0;
        fresh.push_back(client);
      }
  }
  for (const auto& client : fresh) {
    if (client->handler != nullptr) client->handler->on_connected();
    std::vector<std::pair<std::string, std::string>> kept;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [topic, payload] : retained)
        for (const auto& pattern : client->options.subscriptions)
          if (topic_matches(pattern, topic)) kept.emplace_back(topic, payload);
    }
    for (const auto& [topic, payload] : kept) hand_over(client, {topic, payload, true});
  }
}

void MemoryBroker::State::disconnect(const std::shared_ptr<Client>& client, bool with_will) {
  {
    const std::lock_guard lock(mutex);
    if (!client->connected) return;
    client->connected = false;
    std::erase_if(parcels, [&](const Parcel& parcel) { return parcel.from == client; });
    if (const auto& will = client->options.will; will && with_will)
      parcels.push_back({nullptr, will->topic, will->payload, will->retain});
  }
  if (client->handler != nullptr) client->handler->on_disconnected("the connection broke");
}

std::size_t MemoryBroker::State::deliver(const Parcel& parcel) {
  std::vector<std::pair<std::shared_ptr<Client>, int>> receivers;
  {
    const std::lock_guard lock(mutex);
    for (const auto& client : clients) {
      const auto& patterns = client->options.subscriptions;
      if (!client->connected || std::none_of(patterns.begin(), patterns.end(), [&](const auto& p) {
            return topic_matches(p, parcel.topic);
          }))
        continue;
      const int copies = rng.uniform() < faults.loss ? 0 : 1;
      receivers.emplace_back(client, copies + (rng.uniform() < faults.duplication ? copies : 0));
    }
  }
  std::size_t delivered = 0;
  for (const auto& [client, copies] : receivers)
    for (int i = 0; i < copies; ++i)
      delivered += hand_over(client, {parcel.topic, parcel.payload, false});
  return delivered;
}

std::size_t MemoryBroker::State::hand_over(const std::shared_ptr<Client>& client,
                                           const Message& message) {
  // A handler may have been stopped, or cut off, by the one called before it.
  if (client->handler == nullptr || !client->connected) return 0;
  client->handler->on_message(message);
  return 1;
}

}  // namespace wayside::link
