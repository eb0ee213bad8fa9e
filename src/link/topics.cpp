#include "link/topics.hpp"

#include <algorithm>

namespace wayside::link {
namespace {

constexpr std::string_view prefix = "wayside/v1/";
constexpr std::size_t node_name_max = 64;

std::string topic(std::string_view node, std::string_view rest) {
  std::string out(prefix);
  out += node;
  out += rest;
  return out;
}

/// Cuts `prefix` and the node's name off; nullopt where the topic has none.
std::optional<std::string> take_node(std::string_view& topic) {
  if (!topic.starts_with(prefix)) return std::nullopt;
  topic.remove_prefix(prefix.size());
  const std::string_view node = topic.substr(0, topic.find('/'));
  if (!valid_node_name(node)) return std::nullopt;
  topic.remove_prefix(node.size());
  return std::string(node);
}

}  // namespace

std::string up_topic(std::string_view node, telemetry::Tier tier) {
  return topic(node, "/up/") + std::string(to_string(tier));
}
std::string ack_topic(std::string_view node) {
  return topic(node, "/down/ack");
}
std::string state_topic(std::string_view node) {
  return topic(node, "/state");
}

std::optional<UpTopic> parse_up_topic(std::string_view topic) {
  auto node = take_node(topic);
  if (!node || !topic.starts_with("/up/")) return std::nullopt;
  const auto tier = telemetry::parse_tier(topic.substr(4));
  if (!tier) return std::nullopt;
  return UpTopic{std::move(*node), *tier};
}

std::optional<std::string> parse_state_topic(std::string_view topic) {
  auto node = take_node(topic);
  if (!node || topic != "/state") return std::nullopt;
  return node;
}

bool topic_matches(std::string_view pattern, std::string_view topic) {
  for (;;) {
    const auto level = pattern.substr(0, pattern.find('/'));
    if (level == "#") return true;
    const auto name = topic.substr(0, topic.find('/'));
    if (level != "+" && level != name) return false;
    const bool pattern_ends = level.size() == pattern.size();
    const bool topic_ends = name.size() == topic.size();
    // `a/#` matches `a` as well.
    if (topic_ends) return pattern_ends || pattern.substr(level.size()) == "/#";
    if (pattern_ends) return false;
    pattern.remove_prefix(level.size() + 1);
    topic.remove_prefix(name.size() + 1);
  }
}

bool valid_node_name(std::string_view node) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  // The hub's own state has a node's place in the topic tree.
  return !node.empty() && node.size() <= node_name_max && node != "hub" &&
         std::all_of(node.begin(), node.end(), allowed);
}

}  // namespace wayside::link
