#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::http {

struct Address {
  std::string host;  ///< without the brackets of an IPv6 address
  int port = 0;
};

/// `host:port`, an IPv6 address in brackets. Errors: `invalid`, with what was expected.
[[nodiscard]] Result<Address> parse_listen(const std::string& listen);

/// Whether `host:port` can be an address to listen on, without trying. Errors: `invalid`.
[[nodiscard]] Status check_listen(const std::string& listen);

/// True for `localhost`, an address of 127.0.0.0/8 and `::1`, with or without brackets. The address
/// is parsed: no other name counts, whatever it begins with and wherever it resolves to.
[[nodiscard]] bool is_loopback_host(std::string_view host);
/// The same of the host in `host:port`.
[[nodiscard]] bool is_loopback(const std::string& listen);
/// The same of a request's Host header, where the port may be missing.
[[nodiscard]] bool names_loopback(std::string_view host_header);

}  // namespace wayside::http
