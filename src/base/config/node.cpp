#include "base/config/node.hpp"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>
#include <cstdlib>
#include <set>

namespace wayside::config {
namespace {

constexpr int depth_max = 64;
constexpr std::size_t nodes_max =
    200'000;  // anchors can make a small document unfold into a huge one

/// Turns yaml-cpp's nodes into ours.
class Converter {
 public:
  Converter(const std::string& file, const Environment& environment, Diagnostics& diagnostics)
      : file_(file), environment_(environment), diagnostics_(diagnostics) {}

  Node convert(const YAML::Node& in, int depth) {
    Node out;
    out.at = location(in.Mark());
    if (depth > depth_max || ++nodes_ > nodes_max) {
      if (!overflow_) diagnostics_.error(out.at, "the document is nested too deep or too large");
      overflow_ = true;
      return out;
    }
    switch (in.Type()) {
      case YAML::NodeType::Scalar:
        out.type = Node::Type::scalar;
        out.quoted = in.Tag() == "!";
        out.scalar = expand(in.Scalar(), out.at);
        break;
      case YAML::NodeType::Sequence:
        out.type = Node::Type::sequence;
        for (const auto& item : in) out.items.push_back(convert(item, depth + 1));
        break;
      case YAML::NodeType::Map:
        convert_map(in, out, depth);
        break;
      default:
        break;
    }
    return out;
  }

 private:
  [[nodiscard]] Location location(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, mark.line + 1, mark.column + 1};
  }

  void convert_map(const YAML::Node& in, Node& out, int depth) {
    out.type = Node::Type::map;
    std::set<std::string> seen;
    for (const auto& pair : in) {
      const Location key_at = location(pair.first.Mark());
      if (!pair.first.IsScalar()) {
        diagnostics_.error(key_at, "a key must be plain text");
        continue;
      }
      const std::string key = pair.first.Scalar();
      if (!seen.insert(key).second)
        diagnostics_.error(key_at, fmt::format("'{}' stands twice in this map", key));
      out.entries.push_back({key, key_at, convert(pair.second, depth + 1)});
    }
  }

  /// `${VAR}` and `${VAR:default}`; `$$` stands for one `$` before a brace.
  std::string expand(const std::string& text, const Location& at) {
    std::string out;
    std::size_t pos = 0;
    for (;;) {
      const std::size_t open = text.find("${", pos);
      if (open == std::string::npos) return out + text.substr(pos);
      if (open > pos && text[open - 1] == '$') {
        out += text.substr(pos, open - 1 - pos) + "${";
        pos = open + 2;
        continue;
      }
      out += text.substr(pos, open - pos);
      const std::size_t close = text.find('}', open);
      if (close == std::string::npos) {
        diagnostics_.error(at.right(static_cast<int>(open)), "'${' without its '}'");
        return out;
      }
      out += variable(text.substr(open + 2, close - open - 2), at.right(static_cast<int>(open)));
      pos = close + 1;
    }
  }

  std::string variable(const std::string& inside, const Location& at) {
    const std::size_t colon = inside.find(':');
    const std::string name = inside.substr(0, colon);
    if (const auto value = environment_(name)) return *value;
    if (colon != std::string::npos) return inside.substr(colon + 1);
    diagnostics_.error(
        at,
        fmt::format("the environment variable {} is not set and has no default (${{{}:default}})",
                    name, name));
    return {};
  }

  const std::string& file_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
  std::size_t nodes_ = 0;
  bool overflow_ = false;
};

/// yaml-cpp recurses once a bracket: what could exhaust its stack is refused before it starts.
bool nested_too_deep(std::string_view text) {
  int depth = 0;
  std::size_t indicators = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > depth_max * 4) return true;
    // "- - - -" and "? ? ? ?" nest as well, on one line.
    const bool indicator =
        (c == '-' || c == '?' || c == ':') && i + 1 < text.size() && text[i + 1] == ' ';
    if (c == '\n') indicators = 0;
    if (indicator && ++indicators > static_cast<std::size_t>(depth_max) * 4) return true;
  }
  return false;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

std::string Node::describe() const {
  switch (type) {
    case Type::scalar:
      return fmt::format("'{}'", scalar.substr(0, 60));
    case Type::sequence:
      return "a list";
    case Type::map:
      return "a map";
    case Type::null:
      break;
  }
  return "nothing";
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Node parse_yaml(std::string_view text, const std::string& file, const Environment& environment,
                Diagnostics& diagnostics) {
  Node empty;
  empty.at = {file, 0, 0};
  if (text.size() > yaml_bytes_max) {
    diagnostics.error(empty.at, fmt::format("is too large for a configuration: at most {} bytes",
                                            yaml_bytes_max));
    return empty;
  }
  diagnostics.add_source(file, text);
  if (nested_too_deep(text)) {
    diagnostics.error(empty.at, "the document is nested too deep or too large");
    return empty;
  }
  try {
    return Converter(file, environment, diagnostics).convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    const Location at =
        e.mark.is_null() ? empty.at : Location{file, e.mark.line + 1, e.mark.column + 1};
    diagnostics.error(at, fmt::format("this is not valid YAML: {}", e.msg));
    return empty;
  }
}

}  // namespace wayside::config
