#include "base/http/client_watch.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <chrono>
#include <future>
#include <string>

#include "base/http/client.hpp"
#include "base/http/server.hpp"

namespace wayside::http {
namespace {

/// A connection that has sent a request.
int ask(int port, const std::string& path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  return fd;
}

TEST(ClientWatch, TellsWhenTheClientHasGone) {
  std::promise<bool> begun, ended;
  Server server;
  server.get("/wait", [&](const Request& request) {
    begun.set_value(request.client_gone());
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!request.client_gone() && std::chrono::steady_clock::now() < limit)
      std::this_thread::yield();
    ended.set_value(request.client_gone());
    return json_response("1");
  });
  const int port = server.start("127.0.0.1:0").value();
  const int fd = ask(port, "/wait");
  EXPECT_FALSE(begun.get_future().get());
  ::close(fd);
  EXPECT_TRUE(ended.get_future().get());
}

TEST(ClientWatch, AClientThatWaitsIsThere) {
  Server server;
  server.get("/now", [](const Request& request) {
    return json_response(request.client_gone() ? "gone" : "here");
  });
  const int port = server.start("127.0.0.1:0").value();
  EXPECT_EQ(get(fmt::format("http://127.0.0.1:{}/now", port))->body, "here");
  EXPECT_FALSE(watch_client(1, 2)());  // no such connection
}

}  // namespace
}  // namespace wayside::http
