#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http/client.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "hub/store/clickhouse/block_reader.hpp"

namespace wayside::hub::click {

/// A text as a literal of ClickHouse's SQL.
[[nodiscard]] std::string quote(std::string_view text);

/// A reply of ClickHouse's that says what went wrong, as an error: `full` (memory, disk),
/// `timeout`, `refused`, `unavailable` (overloaded, too many parts), else `otherwise`.
[[nodiscard]] Error to_error(std::string_view reply, Errc otherwise);

using Settings = std::vector<std::pair<std::string, std::string>>;

/// One statement.
struct Ask {
  std::string sql;
  Settings settings;
  Duration timeout = seconds(30);
  std::string query_id = {};             ///< empty: the server's own
  std::function<bool()> cancelled = {};  ///< true ends it: `timeout`
};

/// What a reply holds; its blocks point into its bytes, which stay where they are.
struct Rows {
  std::unique_ptr<const std::string> bytes;
  std::vector<Block> blocks;

  template <class F>
  void each(F&& f) const {
    for (const Block& block : blocks)
      for (std::size_t i = 0; i < block.rows; ++i) f(block, i);
  }
};

/// One ClickHouse server over HTTP, from any thread; connections stay open and are used again.
class Client {
 public:
  struct Options {
    std::string url;   ///< http://host:8123
    std::string user;  ///< empty: the server's default user
    std::string password;
  };

  explicit Client(Options options) : options_(std::move(options)) {}

  /// A statement without rows; it reaches the server once or, after `unavailable` and `timeout`,
  /// perhaps not at all. Errors: `io` where the server refuses, `unavailable`, `timeout`.
  [[nodiscard]] Status run(const Ask& ask);
  /// The rows of a SELECT, whole: ClickHouse sends nothing before the last row is there, so what
  /// comes is no part of an answer. `FORMAT` is added here. Errors of the server's that tell of
  /// nothing else are `otherwise`.
  [[nodiscard]] Result<Rows> select(const Ask& ask, Errc otherwise = Errc::io);
  /// As `select`, but gives the blocks one by one, so that no reply need fit into memory. Ends with
  /// the error that `take` gives.
  [[nodiscard]] Status each_block(const Ask& ask, const std::function<Status(const Block&)>& take,
                                  Errc otherwise = Errc::io);
  /// `rows` in the Native format; `sql` up to and without `FORMAT`. Once, as `run`.
  [[nodiscard]] Status insert(const Ask& ask, std::string_view rows);
  /// Ends a query of that id, wherever it stands; does not wait for the end.
  void kill(const std::string& query_id);

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  /// A connection of its own for the time of one request.
  class Lease;
  struct Sending {
    std::string url;
    std::string_view body;
    std::function<bool(std::string_view)> sink = {};
    bool once = false;  ///< it changes what the server holds
  };
  [[nodiscard]] Result<http::Reply> send(const Ask& ask, Sending sending);
  [[nodiscard]] std::string make_url(const Ask& ask) const;

  Options options_;
  std::mutex mutex_;
  std::vector<http::Session> idle_;
};

}  // namespace wayside::hub::click
