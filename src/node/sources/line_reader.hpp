#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wayside::node::sources {

/// An open file descriptor, closed with the object unless it is one of the process's own (0 to 2).
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Splits a stream of bytes into lines, without ever holding more than one line of the greatest
/// length and a read's worth.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  enum class Next { line, too_long, more };

  /// The next line without its end (\n or \r\n), valid until the next call of either method.
  /// `too_long` once for each line that was too long and is skipped; `more`: feed.
  Next next(std::string_view& line);
  void feed(std::string_view bytes);
  /// No more bytes will come: what is left without a line end is a line as well.
  void finish();

 private:
  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;     ///< of the first line not handed out
  std::size_t searched_ = 0;  ///< no line end between begin_ and here
  bool skipping_ = false;     ///< within a line that is too long
  bool finished_ = false;
};

/// Lines from a file, a pipe or a terminal. Waits for input and for the stop alike.
class LineReader {
 public:
  /// `fd` stays the caller's.
  LineReader(int fd, std::size_t line_bytes_max, std::stop_token stop);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// `idle` once before every wait: what was read should be handed on now.
  enum class Next { line, too_long, idle, end, stopped };
  /// Errors: `io` where reading fails; then the input is at its end.
  Result<Next> next(std::string_view& line);

 private:
  struct Wake {
    int fd;
    void operator()() const noexcept;
  };
  enum class Filled { bytes, idle, stopped };
  Result<Filled> fill();

  int fd_;
  std::stop_token stop_;
  LineSplitter lines_;
  FileDescriptor wake_;
  std::optional<std::stop_callback<Wake>> on_stop_;
  std::string chunk_;
  bool ended_ = false;
  bool idle_told_ = false;
};

}  // namespace wayside::node::sources
