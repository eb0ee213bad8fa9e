#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "base/config/node.hpp"

/// What a document says of the keys of a file, and what the file's parser reads. A key that no map
/// has is put into every map of the documented example: the parser's complaint then lists the keys
/// that the map does have.
namespace wayside::docs {

using Keys = std::set<std::string>;
/// What a map is called and its keys; csv's "an asset" and the node's are two.
using Tables = std::set<std::pair<std::string, Keys>>;
using Parse = std::function<void(const config::Node&, config::Diagnostics&)>;

/// A file of docs/.
[[nodiscard]] std::string document(const std::string& file);
/// The part from the heading "## NAME" to the next of its level.
[[nodiscard]] std::string part(const std::string& document, const std::string& name);
/// Its first block of YAML.
[[nodiscard]] std::string example(const std::string& docs);
/// Headings end in the map's name in brackets; rows of their tables begin with the key.
[[nodiscard]] Tables documented(const std::string& docs);

[[nodiscard]] config::Node yaml(const std::string& text, config::Diagnostics& diagnostics);
/// The mistakes that `parse` finds in the example.
[[nodiscard]] std::string mistakes(const std::string& docs, const Parse& parse);
/// What `parse` reads, told by its complaints about the example with strangers.
[[nodiscard]] Tables read_by(const Parse& parse, const std::string& docs,
                             const std::function<void(config::Node&)>& add_strangers);

/// Puts the key that no map has into this map and all below it, and into this one alone.
void add_stranger(config::Node& node);
void add_stranger_here(config::Node& node);

[[nodiscard]] std::string show(const Tables& tables);

}  // namespace wayside::docs
