#include <fmt/format.h>
#include <map>
#include <tuple>

#include "hub/store/clickhouse/reader.hpp"

namespace wayside::hub::click {
namespace {

constexpr Duration usage_timeout = seconds(120);

struct Table {
  const char* name;
  RecordKind kind;
  const char* asset;  ///< expression
};
constexpr std::array<Table, record_kind_count> tables{
    {{"sample_rows", RecordKind::samples, "asset"},
     {"feature_rows", RecordKind::features, "asset"},
     {"decision_rows", RecordKind::decisions, "asset"},
     {"event_rows", RecordKind::events, "asset"},
     {"health_rows", RecordKind::health, "''"},
     {"downsample_rows", RecordKind::downsampled, "asset"}}};

/// What the parts of every table take on all servers.
Result<std::map<std::string, std::uint64_t>> read_bytes(const Database& database) {
  std::map<std::string, std::uint64_t> bytes;
  for (Client* server : database.servers()) {
    const auto rows =
        server->select({"SELECT table, sum(bytes) FROM system.parts WHERE active AND database = " +
                            quote(database.layout().database) + " GROUP BY table",
                        {},
                        usage_timeout});
    if (!rows) return tl::make_unexpected(rows.error());
    rows->each([&](const Block& block, std::size_t i) {
      bytes[block.text(0, i)] += block.at<std::uint64_t>(1, i);
    });
  }
  return bytes;
}

}  // namespace

Result<Usage> read_usage(const Database& database, const Snapshot& snapshot) {
  const auto bytes = read_bytes(database);
  if (!bytes) return tl::make_unexpected(bytes.error());
  Usage usage;
  for (const auto& [table, size] : *bytes) usage.store_bytes += size;
  for (const Table& table : tables) {
    const auto rows = database.select(
        fmt::format("SELECT tier, {} AS of, count() FROM {} WHERE {} GROUP BY tier, of ORDER BY "
                    "tier, of",
                    table.asset, database.layout().of(table.name), snapshot.where(table.name)),
        usage_timeout);
    if (!rows) return tl::make_unexpected(rows.error());
    const std::size_t begin = usage.lines.size();
    std::uint64_t all = 0;
    rows->each([&](const Block& block, std::size_t i) {
      const auto count = block.at<std::uint64_t>(2, i);
      usage.lines.push_back({table.kind, static_cast<telemetry::Tier>(block.at<std::uint8_t>(0, i)),
                             block.text(1, i), count, 0, 0, 0});
      all += count;
    });
    const auto size = bytes->find(table.name);
    if (size == bytes->end()) continue;
    for (std::size_t i = begin; i < usage.lines.size(); ++i)
      usage.lines[i].bytes = static_cast<std::uint64_t>(static_cast<double>(size->second) *
                                                        static_cast<double>(usage.lines[i].rows) /
                                                        static_cast<double>(all));
  }
  return usage;
}

}  // namespace wayside::hub::click
