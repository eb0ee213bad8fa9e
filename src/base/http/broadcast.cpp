#include <algorithm>

#include "base/http/broadcast_state.hpp"
#include "base/http/server.hpp"

namespace wayside::http {

Broadcast::Broadcast() : state_(std::make_shared<State>()) {}

Broadcast::~Broadcast() {
  close();
}

void Broadcast::publish(std::string_view event, std::string_view data) {
  const std::string message = fmt::format("event: {}\ndata: {}\n\n", event, data);
  const std::lock_guard lock(state_->mutex);
  for (const auto& client : state_->clients) {
    if (client->waiting.size() == queue_max) {
      client->waiting.pop_front();
      ++client->lost;
    }
    client->waiting.push_back(message);
  }
  state_->changed.notify_all();
}

std::size_t Broadcast::clients() const {
  const std::lock_guard lock(state_->mutex);
  return state_->clients.size();
}

std::size_t Broadcast::pending() const {
  const std::lock_guard lock(state_->mutex);
  std::size_t total = 0;
  for (const auto& client : state_->clients) total += client->waiting.size();
  return total;
}

void Broadcast::close() {
  state_->close();
}

std::shared_ptr<Broadcast::State::Client> Broadcast::State::join() {
  const std::lock_guard lock(mutex);
  if (closed || clients.size() >= clients_max) return nullptr;
  return clients.emplace_back(std::make_shared<Client>());
}

void Broadcast::State::leave(const std::shared_ptr<Client>& client) {
  const std::lock_guard lock(mutex);
  std::erase(clients, client);
}

std::string Broadcast::State::next(Client& client, std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, pause, [&] { return closed || !client.waiting.empty(); });
  if (closed) return {};
  std::string out;
  if (client.lost > 0) {
    out = fmt::format("event: lost\ndata: {{\"messages\": {}}}\n\n", client.lost);
    client.lost = 0;
  }
  for (const std::string& message : client.waiting) out += message;
  client.waiting.clear();
  // A comment line: keeps proxies from closing, and lets us notice that the client has gone.
  return out.empty() ? ": still here\n\n" : out;
}

void Broadcast::State::close() {
  const std::lock_guard lock(mutex);
  closed = true;
  changed.notify_all();
}

}  // namespace wayside::http
