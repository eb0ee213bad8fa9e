#include "hub/store/clickhouse/database.hpp"

#include <algorithm>
#include <set>

namespace wayside::hub::click {
namespace {

constexpr Duration ask_timeout = seconds(20);

}  // namespace

Database::Database(const ClickhouseOptions& options)
    : options_(options), layout_{options.database, options.cluster} {
  for (const std::string& url : options.urls)
    clients_.push_back(
        std::make_unique<Client>(Client::Options{url, options.user, options.password}));
}

std::vector<Client*> Database::servers() const {
  std::vector<Client*> servers;
  for (const auto& client : clients_) servers.push_back(client.get());
  return servers;
}

Status Database::learn() {
  // A server is asked only for what it knows: an unknown setting is an error.
  const Settings wanted{
      // Rows are there, in every shard, when the reply comes.
      {"insert_distributed_sync", "1"},
      {"distributed_foreground_insert", "1"},
      {"async_insert", "0"},
      // A node that comes back after a long time brings rows of many days at once.
      {"max_partitions_per_insert_block", "0"},
  };
  auto rows = first().select(
      {"SELECT name FROM system.settings WHERE name IN ('insert_distributed_sync', "
       "'distributed_foreground_insert', 'async_insert', 'max_partitions_per_insert_block')",
       {},
       ask_timeout});
  if (!rows) return tl::make_unexpected(rows.error());
  std::set<std::string> known;
  rows->each([&](const Block& block, std::size_t i) { known.insert(block.text(0, i)); });
  // The old name of a setting that has a new one.
  if (known.contains("distributed_foreground_insert")) known.erase("insert_distributed_sync");
  for_writing_.clear();
  for (const auto& setting : wanted)
    if (known.contains(setting.first)) for_writing_.push_back(setting);
  return {};
}

Settings Database::for_reading(Duration timeout) const {
  const auto whole_seconds = std::max<std::int64_t>(1, (timeout.ns + 999'999'999) / 1'000'000'000);
  return {{"max_execution_time", std::to_string(whole_seconds)},
          {"max_memory_usage", std::to_string(options_.memory_bytes)},
          {"max_threads", std::to_string(options_.threads)},
          // Conditions on a view go into it; 18.16 does it when told to.
          {"enable_optimize_predicate_expression", "1"},
          {"distributed_product_mode", "global"}};
}

Result<Rows> Database::select(const std::string& sql, Duration timeout) const {
  return first().select({sql, for_reading(timeout), timeout});
}

}  // namespace wayside::hub::click
