#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/http/server.hpp"
#include "node/agent_view.hpp"

namespace wayside::node {

/// The HTTP API of docs/api.md and the console for this one node.
class LocalApi {
 public:
  static constexpr std::size_t threads = 4;
  static constexpr std::size_t points_max = 10'000;
  static constexpr std::size_t raw_points_max = 100'000;
  static constexpr std::size_t rows_max = 1'000;

  LocalApi(AgentView agent, std::vector<http::Asset> console);
  ~LocalApi();

  /// Returns the port. Errors: `conflict` where it is taken, `invalid` address.
  [[nodiscard]] Result<int> start(const std::string& listen);
  void stop();
  /// Tells live clients of a record just stored; on the recorder's thread.
  void publish(telemetry::Tier tier, std::uint64_t seq, const telemetry::Record& record);
  /// Tells live clients how the node is; about every second.
  void publish_node();

 private:
  [[nodiscard]] http::Response series(const http::Request& request) const;
  [[nodiscard]] http::Response gaps(const http::Request& request) const;
  [[nodiscard]] http::Response decisions(const http::Request& request) const;
  [[nodiscard]] http::Response events(const http::Request& request) const;
  [[nodiscard]] http::Response ready() const;
  void publish_data();

  AgentView agent_;
  http::Broadcast broadcast_;
  http::Server server_;
  std::mutex mutex_;
  std::map<std::string, Time> changed_;  ///< assets and their newest data, not yet published
  Duration published_{0};
};

}  // namespace wayside::node
