#include "link/broker_url.hpp"

#include <gtest/gtest.h>

namespace wayside::link {
namespace {

TEST(BrokerUrl, HostAndPort) {
  EXPECT_EQ(parse_broker_url("mqtt://broker.example")->port, 1883);
  EXPECT_EQ(parse_broker_url("mqtt://127.0.0.1:2000")->host, "127.0.0.1");
  EXPECT_EQ(parse_broker_url("mqtt://127.0.0.1:2000/")->port, 2000);
  EXPECT_EQ(parse_broker_url("mqtt://[::1]:99")->host, "::1");
  EXPECT_EQ(parse_broker_url("mqtt://[::1]")->port, 1883);
}

TEST(BrokerUrl, WhatIsNone) {
  for (const char* bad : {"", "127.0.0.1:1883", "mqtts://h:1", "mqtt://", "mqtt://:1",
                          "mqtt://h:", "mqtt://h:0", "mqtt://h:70000", "mqtt://h:1x", "mqtt://[::1",
                          "mqtt://a/b", "mqtt://[::1]x", "mqtt://user@h"}) {
    const auto address = parse_broker_url(bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace wayside::link
