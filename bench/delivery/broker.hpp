#pragma once

#include <optional>
#include <string>

#include "support/process.hpp"

namespace wayside::bench {

/// A mosquitto on a free port of 127.0.0.1, without limits to its queues.
class Broker {
 public:
  /// `more`: lines added to its configuration.
  Broker(const test::TemporaryFolder& folder, const std::string& name,
         const std::string& more = "persistence false\n");

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] pid_t pid() const { return process_->pid(); }

 private:
  int port_;
  std::optional<test::Process> process_;
};

/// Returns once something listens there. Throws std::runtime_error after 30 s.
void wait_for_port(int port);

}  // namespace wayside::bench
