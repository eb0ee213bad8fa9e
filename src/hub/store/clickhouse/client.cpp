#include "hub/store/clickhouse/client.hpp"

#include <fmt/format.h>
#include <charconv>

namespace wayside::hub::click {
namespace {

constexpr std::size_t idle_max = 16;
/// How much more must have come before a block is looked for again.
constexpr std::size_t block_step = 1u << 20;
constexpr std::size_t message_bytes_max = 2'000;
/// The server is told to stop first; the connection is given up a little later.
constexpr Duration grace = seconds(2);

int code_of(std::string_view reply) {
  const std::size_t at = reply.find("Code: ");
  int code = 0;
  if (at != std::string_view::npos)
    std::from_chars(reply.data() + at + 6, reply.data() + reply.size(), code);
  return code;
}

/// The sentence without the frame that the server puts around it, in the manner of 18.16 and of
/// today.
std::string message_of(std::string_view reply) {
  for (const std::string_view mark : {"DB::Exception: ", "DB::NetException: "})
    if (const std::size_t at = reply.find(mark); at != std::string_view::npos) {
      reply.remove_prefix(at + mark.size());
      break;
    }
  for (const std::string_view mark : {", e.what() = ", " (version ", "\n"})
    reply = reply.substr(0, reply.find(mark));
  reply = reply.substr(0, message_bytes_max);
  while (!reply.empty() && (reply.back() == '.' || reply.back() == ' ')) reply.remove_suffix(1);
  return std::string(reply);
}

Errc errc_of(int code, Errc otherwise) {
  switch (code) {  // src/Common/ErrorCodes.cpp of ClickHouse; the numbers never change
    case 158:      // TOO_MANY_ROWS
    case 173:      // CANNOT_ALLOCATE_MEMORY
    case 191:      // SET_SIZE_LIMIT_EXCEEDED
    case 241:      // MEMORY_LIMIT_EXCEEDED
    case 243:      // NOT_ENOUGH_SPACE
    case 307:      // TOO_MANY_BYTES
    case 396:      // TOO_MANY_ROWS_OR_BYTES
      return Errc::full;
    case 159:  // TIMEOUT_EXCEEDED
    case 160:  // TOO_SLOW
    case 394:  // QUERY_WAS_CANCELLED
      return Errc::timeout;
    case 164:  // READONLY
    case 192:  // UNKNOWN_USER
    case 193:  // WRONG_PASSWORD
    case 194:  // REQUIRED_PASSWORD
    case 291:  // DATABASE_ACCESS_DENIED
    case 392:  // QUERY_IS_PROHIBITED
    case 452:  // SETTING_CONSTRAINT_VIOLATION
    case 497:  // ACCESS_DENIED
    case 516:  // AUTHENTICATION_FAILED
      return Errc::refused;
    case 202:  // TOO_MANY_SIMULTANEOUS_QUERIES
    case 209:  // SOCKET_TIMEOUT
    case 210:  // NETWORK_ERROR
    case 252:  // TOO_MANY_PARTS
    case 279:  // ALL_CONNECTION_TRIES_FAILED
      return Errc::unavailable;
    default:
      return otherwise;
  }
}

/// The server keeps the reply until the last row is there, the first bytes of it in memory.
Ask waited_for(Ask ask) {
  ask.settings.emplace_back("wait_end_of_query", "1");
  ask.settings.emplace_back("buffer_size", "4194304");
  return ask;
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c == '\0')
      out += "\\0";
    else
      out += c;
  }
  return out + '\'';
}

Error to_error(std::string_view reply, Errc otherwise) {
  const std::string message = message_of(reply);
  if (message.find("No space left on device") != std::string::npos) return {Errc::full, message};
  return {errc_of(code_of(reply), otherwise), message};
}

class Client::Lease {
 public:
  explicit Lease(Client& client) : client_(client) {
    const std::scoped_lock lock(client_.mutex_);
    if (client_.idle_.empty()) return;
    session_ = std::move(client_.idle_.back());
    client_.idle_.pop_back();
  }
  ~Lease() {
    const std::scoped_lock lock(client_.mutex_);
    if (client_.idle_.size() < idle_max) client_.idle_.push_back(std::move(session_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  http::Session* operator->() { return &session_; }

 private:
  Client& client_;
  http::Session session_;
};

std::string Client::make_url(const Ask& ask) const {
  std::string url = options_.url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  url += "/?";
  const auto add = [&](const std::string& name, const std::string& value) {
    if (url.back() != '?') url += '&';
    url += name + '=' + http::escape(value);
  };
  if (!ask.query_id.empty()) add("query_id", ask.query_id);
  for (const auto& [name, value] : ask.settings) add(name, value);
  return url;
}

Result<http::Reply> Client::send(const Ask& ask, Sending sending) {
  http::ClientRequest request;
  request.url = std::move(sending.url);
  request.body = sending.body;
  request.once = sending.once;
  request.timeout = ask.timeout + grace;
  request.cancelled = ask.cancelled;
  // Not in the address, which logs show.
  if (!options_.user.empty()) request.headers.push_back("X-ClickHouse-User: " + options_.user);
  if (!options_.password.empty())
    request.headers.push_back("X-ClickHouse-Key: " + options_.password);
  request.sink = std::move(sending.sink);
  Lease session(*this);
  auto reply = session->post(request);
  if (reply) return reply;
  // The address has the whole statement in it.
  if (reply.error().code == Errc::unavailable)
    return fail(Errc::unavailable, "ClickHouse at {} does not answer", options_.url);
  if (reply.error().code == Errc::timeout)
    return fail(Errc::timeout, "ClickHouse at {} did not answer within {}", options_.url,
                format_duration(ask.timeout));
  return reply;
}

Status Client::run(const Ask& ask) {
  const auto reply = send(ask, {make_url(ask), ask.sql, {}, true});
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status != 200) return tl::make_unexpected(to_error(reply->body, Errc::io));
  return {};
}

Result<Rows> Client::select(const Ask& ask, Errc otherwise) {
  const Ask whole = waited_for(ask);
  const std::string sql = ask.sql + "\nFORMAT Native";
  auto reply = send(whole, {make_url(whole), sql});
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status != 200) return tl::make_unexpected(to_error(reply->body, otherwise));
  Rows rows{std::make_unique<const std::string>(std::move(reply->body)), {}};
  auto blocks = read_blocks(*rows.bytes);
  if (!blocks) return tl::make_unexpected(blocks.error());
  rows.blocks = std::move(*blocks);
  return rows;
}

Status Client::each_block(const Ask& ask, const std::function<Status(const Block&)>& take,
                          Errc otherwise) {
  const Ask whole = waited_for(ask);
  std::string waiting;  // of a block that is not whole yet, or of an error
  std::size_t look_at = 1;
  Status taken;
  const std::string sql = ask.sql + "\nFORMAT Native";
  const auto reply = send(whole, {make_url(whole), sql, [&](std::string_view piece) {
                                    waiting.append(piece);
                                    if (waiting.size() < look_at) return true;
                                    std::string_view rest = waiting;
                                    for (;;) {
                                      auto block = read_first_block(rest);
                                      // What is no block is the error that the status tells of.
                                      if (!block || !*block) break;
                                      taken = take(**block);
                                      if (!taken) return false;
                                    }
                                    waiting.erase(0, waiting.size() - rest.size());
                                    look_at = waiting.size() + block_step;
                                    return true;
                                  }});
  if (!taken) return taken;
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status != 200) return tl::make_unexpected(to_error(waiting, otherwise));
  const auto blocks = read_blocks(waiting);
  if (!blocks) return tl::make_unexpected(blocks.error());
  for (const Block& block : *blocks)
    if (taken = take(block); !taken) return taken;
  return {};
}

Status Client::insert(const Ask& ask, std::string_view rows) {
  Ask whole = ask;
  whole.settings.emplace_back("query", ask.sql + " FORMAT Native");
  const auto reply = send(whole, {make_url(whole), rows, {}, true});
  if (!reply) return tl::make_unexpected(reply.error());
  if (reply->status != 200) return tl::make_unexpected(to_error(reply->body, Errc::io));
  return {};
}

void Client::kill(const std::string& query_id) {
  // That it does not reach the server says the same as the failure that led here.
  (void)run({"KILL QUERY WHERE query_id = " + quote(query_id) + " ASYNC", {}, seconds(5)});
}

}  // namespace wayside::hub::click
