#include "node/sources/captures.hpp"

#include <algorithm>

namespace wayside::node::sources {
namespace {

/// The number after a dollar sign at `at`, or 0 where there is none.
std::size_t number_at(std::string_view text, std::size_t at) {
  if (text[at] != '$' || at + 1 >= text.size()) return 0;
  const char digit = text[at + 1];
  return digit >= '1' && digit <= '9' ? static_cast<std::size_t>(digit - '0') : 0;
}

/// Takes the first level off a topic or filter. False after the last one.
bool take_level(std::string_view& rest, bool& more, std::string_view& level) {
  if (!more) return false;
  const std::size_t slash = rest.find('/');
  level = rest.substr(0, slash);
  more = slash != std::string_view::npos;
  rest.remove_prefix(more ? slash + 1 : rest.size());
  return true;
}

}  // namespace

std::size_t NameTemplate::captures() const {
  std::size_t highest = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) highest = std::max(highest, number_at(text_, i));
  return highest;
}

std::string NameTemplate::expand(const std::vector<std::string_view>& captured) const {
  std::string out;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const std::size_t number = number_at(text_, i);
    if (number == 0) {
      out.push_back(text_[i]);
      continue;
    }
    if (number <= captured.size()) out.append(captured[number - 1]);
    ++i;  // the digit
  }
  return out;
}

std::string TopicPattern::mistake() const {
  if (filter_.empty()) return "a topic is not empty";
  if (filter_.find('\0') != std::string::npos) return "a topic has no NUL";
  std::string_view rest = filter_;
  std::string_view level;
  for (bool more = true; take_level(rest, more, level);) {
    if (level == "#" && more) return "# may only be the last level of a topic";
    if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos)
      return "+ and # stand for whole levels of a topic";
  }
  if (captures() > captures_max) return "a topic has at most 9 of + and #";
  return {};
}

std::size_t TopicPattern::captures() const {
  return static_cast<std::size_t>(std::count(filter_.begin(), filter_.end(), '+') +
                                  std::count(filter_.begin(), filter_.end(), '#'));
}

bool TopicPattern::match(std::string_view topic, std::vector<std::string_view>& captured) const {
  captured.clear();
  std::string_view pattern = filter_;
  std::string_view wanted;
  std::string_view level;
  bool more_pattern = true;
  bool more_topic = true;
  while (take_level(pattern, more_pattern, wanted)) {
    if (wanted == "#") {
      captured.push_back(topic);
      return true;
    }
    if (!take_level(topic, more_topic, level)) return false;
    if (wanted == "+")
      captured.push_back(level);
    else if (wanted != level)
      return false;
  }
  return !more_topic;
}

}  // namespace wayside::node::sources
