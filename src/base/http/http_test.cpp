#include <gtest/gtest.h>
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
