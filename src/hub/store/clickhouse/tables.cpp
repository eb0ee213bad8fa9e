#include "hub/store/clickhouse/tables.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace wayside::hub::click {
namespace {

// printf('%016x'), in functions that every version has.
#define EPOCH_TEXT \
  "lower(concat(substring('0000000000000000', 1, 16 - length(hex(epoch))), hex(epoch))) AS epoch"

}  // namespace

const std::array<UserTable, 12> user_tables{{
    {"samples", "node, asset, signal, version, time, value, quality", "sample_rows", ""},
    {"features", "node, asset, name, time, value", "feature_rows", ""},
    {"decisions",
     "node, asset, model, release, time, score, class, confidence, latency_us, action, inputs",
     "decision_rows", ""},
    {"events", "node, asset, kind, time, severity, text, data", "event_rows", ""},
    {"health", "node, time, metric, value", "health_rows", ""},
    {"gaps",
     "node, " EPOCH_TEXT ", tier, first_seq, last_seq, samples, reason, first_time, last_time",
     "gap_rows", ""},
    {"assets",
     "node, asset, argMax(site, commit) AS site, argMax(kind, commit) AS kind, "
     "argMax(tags, commit) AS tags",
     "asset_rows", "node, asset"},
    {"downsampled",
     "node, asset, signal, version, time, every_ns AS every, sum(count) AS n, sum(sum) AS total, "
     "min(min) AS low, max(max) AS high, argMin(first, (first_time, commit)) AS earliest, "
     "argMax(last, (last_time, commit)) AS newest",
     "downsample_rows", "node, asset, signal, version, time, every_ns",
     "node, asset, signal, version, time, every, n AS count, total / n AS mean, low AS min, "
     "high AS max, earliest AS first, newest AS last"},
    // The rows of one commit appear at once, so they need no number to go by; a stream's newest row
    // says it all.
    {"ledger",
     "node, " EPOCH_TEXT
     ", tier, produced, delivered, dropped + if(produced > watermark + ahead_records AND closed "
     "= 1, toUInt64(produced - watermark - ahead_records), 0) AS dropped, "
     "toUInt64(if(produced > watermark + ahead_records AND closed = 0, produced - watermark - "
     "ahead_records, 0)) AS queued, duplicates, updated",
     "stream_rows", "", "", " FINAL WHERE node != ''", false},
    // The newest value of quality good of every signal; of equal times the later arrival.
    {"latest", "node, asset, signal, time, value", "latest_rows", "", "", " FINAL WHERE node != ''",
     false},
    {"exports", "time, who, remote, what, rows, bytes, digest", "export_rows", "", "", "", false},
    {"deletions",
     "asset, who, remote, requested, if(state = 1, finished, NULL) AS finished, removed, remaining",
     "deletion_rows", "", "", " FINAL", false},
}};

#undef EPOCH_TEXT

const UserTable* find_user_table(std::string_view name) {
  const auto found = std::find_if(user_tables.begin(), user_tables.end(),
                                  [&](const UserTable& table) { return table.name == name; });
  return found == user_tables.end() ? nullptr : &*found;
}

std::string Layout::of(std::string_view table) const {
  const auto found = std::find_if(row_tables.begin(), row_tables.end(),
                                  [&](const RowTable& one) { return one.name == table; });
  const bool spread = !cluster.empty() && found != row_tables.end() && !found->shard.empty();
  return fmt::format("{}.{}{}", database, table, spread ? "_all" : "");
}

std::string select_of(const UserTable& table, const Layout& layout, const std::string& condition) {
  if (!table.numbered)
    return fmt::format("SELECT {} FROM {}{}", table.select, layout.of(table.rows),
                       table.unnumbered);
  const std::string rows =
      fmt::format("SELECT {} FROM {} WHERE {}{}{}", table.select, layout.of(table.rows), condition,
                  table.group.empty() ? "" : " GROUP BY ", table.group);
  return table.over.empty() ? rows : fmt::format("SELECT {} FROM ({})", table.over, rows);
}

}  // namespace wayside::hub::click
