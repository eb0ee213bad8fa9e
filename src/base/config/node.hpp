#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/diagnostics.hpp"

namespace wayside::config {

/// A YAML document as a plain tree in which every value knows where it stands. `${VAR}` and
/// `${VAR:default}` are already expanded in scalars.
struct Node {
  enum class Type { null, scalar, sequence, map };
  struct Entry;

  Type type = Type::null;
  Location at;
  std::string scalar;
  bool quoted = false;  ///< "5" in quotes is text, not a number
  std::vector<Node> items;
  std::vector<Entry> entries;

  [[nodiscard]] const Node* find(std::string_view key) const;
  /// "a map", "a list", "the text 'x'", "nothing": for error messages.
  [[nodiscard]] std::string describe() const;
};

struct Node::Entry {
  std::string key;
  Location key_at;
  Node value;
};

/// Looks up an environment variable; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
[[nodiscard]] Environment process_environment();

/// A YAML document has at most so many bytes.
inline constexpr std::size_t yaml_bytes_max = 1u << 20;

/// Parses one YAML document. Mistakes (syntax, duplicate keys, an unset variable without default,
/// nesting beyond 64, more than `yaml_bytes_max`) go to `diagnostics`; what could be read is
/// returned.
[[nodiscard]] Node parse_yaml(std::string_view text, const std::string& file,
                              const Environment& environment, Diagnostics& diagnostics);

}  // namespace wayside::config
