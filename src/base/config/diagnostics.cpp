#include "base/config/diagnostics.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace wayside::config {
namespace {

std::string line(const Diagnostics::Entry& entry, std::string_view level) {
  const Location& at = entry.at;
  if (at.line == 0) return fmt::format("{}: {}: {}\n", at.file, level, entry.message);
  return fmt::format("{}:{}:{}: {}: {}\n", at.file, at.line, at.column, level, entry.message);
}

std::optional<std::size_t> start_of_line(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return std::nullopt;
    begin = end + 1;
  }
  return begin;
}

/// The line of a mistake with a caret below its column; of a long line what is around it.
std::string excerpt(std::string_view source, const Location& at) {
  constexpr std::size_t before_max = 80;
  constexpr std::size_t after_max = 40;
  const std::size_t column =
      std::min(static_cast<std::size_t>(std::max(at.column, 1)) - 1, source.size());
  const auto continues = [&](std::size_t i) {
    return i < source.size() && (static_cast<unsigned char>(source[i]) & 0xc0) == 0x80;
  };
  std::size_t begin = column > before_max ? column - before_max : 0;
  std::size_t end = std::min(source.size(), column + after_max);
  while (continues(begin)) ++begin;
  while (continues(end)) ++end;
  std::string shown;
  std::string below;
  for (std::size_t i = begin; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(source[i]);
    // What would move the cursor is no part of a report.
    shown += byte == '\t' || (byte >= 0x20 && byte != 0x7f) ? source[i] : '?';
    if (i < column && !continues(i)) below += byte == '\t' ? '\t' : ' ';
  }
  const std::string number = std::to_string(at.line);
  return fmt::format(" {} | {}\n {} | {}^\n", number, shown, std::string(number.size(), ' '),
                     below);
}

/// Goes through the text of a file as a scalar in it is read.
class SourceWalk {
 public:
  SourceWalk(std::string_view text, std::size_t from, Location at)
      : text_(text), next_(from), at_(std::move(at)) {}

  /// A scalar may begin with `|` or `>` and stand in the lines below.
  void skip_block_header(std::string_view scalar) {
    if (peek() != '|' && peek() != '>') return;
    if (!scalar.empty() && scalar.front() == peek()) return;
    while (next_ < text_.size() && peek() != '\n') advance();
  }
  /// Past one character of the scalar. False where the file says something else.
  bool step(char c) {
    if (is_space(c) && !is_space(peek())) return false;
    if (!is_space(c) && !find(c)) return false;
    if (!is_space(c) || peek() == c) {
      advance();
      return true;
    }
    // The end of a line and what indents the next are read as one space.
    while (is_space(peek())) advance();
    return true;
  }
  /// Goes to where `c` stands, which is here or behind spaces.
  bool find(char c) {
    while (is_space(peek()) && peek() != c) advance();
    return peek() == c;
  }
  [[nodiscard]] const Location& at() const { return at_; }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  [[nodiscard]] char peek() const { return next_ < text_.size() ? text_[next_] : '\0'; }
  void advance() {
    ++at_.column;
    if (peek() == '\n') {
      ++at_.line;
      at_.column = 1;
    }
    ++next_;
  }

  std::string_view text_;
  std::size_t next_;
  Location at_;
};

/// Levenshtein distance, with the swap of two neighbours counted as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

void Diagnostics::error(const Location& at, std::string message) {
  errors_.push_back({at, std::move(message)});
}

void Diagnostics::warn(const Location& at, std::string message) {
  warnings_.push_back({at, std::move(message)});
}

std::vector<std::pair<const Diagnostics::Entry*, std::string_view>> Diagnostics::sorted() const {
  std::vector<std::pair<const Entry*, std::string_view>> all;
  for (const Entry& entry : errors_) all.emplace_back(&entry, "error");
  for (const Entry& entry : warnings_) all.emplace_back(&entry, "warning");
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first->at.line, a.first->at.column) <
           std::tie(b.first->at.line, b.first->at.column);
  });
  return all;
}

std::string Diagnostics::format() const {
  std::string out;
  for (const auto& [entry, level] : sorted()) out += line(*entry, level);
  return out;
}

std::string Diagnostics::report() const {
  std::string out;
  for (const auto& [entry, level] : sorted()) {
    out += line(*entry, level);
    if (const auto source = line_of(entry->at)) out += excerpt(*source, entry->at);
  }
  return out;
}

void Diagnostics::add_source(const std::string& file, std::string_view text) {
  sources_[file] = text;
}

std::optional<std::string_view> Diagnostics::line_of(const Location& at) const {
  const auto found = sources_.find(at.file);
  if (found == sources_.end() || at.line < 1) return std::nullopt;
  const auto begin = start_of_line(found->second, at.line);
  if (!begin) return std::nullopt;
  std::string_view rest = std::string_view(found->second).substr(*begin);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

Location Diagnostics::inside(const Location& at, std::string_view scalar,
                             std::size_t offset) const {
  const auto found = sources_.find(at.file);
  if (found == sources_.end() || at.line < 1) return at.right(static_cast<int>(offset));
  const auto begin = start_of_line(found->second, at.line);
  if (!begin) return at;
  SourceWalk walk(found->second, *begin + static_cast<std::size_t>(at.column) - 1, at);
  walk.skip_block_header(scalar);
  for (std::size_t i = 0; i < std::min(offset, scalar.size()); ++i)
    if (!walk.step(scalar[i])) return at;
  if (offset < scalar.size() && !walk.find(scalar[offset])) return at;
  return walk.at();
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t word_length_max = 64;  // the distance costs the product of the lengths
  if (word.size() > word_length_max) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word_length_max) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace wayside::config
