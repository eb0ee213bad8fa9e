#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/http/server.hpp"

namespace wayside::http {

/// Shared by the publisher and the server's connections, so that either may go first.
struct Broadcast::State {
  struct Client {
    std::deque<std::string> waiting;
    std::size_t lost = 0;
  };

  /// nullptr when closed or when there are too many already.
  std::shared_ptr<Client> join();
  void leave(const std::shared_ptr<Client>& client);
  /// What the client is to be sent next, after at most `pause`; empty once closed.
  std::string next(Client& client, std::chrono::milliseconds pause);
  void close();

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::shared_ptr<Client>> clients;
  std::size_t clients_max = 0;  ///< set by the server: each client holds one of its threads
  bool closed = false;
};

}  // namespace wayside::http
