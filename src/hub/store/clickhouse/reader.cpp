#include "hub/store/clickhouse/reader.hpp"

#include <fmt/format.h>

namespace wayside::hub::click {
namespace {

/// Of what the hub reads for itself, at its start and for its metrics.
constexpr Duration own_timeout = seconds(120);

/// Conditions that hold all at once.
class Where {
 public:
  Where(const Snapshot& snapshot, std::string_view table)
      : text_(" WHERE " + snapshot.where(table)) {}
  void add(const std::string& condition) { text_ += " AND " + condition; }
  void add_text(const std::string& column, const std::string& value) {
    if (!value.empty()) add(column + " = " + quote(value));
  }
  void add_range(Time from, Time to) {
    if (from > Time::min()) add(fmt::format("time >= {}", from.ns));
    if (to < Time::max()) add(fmt::format("time <= {}", to.ns));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

StreamKey key_at(const Block& block, std::size_t row) {
  return {block.text(0, row), block.at<std::uint64_t>(1, row),
          static_cast<telemetry::Tier>(block.at<std::uint8_t>(2, row))};
}

telemetry::Tier tier_at(const Block& block, std::size_t column, std::size_t row) {
  return static_cast<telemetry::Tier>(block.at<std::uint8_t>(column, row));
}

template <class T, class F>
Result<T> collect(const Database& database, const std::string& sql, Duration timeout, F&& add) {
  const auto rows = database.select(sql, timeout);
  if (!rows) return tl::make_unexpected(rows.error());
  T out;
  rows->each([&](const Block& block, std::size_t i) { add(out, block, i); });
  return out;
}

}  // namespace

Result<std::map<StreamKey, StreamTotals>> read_streams(const Database& database) {
  return collect<std::map<StreamKey, StreamTotals>>(
      database,
      "SELECT node, epoch, tier, produced, watermark, delivered, dropped, duplicates, updated, "
      "closed, ahead FROM " +
          database.layout().of("stream_rows") + " FINAL WHERE node != ''",
      own_timeout, [](auto& out, const Block& block, std::size_t i) {
        const auto number = [&](std::size_t c) { return block.at<std::uint64_t>(c, i); };
        out[key_at(block, i)] = {number(3),
                                 number(4),
                                 number(5),
                                 number(6),
                                 number(7),
                                 {block.at<std::int64_t>(8, i)},
                                 block.at<std::uint8_t>(9, i) != 0,
                                 parse_ranges(block.text(10, i))};
      });
}

Result<RowCounts> read_row_counts(const Database& database, const Snapshot& snapshot) {
  std::string sql;
  for (const char* table :
       {"sample_rows", "feature_rows", "decision_rows", "event_rows", "health_rows"})
    sql += fmt::format("{}(SELECT count() FROM {} WHERE {})", sql.empty() ? "SELECT " : ", ",
                       database.layout().of(table), snapshot.where(table));
  return collect<RowCounts>(
      database, sql, own_timeout, [](RowCounts& out, const Block& block, std::size_t i) {
        const auto number = [&](std::size_t c) { return block.at<std::uint64_t>(c, i); };
        out = {number(0), number(1), number(2), number(3), number(4)};
      });
}

Result<std::vector<NewestTime>> read_newest(const Database& database) {
  return collect<std::vector<NewestTime>>(
      database,
      fmt::format("SELECT node, asset, max(time) FROM {} WHERE node != '' GROUP BY node, asset",
                  database.layout().of("latest_rows")),
      own_timeout, [](auto& out, const Block& block, std::size_t i) {
        out.push_back({block.text(0, i), block.text(1, i), {block.at<std::int64_t>(2, i)}});
      });
}

Result<std::optional<Removal>> read_newest_removal(const Database& database) {
  return collect<std::optional<Removal>>(
      database,
      "SELECT number, toString(tier), since, until, commit FROM " +
          database.layout().of("removal_rows") + " ORDER BY number DESC LIMIT 1",
      own_timeout, [](std::optional<Removal>& out, const Block& block, std::size_t i) {
        out = {block.at<std::uint32_t>(0, i),
               fmt::format("tier = '{}' AND time >= {} AND time < {} AND commit <= {}",
                           block.text(1, i), block.at<std::int64_t>(2, i),
                           block.at<std::int64_t>(3, i), block.at<std::uint32_t>(4, i))};
      });
}

Status read_last_values(const Database& database, const Snapshot& snapshot, LastValues& out) {
  const Layout& layout = database.layout();
  const auto values = database.select(
      fmt::format("SELECT node, asset, signal, time, value FROM {} FINAL WHERE node != ''",
                  layout.of("latest_rows")),
      own_timeout);
  if (!values) return tl::make_unexpected(values.error());
  values->each([&](const Block& block, std::size_t i) {
    out.take(block.text(0, i), block.text(1, i), block.text(2, i), {block.at<std::int64_t>(3, i)},
             block.at<double>(4, i));
  });
  const auto assets =
      database.select(fmt::format("SELECT node, asset, argMax(site, commit), argMax(kind, commit), "
                                  "argMax(tags, commit) FROM {} WHERE {} GROUP BY node, asset",
                                  layout.of("asset_rows"), snapshot.where("asset_rows")),
                      own_timeout);
  if (!assets) return tl::make_unexpected(assets.error());
  assets->each([&](const Block& block, std::size_t i) {
    out.describe({block.text(0, i), block.text(1, i), block.text(2, i), block.text(3, i),
                  tags_from_json(block.text(4, i))});
  });
  return {};
}

Result<DropReasons> read_drop_reasons(const Database& database, const Snapshot& snapshot) {
  return collect<DropReasons>(
      database,
      fmt::format(
          "SELECT node, epoch, tier, reason, sum(last_seq - first_seq + 1) FROM {} WHERE {} "
          "GROUP BY node, epoch, tier, reason",
          database.layout().of("gap_rows"), snapshot.where("gap_rows")),
      own_timeout, [](DropReasons& out, const Block& block, std::size_t i) {
        out[key_at(block, i)][block.text(3, i)] =
            static_cast<std::uint64_t>(block.at<std::int64_t>(4, i));
      });
}

Result<std::vector<GapRow>> read_gaps(const Database& database, const Snapshot& snapshot,
                                      const GapFilter& filter) {
  Where where(snapshot, "gap_rows");
  where.add_text("node", filter.node);
  return collect<std::vector<GapRow>>(
      database,
      fmt::format("SELECT node, epoch, tier, first_seq, last_seq, samples, reason, first_time, "
                  "last_time FROM {}{} ORDER BY last_time DESC, node DESC, epoch DESC, tier DESC, "
                  "first_seq DESC LIMIT {}",
                  database.layout().of("gap_rows"), where.text(), filter.limit),
      database.options().read_timeout, [](auto& out, const Block& block, std::size_t i) {
        const auto number = [&](std::size_t c) { return block.at<std::uint64_t>(c, i); };
        out.push_back({key_at(block, i),
                       number(3),
                       number(4),
                       number(5),
                       block.text(6, i),
                       {block.at<std::int64_t>(7, i)},
                       {block.at<std::int64_t>(8, i)}});
      });
}

Result<std::vector<FromNode<telemetry::Decision>>> read_decisions(const Database& database,
                                                                  const Snapshot& snapshot,
                                                                  const DecisionFilter& filter) {
  Where where(snapshot, "decision_rows");
  where.add_text("asset", filter.asset);
  where.add_text("model", filter.model);
  where.add_range(filter.from, filter.to);
  return collect<std::vector<FromNode<telemetry::Decision>>>(
      database,
      fmt::format("SELECT node, asset, model, release, time, score, class, confidence, latency_us, "
                  "action, inputs, tier FROM {}{} ORDER BY time DESC, commit DESC, run DESC LIMIT "
                  "{}",
                  database.layout().of("decision_rows"), where.text(), filter.limit),
      database.options().read_timeout, [](auto& out, const Block& block, std::size_t i) {
        telemetry::Decision d;
        d.asset = block.text(1, i);
        d.model = block.text(2, i);
        d.release = block.text(3, i);
        d.time = {block.at<std::int64_t>(4, i)};
        d.score = block.number(5, i);
        d.label = block.text(6, i);
        d.confidence = block.number(7, i);
        d.latency_us = block.number(8, i);
        d.action = block.text(9, i);
        d.inputs_json = block.text(10, i);
        out.push_back({block.text(0, i), std::move(d), tier_at(block, 11, i)});
      });
}

Result<std::vector<EventRow>> read_events(const Database& database, const Snapshot& snapshot,
                                          const EventFilter& filter) {
  const Layout& layout = database.layout();
  const std::string cleared =
      fmt::format("{} WHERE {}", layout.of("clear_rows"), snapshot.where("clear_rows"));
  Where where(snapshot, "event_rows");
  where.add_text("id", filter.id);
  where.add_text("asset", filter.asset);
  where.add_text("kind", filter.kind);
  where.add_range(filter.from, filter.to);
  if (filter.uncleared)
    where.add("kind = 'alert_raised' AND id GLOBAL NOT IN (SELECT id FROM " + cleared + ")");
  const std::string tail =
      fmt::format(" FROM {}{} ORDER BY time DESC, commit DESC, run DESC LIMIT {}",
                  layout.of("event_rows"), where.text(), filter.limit);
  const Duration timeout = database.options().read_timeout;
  const auto ends = collect<std::map<std::string, Time>>(
      database,
      fmt::format("SELECT id, min(cleared) FROM {} AND id GLOBAL IN (SELECT id{}) GROUP BY id",
                  cleared, tail),
      timeout, [](auto& out, const Block& block, std::size_t i) {
        out[block.text(0, i)] = {block.at<std::int64_t>(1, i)};
      });
  if (!ends) return tl::make_unexpected(ends.error());
  return collect<std::vector<EventRow>>(
      database,
      "SELECT id, node, asset, kind, time, severity, text, data, rule, raised, tier" + tail,
      timeout, [&](auto& out, const Block& block, std::size_t i) {
        EventRow row;
        row.id = block.text(0, i);
        row.node = block.text(1, i);
        row.event.asset = block.text(2, i);
        row.event.kind = block.text(3, i);
        row.event.time = {block.at<std::int64_t>(4, i)};
        row.event.severity = static_cast<telemetry::Severity>(block.at<std::uint8_t>(5, i));
        row.event.text = block.text(6, i);
        row.event.data_json = block.text(7, i);
        row.rule = block.text(8, i);
        if (!block.is_null(9, i)) row.raised = Time{block.inner<std::int64_t>(9, i)};
        row.tier = tier_at(block, 10, i);
        if (const auto end = ends->find(row.id); end != ends->end()) row.cleared = end->second;
        out.push_back(std::move(row));
      });
}

}  // namespace wayside::hub::click
