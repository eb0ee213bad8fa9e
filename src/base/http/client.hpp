#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace wayside::http {

struct Reply {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// One request over libcurl. A reply of any status is a success here; errors are `unavailable`
/// (nobody answers), `timeout` and `invalid` (the address).
[[nodiscard]] Result<Reply> get(const std::string& url, Duration timeout = seconds(30));
[[nodiscard]] Result<Reply> post(const std::string& url, std::string_view body,
                                 const std::string& content_type = "application/json",
                                 Duration timeout = seconds(60));

/// One request of a `Session`. What it points to must outlive `send`.
struct ClientRequest {
  std::string url;
  std::string_view body;             ///< of a POST
  std::vector<std::string> headers;  ///< `Name: value`
  Duration timeout = seconds(60);
  /// Takes the reply's body piece by piece where given, and ends the request by giving false; else
  /// the body is collected in the reply.
  std::function<bool(std::string_view)> sink;
  /// Asked about once a second and whenever bytes move: true ends the request as a `timeout`.
  std::function<bool()> cancelled = {};
  /// A connection that stayed open and breaks before the reply is otherwise made anew and the
  /// request sent again, though the server may have taken the first one. True: once a byte of the
  /// body has gone out that is `unavailable`.
  bool once = false;
};

/// Sends requests one after another over a connection that stays open between them. One caller at a
/// time. Errors as above; a connection that broke is made anew by the next request.
class Session {
 public:
  Session();
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  [[nodiscard]] Result<Reply> post(const ClientRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The body of a GET into a file. Errors: as `get`; `io` and `full` for the file; `not_found` and
/// others of the server's for a status other than 200, with its sentence.
[[nodiscard]] Status download(const std::string& url, const std::string& path, Duration timeout);
/// Percent-encodes one query value or path part.
[[nodiscard]] std::string escape(std::string_view text);

}  // namespace wayside::http
