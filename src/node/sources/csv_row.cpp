#include "node/sources/csv_row.hpp"

namespace wayside::node::sources {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

/// Takes a quoted field, up to and without the delimiter after it, from `rest`, which starts with
/// the quote.
bool RowSplitter::quoted(std::string_view& rest) {
  std::string text;
  std::size_t at = 1;
  for (;;) {
    const std::size_t quote = rest.find('"', at);
    if (quote == std::string_view::npos) return false;
    text.append(rest, at, quote - at);
    at = quote + 1;
    if (at >= rest.size() || rest[at] != '"') break;
    text.push_back('"');
    ++at;
  }
  rest.remove_prefix(at);
  unescaped_.push_back(std::move(text));
  fields_.push_back(unescaped_.back());
  if (delimiter_ == whitespace) return rest.empty() || blanks.find(rest.front()) != blanks.npos;
  while (!rest.empty() && rest.front() != delimiter_) {
    if (blanks.find(rest.front()) == blanks.npos) return false;
    rest.remove_prefix(1);
  }
  return true;
}

const std::vector<std::string_view>* RowSplitter::split(std::string_view line) {
  fields_.clear();
  unescaped_.clear();
  const std::string_view ends =
      delimiter_ == whitespace ? blanks : std::string_view(&delimiter_, 1);
  std::string_view rest = line;
  for (;;) {
    while (!rest.empty() && blanks.find(rest.front()) != blanks.npos && rest.front() != delimiter_)
      rest.remove_prefix(1);
    if (delimiter_ == whitespace && rest.empty()) return &fields_;
    if (fields_.size() >= fields_max) return nullptr;
    if (!rest.empty() && rest.front() == '"') {
      if (!quoted(rest)) return nullptr;
    } else {
      const std::size_t end = std::min(rest.size(), rest.find_first_of(ends));
      fields_.push_back(trimmed(rest.substr(0, end)));
      rest.remove_prefix(end);
    }
    if (rest.empty()) return &fields_;
    rest.remove_prefix(1);
  }
}

}  // namespace wayside::node::sources
