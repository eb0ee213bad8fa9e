#pragma once

#include <poll.h>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace wayside::test {

/// A TCP proxy of the test's own, on a free port of 127.0.0.1, in front of another port there. The
/// test drives what the way is like; one thread forwards. Mistakes throw std::runtime_error.
class TcpProxy {
 public:
  static constexpr std::size_t buffer_bytes_max = 1u << 20;  ///< on the way, a direction
  static constexpr std::size_t connections_max = 256;

  /// How the way is, for connections that stand and for new ones.
  struct Way {
    std::chrono::milliseconds delay{0};  ///< each direction
    std::uint64_t bytes_per_s = 0;       ///< each direction of each connection; 0: no limit
    bool passes = true;                  ///< false: connections stand, and nothing moves in them
    bool accepts = true;                 ///< false: new connections are reset
  };

  /// `port` 0: a free one.
  explicit TcpProxy(int target_port, int port = 0);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  void set(Way way);
  /// Resets every connection; what was on its way is lost.
  void cut();

  [[nodiscard]] int port() const { return port_; }
  /// Bytes that came from whoever connected, and from the target.
  [[nodiscard]] std::uint64_t bytes_up() const { return bytes_up_; }
  [[nodiscard]] std::uint64_t bytes_down() const { return bytes_down_; }

 private:
  struct Direction;
  struct Connection;
  using Clock = std::chrono::steady_clock;

  void run();
  void accept_all(const Way& way);
  [[nodiscard]] Clock::time_point serve_all(std::vector<pollfd>& fds, const Way& way);
  void take_in(Direction& direction, const Way& way, Clock::time_point now);
  void give_out(Direction& direction, const Way& way, Clock::time_point now);
  void wake() const;

  int target_port_;
  int port_ = 0;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::mutex mutex_;  ///< way_, cut_
  Way way_;
  bool cut_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> bytes_up_{0};
  std::atomic<std::uint64_t> bytes_down_{0};
  std::list<Connection> connections_;  ///< the thread's alone
  std::thread thread_;
};

}  // namespace wayside::test
