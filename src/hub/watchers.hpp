#pragma once

#include <map>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/http/server.hpp"
#include "hub/api/api.hpp"
#include "hub/ingest.hpp"

namespace wayside::hub {

/// What the live stream's clients are told, and how often: events at once, which assets got data
/// every 250 ms at most, a node's line every second at most.
class Watchers {
 public:
  static constexpr Duration data_every = milliseconds(250);
  static constexpr Duration nodes_every = seconds(1);

  Watchers(http::Broadcast& broadcast, const Api& api, const Clock& clock);
  void committed(const Committed& committed, const std::vector<EventRow>& ended);
  void node_changed(const std::string& node);
  /// Tells what is due; returns how long nothing will be.
  Duration step();

 private:
  http::Broadcast& broadcast_;
  const Api& api_;
  const Clock& clock_;
  std::map<std::string, Time> data_;
  std::set<std::string> nodes_;
  Duration data_due_{0};
  Duration nodes_due_{0};
};

}  // namespace wayside::hub
