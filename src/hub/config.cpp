#include "hub/config.hpp"

#include <string_view>

#include "base/config/reader.hpp"
#include "base/http/address.hpp"
#include "hub/keeping_config.hpp"
#include "link/broker_url.hpp"

namespace wayside::hub {
namespace {

const config::Location& place_of(const config::Node& root, std::string_view key) {
  const config::Node* node = root.find(key);
  return node ? node->at : root.at;
}

/// A path that must be there and say something.
std::string read_path(config::MapReader& map, std::string_view key,
                      config::Diagnostics& diagnostics) {
  std::string path = map.required_string(key);
  const config::Node* node = map.node().find(key);
  if (node && node->type == config::Node::Type::scalar && path.empty())
    diagnostics.error(node->at, "found nothing, expected the path of a file");
  return path;
}

void read_query(const config::Node& node, HubConfig::Query& query,
                config::Diagnostics& diagnostics) {
  config::MapReader map(node, "the query limits", diagnostics);
  query.timeout = map.duration("timeout", query.timeout);
  if (query.timeout <= Duration{0})
    diagnostics.error(place_of(node, "timeout"), "found no time at all, expected more than 0s");
  query.rows_max = map.integer("rows_max", query.rows_max, 1, 10'000'000);
}

void read_addresses(const config::Node& root, config::MapReader& map, HubConfig& result,
                    config::Diagnostics& diagnostics) {
  result.listen = map.string("listen", result.listen);
  const Status listen = http::check_listen(result.listen);
  if (!listen) diagnostics.error(place_of(root, "listen"), listen.error().message);
  result.broker = map.string("broker", result.broker);
  if (const auto broker = link::parse_broker_url(result.broker); !broker)
    diagnostics.error(place_of(root, "broker"), broker.error().message);
  result.anonymous = map.boolean("anonymous", result.anonymous);
  if (listen && !http::is_loopback(result.listen) && !result.anonymous)
    diagnostics.error(place_of(root, "listen"),
                      "found '" + result.listen +
                          "', which others can reach: expected a loopback address, or "
                          "'anonymous: true' to serve whoever reaches it");
}

}  // namespace

std::optional<HubConfig> parse_hub_config(const config::Node& root,
                                          config::Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.errors().size();
  HubConfig result;
  {
    config::MapReader map(root, "the hub's configuration", diagnostics);
    read_addresses(root, map, result, diagnostics);
    if (const config::Node* store = map.required("store"))
      result.store = read_store(*store, diagnostics);
    if (const config::Node* catalog = map.required("catalog")) {
      config::MapReader reader(*catalog, "the catalog (supported: sqlite)", diagnostics);
      result.catalog.sqlite = read_path(reader, "sqlite", diagnostics);
    }
    read_keeping(map, result.keep, result.archive);
    if (!result.archive.empty() && !result.store.clickhouse.empty())
      diagnostics.error(
          place_of(root, "archive"),
          "found an archive, which the store clickhouse does not have: expected none");
    if (const config::Node* query = map.optional("query"))
      read_query(*query, result.query, diagnostics);
  }
  if (diagnostics.errors().size() != errors_before) return std::nullopt;
  return result;
}

}  // namespace wayside::hub
