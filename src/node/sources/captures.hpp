#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wayside::node::sources {

/// "$1" to "$9" in a template stand for captured texts; anything else for itself.
class NameTemplate {
 public:
  NameTemplate() = default;
  explicit NameTemplate(std::string text) : text_(std::move(text)) {}

  /// The highest number used; 0 where it is a fixed text.
  [[nodiscard]] std::size_t captures() const;
  [[nodiscard]] const std::string& text() const { return text_; }
  /// `captured` holds $1 first; numbers beyond it give nothing.
  [[nodiscard]] std::string expand(const std::vector<std::string_view>& captured) const;

 private:
  std::string text_;
};

/// A topic filter of MQTT 5 (section 4.7): + stands for one level, # at the end for all that
/// follow. Each is a capture.
class TopicPattern {
 public:
  static constexpr std::size_t captures_max = 9;

  TopicPattern() = default;
  explicit TopicPattern(std::string filter) : filter_(std::move(filter)) {}

  /// Empty, or what is wrong with the filter.
  [[nodiscard]] std::string mistake() const;
  [[nodiscard]] std::size_t captures() const;
  [[nodiscard]] const std::string& filter() const { return filter_; }
  /// Fills `captured` and returns true where the topic fits.
  bool match(std::string_view topic, std::vector<std::string_view>& captured) const;

 private:
  std::string filter_;
};

}  // namespace wayside::node::sources
