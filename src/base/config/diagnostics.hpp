#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wayside::config {

/// A place in a file, counted from 1; line 0 means the file as a whole.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  /// The same place `columns` further right, for a position inside a scalar.
  [[nodiscard]] Location right(int columns) const {
    Location moved = *this;
    moved.column += columns;
    return moved;
  }
};

/// Collects all mistakes of a configuration, so that they are reported together.
class Diagnostics {
 public:
  struct Entry {
    Location at;
    std::string message;
  };

  /// `message` says what was found and what was expected, in one sentence.
  void error(const Location& at, std::string message);
  /// Something legal that is probably not meant; does not fail the configuration.
  void warn(const Location& at, std::string message);
  [[nodiscard]] bool ok() const { return errors_.empty(); }
  [[nodiscard]] const std::vector<Entry>& errors() const { return errors_; }
  [[nodiscard]] const std::vector<Entry>& warnings() const { return warnings_; }
  /// One line each, `file:line:column: error: message`, in the order of the file.
  [[nodiscard]] std::string format() const;
  /// The same for people: below each mistake the line it is in, and a caret under the place.
  [[nodiscard]] std::string report() const;

  /// Keeps what a file says, for `report` and `inside`.
  void add_source(const std::string& file, std::string_view text);
  /// Where the byte `offset` of a scalar stands, which begins at `at`: also where it is folded over
  /// several lines. `at` where that cannot be told, since the file says something else (an escape,
  /// a variable).
  [[nodiscard]] Location inside(const Location& at, std::string_view scalar,
                                std::size_t offset) const;

 private:
  [[nodiscard]] std::vector<std::pair<const Entry*, std::string_view>> sorted() const;
  /// The line of a file, without its end; nothing for one that is not known.
  [[nodiscard]] std::optional<std::string_view> line_of(const Location& at) const;

  std::vector<Entry> errors_;
  std::vector<Entry> warnings_;
  std::map<std::string, std::string> sources_;  ///< text by file
};

/// The candidate nearest to `word` by edit distance if it is near enough to be a typing mistake,
/// else empty.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

}  // namespace wayside::config
