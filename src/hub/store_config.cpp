#include "hub/store_config.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/config/reader.hpp"

namespace wayside::hub {
namespace {

constexpr std::uint64_t memory_bytes_min = 64ull << 20;
constexpr std::size_t servers_max = 1'000;

void check_url(const config::Node& node, const std::string& url, config::Diagnostics& diagnostics) {
  const bool scheme = url.starts_with("http://") || url.starts_with("https://");
  const std::string_view rest =
      scheme ? std::string_view(url).substr(url.find("//") + 2) : std::string_view();
  const bool plain = !rest.empty() && rest.find_first_of("?#@ ") == std::string_view::npos;
  if (plain) return;
  const bool names_user = rest.find('@') != std::string_view::npos;
  diagnostics.error(node.at,
                    "found '" + (names_user ? std::string("…@…") : url) +
                        "', expected the address of ClickHouse's HTTP interface, as in "
                        "http://127.0.0.1:8123" +
                        (names_user ? "; 'user' and 'password' have keys of their own" : ""));
}

/// One address, or a list of them.
std::vector<std::string> read_servers(const config::Node& node, config::Diagnostics& diagnostics) {
  std::vector<std::string> urls;
  const auto add = [&](const config::Node& one) {
    const auto url = config::as_string(one, diagnostics);
    if (url) check_url(one, *url, diagnostics);
    if (url) urls.push_back(*url);
  };
  if (node.type != config::Node::Type::sequence) {
    add(node);
  } else if (node.items.empty() || node.items.size() > servers_max) {
    diagnostics.error(node.at, "found " + std::to_string(node.items.size()) +
                                   " servers, expected 1 to " + std::to_string(servers_max));
  } else {
    for (const config::Node& one : node.items) add(one);
  }
  return urls;
}

/// A name that needs no quotes in SQL.
void check_name(config::MapReader& map, std::string_view key, const std::string& name) {
  const config::Node* node = map.node().find(key);
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
  if (node == nullptr || (plain && std::isdigit(static_cast<unsigned char>(name.front())) == 0))
    return;
  map.diagnostics().error(node->at, "found '" + name +
                                        "', expected a name of letters, digits and underscores "
                                        "that begins with no digit");
}

/// What belongs to ClickHouse says nothing beside another store.
void check_belonging(config::MapReader& map, const StoreConfig& store) {
  for (const char* key : {"database", "user", "password", "cluster"})
    if (const config::Node* node = map.node().find(key); node && store.clickhouse.empty())
      map.diagnostics().error(node->at, std::string("'") + key + "' belongs to 'clickhouse'");
  if (const config::Node* node = map.node().find("clickhouse");
      node && store.clickhouse.size() > 1 && store.cluster.empty())
    map.diagnostics().error(node->at,
                            "found several servers, expected the name of their cluster "
                            "beside them, as 'cluster'");
}

}  // namespace

StoreConfig read_store(const config::Node& node, config::Diagnostics& diagnostics) {
  StoreConfig store;
  config::MapReader map(node, "the store (supported: duckdb, clickhouse)", diagnostics);
  const std::size_t errors = diagnostics.errors().size();
  store.duckdb = map.string("duckdb");
  if (const config::Node* servers = map.optional("clickhouse"))
    store.clickhouse = read_servers(*servers, diagnostics);
  store.database = map.string("database", store.database);
  store.user = map.string("user");
  store.password = map.string("password");
  store.cluster = map.string("cluster");
  store.memory_bytes = map.size("memory", store.memory_bytes);
  if (const config::Node* memory = node.find("memory");
      memory && store.memory_bytes < memory_bytes_min)
    diagnostics.error(memory->at, "found less than 64MiB, expected at least that");
  store.threads = map.integer("threads", store.threads, 1, 256);
  if (node.type != config::Node::Type::map) return store;

  const config::Node* file = node.find("duckdb");
  const config::Node* servers = node.find("clickhouse");
  if (file && servers)
    diagnostics.error(node.at, "found both 'duckdb' and 'clickhouse', expected one of them");
  else if (file && file->type == config::Node::Type::scalar && store.duckdb.empty())
    diagnostics.error(file->at, "found nothing, expected the path of a file");
  else if (!file && !servers)
    diagnostics.error(node.at,
                      "the store needs 'duckdb' or 'clickhouse' (supported: duckdb, "
                      "clickhouse)");
  check_name(map, "database", store.database);
  check_name(map, "cluster", store.cluster);
  if (diagnostics.errors().size() == errors) check_belonging(map, store);
  return store;
}

}  // namespace wayside::hub
