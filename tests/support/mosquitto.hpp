#pragma once

#include <optional>
#include <string>

#include "support/process.hpp"

namespace wayside::test {

/// A mosquitto of the test's own: on a free port of 127.0.0.1, open to anonymous clients, in a
/// temporary folder; ended with the object. Mistakes throw std::runtime_error, which fails the
/// test.
class Mosquitto {
 public:
  /// Returns once the broker answers.
  Mosquitto();

  /// kill -9: connections break, queued and retained messages are gone.
  void kill();
  /// Starts it again on the same port after `kill`; returns once it answers.
  void start();
  /// SIGSTOP and SIGCONT: the connections stand but nothing moves.
  void freeze();
  void thaw();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string log() const;

 private:
  [[nodiscard]] bool try_start();
  [[nodiscard]] bool answers() const;

  TemporaryFolder folder_;
  int port_ = 0;
  std::optional<Process> process_;
};

}  // namespace wayside::test
