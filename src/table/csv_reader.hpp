#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace wayside::table {

/// Reads CSV (RFC 4180, but without line ends inside quotes) line by line, in little memory and at
/// the speed of its bytes. Not thread-safe.
class CsvReader {
 public:
  static constexpr std::size_t line_bytes_max = 1u << 20;
  static constexpr std::size_t fields_max = 10'000;

  /// `path` "-" is the standard input. Errors: `not_found`, `io`.
  [[nodiscard]] static Result<CsvReader> open(const std::string& path);
  [[nodiscard]] static CsvReader of_text(std::string text);
  ~CsvReader();
  CsvReader(CsvReader&& other) noexcept;
  CsvReader& operator=(CsvReader&&) = delete;

  /// The fields of the next line that is not empty, valid until the next call; nullptr at the end.
  /// Errors: `invalid` (a line that is too long or whose quotes do not match) with its number,
  /// `io`.
  [[nodiscard]] Result<const std::vector<std::string_view>*> next();
  /// Of the line read last, from 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }

 private:
  explicit CsvReader(int fd) : fd_(fd) {}
  [[nodiscard]] Result<bool> next_line(std::string_view& line);
  [[nodiscard]] Status fill();
  [[nodiscard]] bool split(std::string_view line);
  [[nodiscard]] bool split_quoted(std::string_view line);

  int fd_ = -1;
  std::string buffer_;
  std::size_t begin_ = 0;  ///< of what is not yet handed out
  bool ended_ = false;
  std::uint64_t line_ = 0;
  std::vector<std::string_view> fields_;
  std::string unquoted_;  ///< the text of fields that had quotes
};

}  // namespace wayside::table
