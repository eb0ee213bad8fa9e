#include "support/tcp_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wayside::test {
namespace {

constexpr std::size_t read_bytes_max = 64u << 10;
constexpr std::chrono::milliseconds wait_max{200};
constexpr int backlog = 64;
/// How far ahead of its rate a throttled direction may be.
constexpr double burst_s = 0.02;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int make_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("no socket");
  return fd;
}

void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void reset(int& fd) {
  if (fd < 0) return;
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
  fd = -1;
}

}  // namespace

struct TcpProxy::Direction {
  struct Chunk {
    Clock::time_point due;
    std::string bytes;
  };
  int from = -1;
  int to = -1;
  std::atomic<std::uint64_t>* count = nullptr;
  std::deque<Chunk> chunks;
  std::size_t buffered = 0;
  std::size_t sent_of_front = 0;
  double allowance = 0;  ///< bytes
  Clock::time_point filled{};
  bool ended = false;   ///< nothing more will come
  bool broken = false;  ///< nothing more can be sent
  bool blocked = false;
};

struct TcpProxy::Connection {
  int client = -1;
  int target = -1;
  Direction up, down;
  Connection(int client_fd, int target_fd) : client(client_fd), target(target_fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    reset(client);
    reset(target);
  }
};

TcpProxy::TcpProxy(int target_port, int port) : target_port_(target_port) {
  listener_ = make_socket();
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, backlog) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail("the proxy cannot listen");
  port_ = ntohs(address.sin_port);
  if (::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) fail("no pipe");
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  wake();
  thread_.join();
  connections_.clear();
  ::close(listener_);
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void TcpProxy::set(Way way) {
  {
    const std::lock_guard lock(mutex_);
    way_ = way;
  }
  wake();
}

void TcpProxy::cut() {
  {
    const std::lock_guard lock(mutex_);
    cut_ = true;
  }
  wake();
}

void TcpProxy::wake() const {
  // A full pipe has woken the thread already.
  if (::write(wake_[1], "", 1) < 0 && errno != EAGAIN) fail("the proxy's pipe");
}

void TcpProxy::run() {
  std::vector<pollfd> fds;
  while (!stopping_) {
    Way way;
    bool cut = false;
    {
      const std::lock_guard lock(mutex_);
      way = way_;
      cut = std::exchange(cut_, false);
    }
    if (cut) connections_.clear();
    fds.assign({{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}});
    const auto until = serve_all(fds, way);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    ::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    char drained[64];
    while (::read(wake_[0], drained, sizeof drained) > 0) {
    }
    if ((fds[1].revents & POLLIN) != 0) accept_all(way);
  }
}

/// Moves what is due, forgets connections that are over, and adds what to wait for; returns until
/// when.
TcpProxy::Clock::time_point TcpProxy::serve_all(std::vector<pollfd>& fds, const Way& way) {
  const auto now = Clock::now();
  auto until = now + wait_max;
  if (!way.passes) return until;
  for (auto it = connections_.begin(); it != connections_.end();) {
    bool over = false;
    for (Direction* d : {&it->up, &it->down}) {
      take_in(*d, way, now);
      give_out(*d, way, now);
      // An orderly end waits until what was on its way has arrived.
      over = over || d->broken || (d->ended && d->chunks.empty());
      if (!d->ended && d->buffered < buffer_bytes_max) fds.push_back({d->from, POLLIN, 0});
      if (d->chunks.empty()) continue;
      if (d->blocked)
        fds.push_back({d->to, POLLOUT, 0});
      else
        until =
            std::min(until, std::max(d->chunks.front().due, now + std::chrono::milliseconds(1)));
    }
    it = over ? connections_.erase(it) : std::next(it);
  }
  return until;
}

void TcpProxy::accept_all(const Way& way) {
  for (;;) {
    int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    if (!way.accepts || connections_.size() >= connections_max) {
      reset(client);
      continue;
    }
    const int target = make_socket();
    const sockaddr_in address = loopback(target_port_);
    Connection& made = connections_.emplace_back(client, target);
    // On the loopback the answer, yes or no, is immediate or comes with the first read.
    if (::connect(target, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS) {
      connections_.pop_back();
      continue;
    }
    no_delay(client);
    no_delay(target);
    made.up.from = made.down.to = client;
    made.up.to = made.down.from = target;
    made.up.count = &bytes_up_;
    made.down.count = &bytes_down_;
  }
}

void TcpProxy::take_in(Direction& direction, const Way& way, Clock::time_point now) {
  char bytes[read_bytes_max];
  while (!direction.ended && direction.buffered < buffer_bytes_max) {
    const ssize_t n = ::recv(direction.from, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)) return;
    if (n <= 0) {
      direction.ended = true;
      return;
    }
    *direction.count += static_cast<std::uint64_t>(n);
    direction.chunks.push_back({now + way.delay, std::string(bytes, static_cast<std::size_t>(n))});
    direction.buffered += static_cast<std::size_t>(n);
  }
}

void TcpProxy::give_out(Direction& direction, const Way& way, Clock::time_point now) {
  direction.blocked = false;
  const double rate = static_cast<double>(way.bytes_per_s);
  if (rate > 0) {
    const double passed = std::chrono::duration<double>(now - direction.filled).count();
    direction.allowance =
        std::min(direction.allowance + passed * rate, std::max(1.0, burst_s * rate));
    direction.filled = now;
  }
  while (!direction.chunks.empty() && direction.chunks.front().due <= now) {
    Direction::Chunk& chunk = direction.chunks.front();
    std::size_t wanted = chunk.bytes.size() - direction.sent_of_front;
    if (rate > 0) wanted = std::min(wanted, static_cast<std::size_t>(direction.allowance));
    if (wanted == 0) return;
    const ssize_t n =
        ::send(direction.to, chunk.bytes.data() + direction.sent_of_front, wanted, MSG_NOSIGNAL);
    if (n < 0) {
      direction.blocked = errno == EAGAIN || errno == ENOTCONN;
      direction.broken = !direction.blocked && errno != EINTR;
      return;
    }
    if (rate > 0) direction.allowance -= static_cast<double>(n);
    direction.buffered -= static_cast<std::size_t>(n);
    direction.sent_of_front += static_cast<std::size_t>(n);
    if (direction.sent_of_front < chunk.bytes.size()) continue;
    direction.chunks.pop_front();
    direction.sent_of_front = 0;
  }
}

}  // namespace wayside::test
