#pragma once

#include <sys/types.h>
#include <filesystem>
#include <string>

namespace wayside::test {

/// A mosquitto of the test's own: on a free port of 127.0.0.1, open to anonymous clients, in a
/// temporary folder; ended with the object. Mistakes throw std::runtime_error, which fails the
/// test.
class Mosquitto {
 public:
  /// Returns once the broker answers.
  Mosquitto();
  ~Mosquitto();
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  /// kill -9: connections break, queued messages are gone.
  void kill();
  /// Starts it again on the same port after `kill` or `terminate`; returns once it answers.
  void start();
  void terminate();
  /// SIGSTOP and SIGCONT: the connections stand but nothing moves.
  void freeze();
  void thaw();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string log() const;

 private:
  [[nodiscard]] bool try_start();
  [[nodiscard]] bool answers() const;
  void end(int signal);

  std::filesystem::path folder_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace wayside::test
