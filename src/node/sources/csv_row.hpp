#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace wayside::node::sources {

/// Splits a row of a text table into fields. Fields in double quotes may hold delimiters, and
/// quotes doubled (RFC 4180), but no line ends.
class RowSplitter {
 public:
  static constexpr std::size_t fields_max = 10'000;
  /// As delimiter: any run of blanks and tabs, also before the first field.
  static constexpr char whitespace = '\0';

  explicit RowSplitter(char delimiter) : delimiter_(delimiter) {}

  /// The fields without surrounding blanks, valid while `line` is and until the next call. Null for
  /// a quote that does not end at the field's end, and for more than `fields_max`.
  const std::vector<std::string_view>* split(std::string_view line);

 private:
  bool quoted(std::string_view& rest);

  char delimiter_;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unescaped_;  ///< fields that had doubled quotes
};

}  // namespace wayside::node::sources
