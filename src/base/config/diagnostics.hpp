#pragma once

#include <string>
#include <string_view>
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

 private:
  std::vector<Entry> errors_;
  std::vector<Entry> warnings_;
};

/// The candidate nearest to `word` by edit distance if it is near enough to be a typing mistake,
/// else empty.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

}  // namespace wayside::config
