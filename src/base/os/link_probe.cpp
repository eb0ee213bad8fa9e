#include "base/os/link_probe.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace wayside {
namespace {

namespace fs = std::filesystem;

constexpr int hardware_ethernet = 1;  // ARPHRD_ETHER and ARPHRD_LOOPBACK of if_arp.h
constexpr int hardware_loopback = 772;
constexpr const char* any_port = "9";

std::string read_text(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool same_address(const sockaddr& a, const sockaddr& b) {
  if (a.sa_family != b.sa_family) return false;
  if (a.sa_family == AF_INET)
    return reinterpret_cast<const sockaddr_in&>(a).sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in&>(b).sin_addr.s_addr;
  return a.sa_family == AF_INET6 &&
         std::memcmp(&reinterpret_cast<const sockaddr_in6&>(a).sin6_addr,
                     &reinterpret_cast<const sockaddr_in6&>(b).sin6_addr, sizeof(in6_addr)) == 0;
}

/// The interface that has this address.
std::string interface_with(const sockaddr& address) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::string name;
  for (const ifaddrs* one = all; one != nullptr && name.empty(); one = one->ifa_next)
    if (one->ifa_addr != nullptr && same_address(*one->ifa_addr, address)) name = one->ifa_name;
  ::freeifaddrs(all);
  return name;
}

/// Of the route to a numeric address: a datagram socket that is connected has chosen its way, and
/// sent nothing. Nullopt where `host` is no address.
std::optional<std::string> interface_towards(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const std::string address = host == "localhost" ? "127.0.0.1" : host;
  if (::getaddrinfo(address.c_str(), any_port, &hints, &found) != 0) return std::nullopt;
  std::string name;
  const int handle = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (handle >= 0 && ::connect(handle, found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(handle, reinterpret_cast<sockaddr*>(&own), &size) == 0)
    name = interface_with(reinterpret_cast<const sockaddr&>(own));
  if (handle >= 0) ::close(handle);
  ::freeaddrinfo(found);
  return name;
}

class RouteProbe final : public LinkProbe {
 public:
  explicit RouteProbe(std::string host) : host_(std::move(host)) {}
  [[nodiscard]] LinkKind kind() override {
    const auto direct = interface_towards(host_);
    const std::string name = direct ? *direct : default_interface(read_text("/proc/net/route"));
    return name.empty() ? LinkKind::unknown : interface_kind("/sys/class/net", name);
  }

 private:
  std::string host_;
};

}  // namespace

LinkKind interface_kind(const std::string& sys, const std::string& name) {
  const fs::path folder = fs::path(sys) / name;
  std::error_code error;
  const std::string uevent = read_text(folder / "uevent");
  const auto is = [&](const char* type) {
    return uevent.find(std::string("DEVTYPE=") + type + "\n") != std::string::npos;
  };
  if (is("wlan") || fs::exists(folder / "wireless", error) ||
      fs::exists(folder / "phy80211", error))
    return LinkKind::wifi;
  if (is("wwan") || name.starts_with("wwan") || name.starts_with("ppp") ||
      name.starts_with("rmnet"))
    return LinkKind::cellular;
  int hardware = -1;
  std::istringstream(read_text(folder / "type")) >> hardware;
  if (hardware == hardware_loopback) return LinkKind::local;
  return hardware == hardware_ethernet ? LinkKind::ethernet : LinkKind::unknown;
}

std::string default_interface(const std::string& routes) {
  std::istringstream lines(routes);
  std::string best;
  unsigned long best_metric = 0;
  std::string line;
  std::getline(lines, line);  // the headings
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string name, to, gateway, flags, references, uses, mask;
    unsigned long metric = 0;
    if (!(fields >> name >> to >> gateway >> flags >> references >> uses >> metric >> mask))
      continue;
    if (to != "00000000" || mask != "00000000") continue;
    if (!best.empty() && metric >= best_metric) continue;
    best = name;
    best_metric = metric;
  }
  return best;
}

std::unique_ptr<LinkProbe> make_link_probe(std::string host) {
  return std::make_unique<RouteProbe>(std::move(host));
}

}  // namespace wayside
