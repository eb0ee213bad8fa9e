#include "base/http/address.hpp"

#include <gtest/gtest.h>

namespace wayside::http {
namespace {

TEST(Address, IsLoopbackOnlyWhereItCannotBeAnythingElse) {
  for (const char* listen : {"127.0.0.1:80", "127.255.3.4:0", "localhost:8080", "LocalHost:1",
                             "[::1]:8080", "[0:0:0:0:0:0:0:1]:8080"})
    EXPECT_TRUE(is_loopback(listen)) << listen;
  for (const char* listen :
       {"127.evil.com:80", "127.0.0.1.evil.com:80", "0.0.0.0:80", "[::]:80", "10.0.0.1:80",
        "localhost.evil.com:80", "1270.0.0.1:80", "127.0.0.1", "", ":80", "[::2]:80"})
    EXPECT_FALSE(is_loopback(listen)) << listen;
}

TEST(Address, AHostHeaderMayLackThePort) {
  for (const char* host :
       {"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"})
    EXPECT_TRUE(names_loopback(host)) << host;
  for (const char* host : {"", ":8080", "127.evil.com", "evil.com:8080", "localhost.evil.com",
                           "127.0.0.1.nip.example:80", "evil.com:127.0.0.1", "localhost@evil.com"})
    EXPECT_FALSE(names_loopback(host)) << host;
}

}  // namespace
}  // namespace wayside::http
