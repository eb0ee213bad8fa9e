#pragma once

#include <sys/types.h>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wayside::test {

/// A child program in a process group of its own, with its output in a file; killed with its
/// object. Tests of real servers start them through this.
class Process {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  /// Starts `command` (found on PATH, with /usr/sbin added). It reads `input`, which stays the
  /// caller's, or nothing. Throws std::runtime_error.
  Process(std::vector<std::string> command, std::string log_file, const Environment& extra = {},
          int input = -1);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  /// Sends a signal to the process.
  void signal(int number) const;
  /// Waits for the end: the exit status, or 128 + the signal's number. nullopt when `limit` passed.
  std::optional<int> wait(std::chrono::milliseconds limit);
  /// SIGTERM and the exit status; SIGKILL after ten seconds, which gives 137.
  int terminate();
  /// SIGKILL, and waits for the end.
  void kill();
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string output() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
  std::string log_file_;
};

/// Runs a program to its end and returns its status and output.
struct Outcome {
  int status = -1;
  std::string output;
};
Outcome run(std::vector<std::string> command, const Process::Environment& extra = {},
            std::chrono::milliseconds limit = std::chrono::seconds(60));

/// Asks every 20 ms until `condition` holds; false when `limit` passed. For conditions that only
/// show from outside (a port that answers, a row in a store): inside a process, wait for the event.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds(30));

/// A TCP port on 127.0.0.1 that was free a moment ago.
int free_port();

/// A new folder under the system's temporary one, removed with its object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace wayside::test
