#include "hub/config.hpp"

#include <charconv>
#include <string_view>

#include "base/config/reader.hpp"

namespace wayside::hub {
namespace {

constexpr std::uint64_t memory_bytes_min = 64ull << 20;

bool valid_port(std::string_view text) {
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 0 && port <= 65535;
}

bool valid_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && colon > 0 && valid_port(text.substr(colon + 1));
}

/// mqtt://host or mqtt://host:port
bool valid_broker(std::string_view text) {
  constexpr std::string_view scheme = "mqtt://";
  if (!text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  if (text.empty() || text.find_first_of("/@? ") != std::string_view::npos) return false;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.back() == ']') return true;
  return valid_host_port(text);
}

const config::Location& place_of(const config::Node& root, std::string_view key) {
  const config::Node* node = root.find(key);
  return node ? node->at : root.at;
}

void read_store(const config::Node& node, HubConfig::Store& store,
                config::Diagnostics& diagnostics) {
  config::MapReader map(node, "the store (supported: duckdb)", diagnostics);
  store.duckdb = map.required_string("duckdb");
  store.memory_bytes = map.size("memory", store.memory_bytes);
  if (store.memory_bytes < memory_bytes_min)
    diagnostics.error(place_of(node, "memory"), "found less than 64MiB, expected at least that");
  store.threads = map.integer("threads", store.threads, 1, 256);
}

void read_addresses(const config::Node& root, config::MapReader& map, HubConfig& result,
                    config::Diagnostics& diagnostics) {
  result.listen = map.string("listen", result.listen);
  if (!valid_host_port(result.listen))
    diagnostics.error(place_of(root, "listen"),
                      "found '" + result.listen + "', expected host:port as in 127.0.0.1:8080");
  result.broker = map.string("broker", result.broker);
  if (!valid_broker(result.broker))
    diagnostics.error(place_of(root, "broker"), "found '" + result.broker +
                                                    "', expected a broker as in "
                                                    "mqtt://127.0.0.1:1883");
  result.anonymous = map.boolean("anonymous", result.anonymous);
  if (valid_host_port(result.listen) && !is_loopback(result.listen) && !result.anonymous)
    diagnostics.error(place_of(root, "listen"),
                      "found '" + result.listen +
                          "', which others can reach: expected a loopback address, or "
                          "'anonymous: true' to serve whoever reaches it");
}

}  // namespace

bool is_loopback(const std::string& listen) {
  const std::string host = listen.substr(0, listen.rfind(':'));
  return host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "::1";
}

std::optional<HubConfig> parse_hub_config(const config::Node& root,
                                          config::Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.errors().size();
  HubConfig result;
  {
    config::MapReader map(root, "the hub's configuration", diagnostics);
    read_addresses(root, map, result, diagnostics);
    if (const config::Node* store = map.required("store"))
      read_store(*store, result.store, diagnostics);
    if (const config::Node* catalog = map.required("catalog")) {
      config::MapReader reader(*catalog, "the catalog (supported: sqlite)", diagnostics);
      result.catalog.sqlite = reader.required_string("sqlite");
    }
    if (const config::Node* query = map.optional("query")) {
      config::MapReader reader(*query, "the query limits", diagnostics);
      result.query.timeout = reader.duration("timeout", result.query.timeout);
      result.query.rows_max = reader.integer("rows_max", result.query.rows_max, 1, 10'000'000);
    }
  }
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return result;
}

}  // namespace wayside::hub
