#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::link {

struct BrokerAddress {
  std::string host;
  std::uint16_t port = 1883;
};

/// `mqtt://host[:port]`, an IPv6 address in brackets. Errors: `invalid`, with what was expected.
[[nodiscard]] Result<BrokerAddress> parse_broker_url(std::string_view url);

}  // namespace wayside::link
