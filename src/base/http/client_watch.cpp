#include "base/http/client_watch.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>

namespace wayside::http {
namespace {

constexpr int none = -1;

using NameOf = int (*)(int, sockaddr*, socklen_t*);

/// Of a TCP socket's end; 0 for anything else.
int port_of(int fd, NameOf name_of) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (name_of(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return ntohs(four.sin_port);
  }
  if (address.ss_family != AF_INET6) return 0;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof six);
  return ntohs(six.sin6_port);
}

/// httplib keeps the socket to itself, so it is looked up among the open ones.
int find_socket(int remote_port, int local_port) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  if (!folder) return none;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    int fd = none;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (port_of(fd, ::getpeername) == remote_port && port_of(fd, ::getsockname) == local_port)
      return fd;
  }
  return none;
}

}  // namespace

std::function<bool()> watch_client(int remote_port, int local_port) {
  return [remote_port, local_port, fd = none, looked = false]() mutable {
    if (!looked) fd = find_socket(remote_port, local_port);
    looked = true;
    if (fd == none) return false;
    pollfd question{fd, POLLRDHUP, 0};
    return ::poll(&question, 1, 0) > 0;
  };
}

}  // namespace wayside::http
