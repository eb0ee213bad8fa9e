#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "link/link.hpp"

namespace wayside::link {

/// What goes wrong on the way from the broker to a subscriber, by chance.
struct MemoryFaults {
  double loss = 0;         ///< share of messages that do not arrive
  double duplication = 0;  ///< share that arrive twice
};

/// A broker and its clients in one process, without threads or time: everything happens inside
/// `run`, in an order that depends on the calls and the seed alone. It keeps retained messages and
/// wills as MQTT does, and the order of messages. It must outlive its links.
class MemoryBroker {
 public:
  explicit MemoryBroker(std::uint64_t seed);
  ~MemoryBroker();
  MemoryBroker(const MemoryBroker&) = delete;
  MemoryBroker& operator=(const MemoryBroker&) = delete;

  [[nodiscard]] std::unique_ptr<Link> make_link();

  /// Down: every connection breaks, and what was under way or retained is forgotten.
  void set_up(bool up);
  /// Breaks the connection of one client (its will is published) and refuses it until set back.
  void set_reachable(const std::string& client_id, bool reachable);
  void set_faults(MemoryFaults faults);

  /// Connects who may connect, then delivers what waits and what that gives rise to, at most
  /// `deliveries_max`. Returns how many messages were handed out.
  std::size_t run(std::size_t deliveries_max = 1'000'000);

 private:
  friend class MemoryLink;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::link
