#include "base/http/address.hpp"

#include <arpa/inet.h>
#include <strings.h>
#include <charconv>

namespace wayside::http {
namespace {

std::string_view without_brackets(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

Result<Address> parse_listen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  Address address;
  if (colon != std::string::npos) {
    address.host = without_brackets(std::string_view(listen).substr(0, colon));
    const char* end = listen.data() + listen.size();
    const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, address.port);
    if (error == std::errc{} && stop == end && !address.host.empty() && address.port >= 0 &&
        address.port <= 65'535)
      return address;
  }
  return fail(Errc::invalid, "'{}' is no address to listen on: expected host:port", listen);
}

Status check_listen(const std::string& listen) {
  const auto address = parse_listen(listen);
  return address ? Status{} : Status{tl::make_unexpected(address.error())};
}

bool is_loopback_host(std::string_view host) {
  const std::string name(without_brackets(host));
  if (strcasecmp(name.c_str(), "localhost") == 0) return true;
  in_addr four{};
  if (inet_pton(AF_INET, name.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, name.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool is_loopback(const std::string& listen) {
  const auto address = parse_listen(listen);
  return address && is_loopback_host(address->host);
}

bool names_loopback(std::string_view host_header) {
  // A colon inside of brackets belongs to the address.
  const std::size_t colon = host_header.rfind(':');
  const std::size_t bracket = host_header.rfind(']');
  const bool port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return is_loopback_host(port ? host_header.substr(0, colon) : host_header);
}

}  // namespace wayside::http
