#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/address.hpp"
#include "base/result.hpp"

namespace wayside::http {

struct Request {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;  ///< the last of a repeated parameter
  std::vector<std::string> captures;         ///< of the route's pattern
  std::string body;
  std::string accept;  ///< the Accept header
  std::string remote;  ///< peer address
  /// Whether the client has closed the connection; for work that takes long, from any thread while
  /// the handler runs.
  std::function<bool()> client_gone = [] { return false; };

  /// The parameter or `fallback`.
  [[nodiscard]] std::string param(const std::string& name, std::string fallback = {}) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers;
  std::string file = {};  ///< a file that is sent in place of `body`, and then removed
};

[[nodiscard]] Response json_response(std::string body, int status = 200);
/// `{"error": message}` with the status that fits the code.
[[nodiscard]] Response error_response(const Error& error);

/// Server-sent events to any number of clients. A client that does not keep up loses the oldest of
/// its `queue_max` waiting messages and is told how many (`event: lost`).
class Broadcast {
 public:
  static constexpr std::size_t queue_max = 256;
  Broadcast();
  ~Broadcast();
  /// Safe from any thread; never blocks on a client.
  void publish(std::string_view event, std::string_view data);
  [[nodiscard]] std::size_t clients() const;
  /// Messages not yet taken by a connection, over all clients.
  [[nodiscard]] std::size_t pending() const;
  void close();

 private:
  friend class Server;
  struct State;
  std::shared_ptr<State> state_;
};

/// A file of the console, embedded in the program.
struct Asset {
  std::string_view path;  ///< "/assets/index-1a2b.js"
  std::string_view content_type;
  std::string_view bytes;
};

struct ServerOptions {
  std::size_t threads = 4;
  std::size_t body_bytes_max = 1 << 20;
};

/// HTTP/1.1 on one address. Handlers run on the server's threads.
///
/// Against pages of other sites in a browser on this machine: on a loopback address only requests
/// whose Host header names the loopback are answered (403 otherwise), so that no foreign name can
/// be pointed here; a POST needs the content type application/json (415 otherwise), which a page of
/// another site cannot send without asking first.
class Server {
 public:
  using Handler = std::function<Response(const Request&)>;

  explicit Server(ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `pattern` is a regular expression over the whole path; its groups become `captures`.
  void get(const std::string& pattern, Handler handler);
  void post(const std::string& pattern, Handler handler);
  void stream(const std::string& path, Broadcast& broadcast);
  /// Serves `assets` (which must outlive the server); `/` and unknown non-API paths give
  /// `/index.html`, so that the console's own routes can be reloaded.
  void assets(std::vector<Asset> assets);

  /// `host:port`, port 0 for a free one. Returns the port. Errors: `conflict` when the port is
  /// taken, `invalid` for an address that cannot be parsed.
  [[nodiscard]] Result<int> start(const std::string& listen);
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wayside::http
