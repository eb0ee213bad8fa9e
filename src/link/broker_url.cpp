#include "link/broker_url.hpp"

#include <charconv>

namespace wayside::link {
namespace {

constexpr std::string_view scheme = "mqtt://";

}  // namespace

Result<BrokerAddress> parse_broker_url(std::string_view url) {
  const auto refuse = [&] {
    return fail(Errc::invalid, "'{}' is no broker address: expected mqtt://HOST:PORT", url);
  };
  if (!url.starts_with(scheme)) return refuse();
  std::string_view rest = url.substr(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view host;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return refuse();
    host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(host.size());
  }
  if (host.empty() || host.find_first_of("/@ ") != std::string_view::npos) return refuse();
  BrokerAddress address{std::string(host)};
  if (rest.empty()) return address;
  if (rest[0] != ':') return refuse();
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
  if (error != std::errc{} || end != rest.data() + rest.size() || address.port == 0)
    return refuse();
  return address;
}

}  // namespace wayside::link
