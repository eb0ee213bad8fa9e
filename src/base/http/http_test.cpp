#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <thread>

#include "base/http/client.hpp"
#include "base/http/server.hpp"

namespace wayside::http {
namespace {

std::string url(int port, const std::string& path) {
  return fmt::format("http://127.0.0.1:{}{}", port, path);
}

TEST(Server, AnswersRoutesWithTheirCapturesAndParameters) {
  Server server;
  server.get("/api/(\\w+)", [](const Request& request) {
    return json_response(request.captures[0] + "?" + request.param("q", "none"));
  });
  server.post("/echo", [](const Request& request) { return json_response(request.body, 201); });
  const int port = server.start("127.0.0.1:0").value();
  EXPECT_EQ(get(url(port, "/api/nodes?q=" + escape("a b&c")))->body, "nodes?a b&c");
  EXPECT_EQ(get(url(port, "/api/nodes"))->body, "nodes?none");
  const auto reply = post(url(port, "/echo"), "hello");
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body, "hello");
  EXPECT_EQ(get(url(port, "/api/x/y"))->status, 404);
}

TEST(Server, ServesTheConsoleAndItsRoutes) {
  Server server;
  server.assets(
      {{"/index.html", "text/html", "<p>console"}, {"/assets/a.js", "text/javascript", "1"}});
  const int port = server.start("127.0.0.1:0").value();
  EXPECT_EQ(get(url(port, "/"))->body, "<p>console");
  EXPECT_EQ(get(url(port, "/assets/loco-1"))->status, 404);
  EXPECT_EQ(get(url(port, "/alerts"))->body, "<p>console");
  EXPECT_EQ(get(url(port, "/assets/a.js"))->content_type, "text/javascript");
  EXPECT_EQ(get(url(port, "/api/none"))->status, 404);
}

TEST(Server, SaysThatAPortIsTaken) {
  Server first;
  const int port = first.start("127.0.0.1:0").value();
  Server second;
  const auto taken = second.start(fmt::format("127.0.0.1:{}", port));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::conflict);
  EXPECT_FALSE(Server().start("nonsense"));
}

TEST(Server, RefusesABodyThatIsTooLarge) {
  Server server({.threads = 2, .body_bytes_max = 100});
  server.post("/echo", [](const Request& request) { return json_response(request.body); });
  const int port = server.start("127.0.0.1:0").value();
  EXPECT_EQ(post(url(port, "/echo"), std::string(101, 'x'))->status, 413);
}

TEST(Server, OnLoopbackAnswersToNoForeignName) {
  Server server;
  server.get("/x", [](const Request&) { return json_response("1"); });
  const int port = server.start("127.0.0.1:0").value();
  EXPECT_EQ(get(fmt::format("http://localhost:{}/x", port))->status, 200);
  // Linux leads this address to the loopback, as a name does that was pointed there.
  const auto foreign = get(fmt::format("http://0.0.0.0:{}/x", port));
  EXPECT_EQ(foreign->status, 403);
  EXPECT_NE(foreign->body.find("0.0.0.0"), std::string::npos);
  Server open;
  open.get("/x", [](const Request&) { return json_response("1"); });
  const int open_port = open.start("0.0.0.0:0").value();
  EXPECT_EQ(get(fmt::format("http://0.0.0.0:{}/x", open_port))->status, 200);
}

TEST(Server, TakesAPostOnlyAsJson) {
  Server server;
  server.post("/echo", [](const Request& request) { return json_response(request.body); });
  const int port = server.start("127.0.0.1:0").value();
  EXPECT_EQ(post(url(port, "/echo"), "{}", "application/json; charset=utf-8")->status, 200);
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx"})
    EXPECT_EQ(post(url(port, "/echo"), "{}", type)->status, 415) << type;
}

TEST(Server, AHandlerThatThrowsIsAnInternalError) {
  Server server;
  server.get("/throw", [](const Request&) -> Response { throw std::runtime_error("oops"); });
  const int port = server.start("127.0.0.1:0").value();
  const auto reply = get(url(port, "/throw"));
  EXPECT_EQ(reply->status, 500);
  EXPECT_NE(reply->body.find("oops"), std::string::npos);
}

TEST(Broadcast, ReachesAClientUntilItIsClosed) {
  Server server;
  Broadcast broadcast;
  server.stream("/stream", broadcast);
  const int port = server.start("127.0.0.1:0").value();
  std::thread publisher([&] {
    while (broadcast.clients() == 0) std::this_thread::yield();
    broadcast.publish("event", "{\"a\": 1}");
    // Closing drops what waits: wait until the server has taken the message.
    while (broadcast.pending() > 0) std::this_thread::yield();
    broadcast.close();
  });
  const auto reply = get(url(port, "/stream"), seconds(20));
  publisher.join();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->content_type, "text/event-stream");
  EXPECT_NE(reply->body.find("event: event\ndata: {\"a\": 1}\n\n"), std::string::npos);
}

TEST(Session, SendsHeadersAndBodiesOverOneConnection) {
  Server server;
  server.post("/echo", [](const Request& request) { return json_response(request.body); });
  const int port = server.start("127.0.0.1:0").value();
  Session session;
  ClientRequest request;
  request.url = url(port, "/echo");
  request.headers = {"Content-Type: application/json"};
  for (const std::string& body : {std::string("1"), std::string(200'000, 'x'), std::string()}) {
    request.body = body;
    const auto reply = session.post(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, body);
  }
  request.headers.clear();  // those of the request before are gone
  EXPECT_EQ(session.post(request)->status, 415);
}

/// Answers the first request, takes the second whole and ends the connection without a reply, then
/// answers whatever comes.
class BreakingServer {
 public:
  BreakingServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  /// The requests of which `ending` was the end.
  int stop() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    return taken_;
  }
  static constexpr std::string_view ending = "the end";
  int port = 0;

 private:
  void serve() {
    for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0;
         fd = ::accept(listener_, nullptr, nullptr)) {
      while (take_request(fd) && ++taken_ != 2) {
        constexpr std::string_view reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        EXPECT_EQ(::send(fd, reply.data(), reply.size(), 0), static_cast<ssize_t>(reply.size()));
      }
      ::close(fd);
    }
  }
  static bool take_request(int fd) {
    std::string request(1, ' ');
    char bytes[4'096];
    while (!request.ends_with(ending)) {
      const ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
      if (n <= 0) return false;
      request.append(bytes, static_cast<std::size_t>(n));
    }
    return true;
  }
  int listener_ = -1;
  int taken_ = 0;
  std::thread thread_;
};

TEST(Session, SendsABodyTwiceOnlyWhereThatMayBe) {
  for (const bool once : {false, true}) {
    for (const std::size_t length : {std::size_t{10}, std::size_t{3'000'000}}) {
      BreakingServer server;
      const std::string body = std::string(length, 'x') + std::string(BreakingServer::ending);
      auto session = std::make_unique<Session>();
      ClientRequest request;
      request.url = url(server.port, "/insert");
      request.body = body;
      request.once = once;
      EXPECT_TRUE(session->post(request));
      const auto reply = session->post(request);
      EXPECT_EQ(reply.has_value(), !once) << length;
      if (once && !reply) {
        EXPECT_EQ(reply.error().code, Errc::unavailable) << reply.error().message;
        EXPECT_TRUE(session->post(request));  // over a new connection
      }
      session.reset();  // which ends the server's wait for a next request
      EXPECT_EQ(server.stop(), 3) << length;
    }
  }
}

TEST(Session, GivesTheReplyPieceByPieceAndEndsWhenTold) {
  Server server;
  server.post("/x", [](const Request&) { return json_response(std::string(1u << 20, 'x')); });
  const int port = server.start("127.0.0.1:0").value();
  Session session;
  ClientRequest request;
  request.url = url(port, "/x");
  request.headers = {"Content-Type: application/json"};
  std::size_t taken = 0;
  request.sink = [&](std::string_view piece) {
    taken += piece.size();
    return true;
  };
  ASSERT_TRUE(session.post(request));
  EXPECT_EQ(taken, 1u << 20);
  request.sink = [](std::string_view) { return false; };
  EXPECT_FALSE(session.post(request));
  request.cancelled = [] { return true; };
  request.sink = nullptr;
  const auto cancelled = session.post(request);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Errc::timeout);
}

TEST(Client, TellsWhyThereIsNoAnswer) {
  const auto refused = get("http://127.0.0.1:1/", seconds(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_FALSE(get("gopher://x"));
}

}  // namespace
}  // namespace wayside::http
