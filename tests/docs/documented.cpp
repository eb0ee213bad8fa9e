#include "documented.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace wayside::docs {
namespace {

constexpr const char* stranger = "qqqqqqqqqqqq";

}  // namespace

std::string document(const std::string& file) {
  std::ifstream in(std::string(WAYSIDE_SOURCE_DIR) + "/docs/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string part(const std::string& document, const std::string& name) {
  const std::size_t begin = document.find("\n## " + name + "\n");
  if (begin == std::string::npos) throw std::runtime_error("the document has no part " + name);
  return document.substr(begin, document.find("\n## ", begin + 1) - begin);
}

std::string example(const std::string& docs) {
  const std::string fence = "```yaml\n";
  const std::size_t begin = docs.find(fence) + fence.size();
  return docs.substr(begin, docs.find("```", begin) - begin);
}

Tables documented(const std::string& docs) {
  Tables out;
  std::istringstream lines(docs);
  std::string what;
  Keys keys;
  const auto close = [&] {
    if (!what.empty()) out.emplace(what, keys);
    keys.clear();
  };
  const std::regex heading(R"(^### \S+(?: [a-z]+)? \((.*)\)$)");
  const std::regex row(R"(^\| `([a-z_0-9]+)` \|.*)");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) close();
    if (line.starts_with("#"))
      what = std::regex_match(line, match, heading) ? match[1].str() : std::string();
    else if (std::regex_match(line, match, row))
      keys.insert(match[1]);
  }
  close();
  return out;
}

void add_stranger_here(config::Node& node) {
  config::Node value;
  value.type = config::Node::Type::scalar;
  value.scalar = "1";
  node.entries.push_back({stranger, node.at, value});
}

void add_stranger(config::Node& node) {
  for (config::Node& item : node.items) add_stranger(item);
  for (config::Node::Entry& entry : node.entries) add_stranger(entry.value);
  if (node.type == config::Node::Type::map) add_stranger_here(node);
}

config::Node yaml(const std::string& text, config::Diagnostics& diagnostics) {
  return config::parse_yaml(
      text, "example", [](const std::string&) { return std::nullopt; }, diagnostics);
}

std::string mistakes(const std::string& docs, const Parse& parse) {
  config::Diagnostics diagnostics;
  parse(yaml(example(docs), diagnostics), diagnostics);
  return diagnostics.format();
}

Tables read_by(const Parse& parse, const std::string& docs,
               const std::function<void(config::Node&)>& add_strangers) {
  config::Diagnostics diagnostics;
  config::Node root = yaml(example(docs), diagnostics);
  add_strangers(root);
  parse(root, diagnostics);
  Tables out;
  const std::regex complaint("^(.*) has no '" + std::string(stranger) + R"(' \(known: (.*)\)$)");
  std::smatch match;
  for (const auto& error : diagnostics.errors()) {
    if (!std::regex_match(error.message, match, complaint)) continue;
    Keys keys;
    std::istringstream list(match[2].str());
    for (std::string key; list >> key;) keys.insert(key.substr(0, key.find(',')));
    out.emplace(match[1], std::move(keys));
  }
  return out;
}

std::string show(const Tables& tables) {
  std::string out;
  for (const auto& [what, keys] : tables) {
    out += what + ":";
    for (const std::string& key : keys) out += " " + key;
    out += "\n";
  }
  return out;
}

}  // namespace wayside::docs
