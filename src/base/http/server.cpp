#include "base/http/server.hpp"

#include <httplib.h>
#include <strings.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/http/broadcast_state.hpp"
#include "base/http/client_watch.hpp"

namespace wayside::http {
namespace {

Request from_httplib(const httplib::Request& in) {
  Request out;
  out.method = in.method;
  out.path = in.path;
  for (const auto& [name, value] : in.params) out.query[name] = value;
  for (std::size_t i = 1; i < in.matches.size(); ++i) out.captures.push_back(in.matches[i].str());
  out.body = in.body;
  out.accept = in.get_header_value("Accept");
  out.remote = in.remote_addr;
  out.client_gone = watch_client(in.remote_port, in.local_port);
  return out;
}

/// In pieces, so that it may be larger than memory. It is gone from its folder at once and from the
/// disk when it has been sent.
void send_file(const std::string& path, const std::string& type, httplib::Response& out) {
  const auto in = std::make_shared<std::ifstream>(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in->tellg(), 0));
  std::remove(path.c_str());
  if (!*in || size == 0) return out.set_content("", type);
  out.set_content_provider(
      size, type, [in](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        constexpr std::size_t piece_max = 256u << 10;
        std::string piece(std::min(length, piece_max), '\0');
        in->seekg(static_cast<std::streamoff>(offset));
        in->read(piece.data(), static_cast<std::streamsize>(piece.size()));
        return in->gcount() > 0 && sink.write(piece.data(), static_cast<std::size_t>(in->gcount()));
      });
}

void to_httplib(Response&& in, httplib::Response& out) {
  out.status = in.status;
  for (const auto& [name, value] : in.headers) out.set_header(name, value);
  if (in.file.empty()) return out.set_content(in.body, in.content_type);
  send_file(in.file, in.content_type, out);
}

bool is_json(std::string type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.pop_back();
  return strcasecmp(type.c_str(), "application/json") == 0;
}

/// Security headers of every reply: the console needs nothing from elsewhere.
const httplib::Headers default_headers{
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy",
     "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
     "frame-ancestors 'none'"}};

}  // namespace

std::string Request::param(const std::string& name, std::string fallback) const {
  const auto found = query.find(name);
  return found != query.end() ? found->second : fallback;
}

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response error_response(const Error& error) {
  int status = 500;
  switch (error.code) {
    case Errc::invalid:
      status = 400;
      break;
    case Errc::refused:
      status = 403;
      break;
    case Errc::not_found:
      status = 404;
      break;
    case Errc::conflict:
      status = 409;
      break;
    case Errc::full:
      status = 413;
      break;
    case Errc::unavailable:
    case Errc::timeout:
      status = 503;
      break;
    case Errc::io:
    case Errc::corrupt:
      break;
  }
  return json_response(nlohmann::json{{"error", error.message}}.dump(
                           -1, ' ', false, nlohmann::json::error_handler_t::replace),
                       status);
}

struct Server::State {
  explicit State(ServerOptions o) : options(o) {}

  ServerOptions options;
  httplib::Server server;
  std::thread listener;
  std::atomic<bool> ended = false;
  std::vector<Asset> assets;
  std::vector<std::weak_ptr<Broadcast::State>> streams;

  void send_asset(const std::string& path, httplib::Response& response) const;
};

void Server::State::send_asset(const std::string& path, httplib::Response& response) const {
  const Asset* index = nullptr;
  for (const Asset& asset : assets) {
    if (asset.path == path) {
      // Vite puts a digest into the names under /assets/: those never change.
      response.set_header("Cache-Control", path.starts_with("/assets/")
                                               ? "public, max-age=31536000, immutable"
                                               : "no-cache");
      response.set_content(asset.bytes.data(), asset.bytes.size(), std::string(asset.content_type));
      return;
    }
    if (asset.path == "/index.html") index = &asset;
  }
  if (index == nullptr || path.starts_with("/api/") || path.starts_with("/assets/")) {
    to_httplib(error_response({Errc::not_found, "nothing is served at " + path}), response);
    return;
  }
  response.set_header("Cache-Control", "no-cache");
  response.set_content(index->bytes.data(), index->bytes.size(), std::string(index->content_type));
}

Server::Server(ServerOptions options) : state_(std::make_unique<State>(options)) {
  httplib::Server& server = state_->server;
  server.new_task_queue = [threads = options.threads] { return new httplib::ThreadPool(threads); };
  server.set_payload_max_length(options.body_bytes_max);
  server.set_default_headers(default_headers);
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000);
  // A connection at rest holds a thread: a short pause frees it, and the browser opens another.
  server.set_keep_alive_timeout(2);
  // Without SO_REUSEPORT, which would let a second program share the port unnoticed.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, std::exception_ptr failure) {
        std::string what = "unknown failure";
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& e) {
          what = e.what();
        }
        to_httplib(error_response({Errc::io, "internal error: " + what}), response);
      });
}

Server::~Server() {
  stop();
}

void Server::get(const std::string& pattern, Handler handler) {
  state_->server.Get(pattern, [handler = std::move(handler)](const httplib::Request& request,
                                                             httplib::Response& response) {
    to_httplib(handler(from_httplib(request)), response);
  });
}

void Server::post(const std::string& pattern, Handler handler) {
  state_->server.Post(pattern, [handler = std::move(handler)](const httplib::Request& request,
                                                              httplib::Response& response) {
    if (!is_json(request.get_header_value("Content-Type")))
      return to_httplib(
          json_response(R"({"error":"a POST needs the content type application/json"})", 415),
          response);
    to_httplib(handler(from_httplib(request)), response);
  });
}

void Server::stream(const std::string& path, Broadcast& broadcast) {
  const auto source = broadcast.state_;
  // Half of the threads stay for requests.
  source->clients_max = std::max<std::size_t>(1, state_->options.threads / 2);
  state_->streams.push_back(source);
  state_->server.Get(path, [source](const httplib::Request&, httplib::Response& response) {
    const auto client = source->join();
    if (!client) {
      to_httplib(error_response({Errc::unavailable, "too many live streams: poll instead"}),
                 response);
      return;
    }
    response.set_header("Cache-Control", "no-store");
    response.set_chunked_content_provider(
        "text/event-stream",
        [source, client, greeted = false](std::size_t, httplib::DataSink& sink) mutable {
          const std::string text =
              greeted ? source->next(*client, std::chrono::seconds(10)) : ": welcome\n\n";
          greeted = true;
          if (text.empty()) {
            sink.done();
            return true;
          }
          return sink.write(text.data(), text.size());
        },
        [source, client](bool) { source->leave(client); });
  });
}

void Server::assets(std::vector<Asset> assets) {
  state_->assets = std::move(assets);
}

Result<int> Server::start(const std::string& listen) {
  auto address = parse_listen(listen);
  if (!address) return tl::make_unexpected(address.error());
  if (is_loopback_host(address->host))
    state_->server.set_pre_routing_handler(
        [](const httplib::Request& request, httplib::Response& response) {
          const std::string host = request.get_header_value("Host");
          if (names_loopback(host)) return httplib::Server::HandlerResponse::Unhandled;
          to_httplib(error_response({Errc::refused,
                                     "this address answers as localhost or "
                                     "127.0.0.1 alone, not as '" +
                                         host + "'"}),
                     response);
          return httplib::Server::HandlerResponse::Handled;
        });
  state_->server.Get(
      ".*", [state = state_.get()](const httplib::Request& request, httplib::Response& response) {
        state->send_asset(request.path == "/" ? "/index.html" : request.path, response);
      });
  if (address->port == 0) {
    address->port = state_->server.bind_to_any_port(address->host);
    if (address->port < 0)
      return fail(Errc::io, "cannot listen on {}: no such address on this machine", address->host);
  } else if (!state_->server.bind_to_port(address->host, address->port)) {
    return fail(Errc::conflict,
                "cannot listen on {}: the port is taken, or the address is not this machine's",
                listen);
  }
  state_->listener = std::thread([state = state_.get()] {
    state->server.listen_after_bind();
    state->ended = true;
  });
  return address->port;
}

void Server::stop() {
  for (const auto& stream : state_->streams)
    if (const auto source = stream.lock()) source->close();
  if (!state_->listener.joinable()) return;
  // httplib ignores a stop that comes before its loop runs.
  while (!state_->server.is_running() && !state_->ended) std::this_thread::yield();
  state_->server.stop();
  state_->listener.join();
}

}  // namespace wayside::http
