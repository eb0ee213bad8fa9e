#include "hub/store/duckdb/reader.hpp"

#include <limits>

#include "hub/store/duckdb/schema.hpp"
#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

Time time_at(const Rows& rows, std::size_t column, std::size_t row) {
  return {rows.value<std::int64_t>(column, row)};
}

double number_at(const Rows& rows, std::size_t column, std::size_t row) {
  return rows.is_null(column, row) ? std::numeric_limits<double>::quiet_NaN()
                                   : rows.value<double>(column, row);
}

StreamKey key_at(const Rows& rows, std::size_t row) {
  return {rows.text(0, row), rows.value<std::uint64_t>(1, row),
          static_cast<telemetry::Tier>(rows.value<std::uint8_t>(2, row))};
}

/// Collects conditions with their parameters.
class Where {
 public:
  void add(const std::string& condition) {
    text_ += text_.empty() ? " WHERE " : " AND ";
    text_ += condition;
  }
  void add(const std::string& condition, Parameter parameter) {
    add(condition);
    parameters_.push_back(std::move(parameter));
  }
  void add_text(const std::string& column, const std::string& value) {
    if (!value.empty()) add(column + " = ?", Parameter::of(value));
  }
  void add_range(Time from, Time to) {
    if (from > Time::min()) add("time >= ?", Parameter::of(from));
    if (to < Time::max()) add("time <= ?", Parameter::of(to));
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  std::string text_;
  std::vector<Parameter> parameters_;
};

}  // namespace

Result<std::map<StreamKey, StreamTotals>> read_streams(Connection& connection) {
  return collect<std::map<StreamKey, StreamTotals>>(
      connection,
      "SELECT node, epoch, tier, produced, watermark, delivered, dropped, duplicates, updated, "
      "closed, ahead FROM streams",
      {}, [](auto& out, const Rows& rows, std::size_t i) {
        const auto number = [&](std::size_t c) { return rows.value<std::uint64_t>(c, i); };
        out[key_at(rows, i)] = {number(3),
                                number(4),
                                number(5),
                                number(6),
                                number(7),
                                time_at(rows, 8, i),
                                rows.value<bool>(9, i),
                                parse_ranges(rows.text(10, i))};
      });
}

Result<RowCounts> read_row_counts(Connection& connection) {
  return collect<RowCounts>(
      connection,
      "SELECT (SELECT count(*) FROM sample_rows) + "
      "(SELECT coalesce(sum(rows), 0)::BIGINT FROM archive_files), (SELECT count(*) FROM "
      "feature_rows), "
      "(SELECT count(*) FROM decision_rows), (SELECT count(*) FROM event_rows), "
      "(SELECT count(*) FROM health_rows)",
      {}, [](RowCounts& out, const Rows& rows, std::size_t i) {
        const auto number = [&](std::size_t c) {
          return static_cast<std::uint64_t>(rows.value<std::int64_t>(c, i));
        };
        out = {number(0), number(1), number(2), number(3), number(4)};
      });
}

Result<std::vector<NewestTime>> read_newest(Connection& connection) {
  return collect<std::vector<NewestTime>>(
      connection,
      "SELECT s.node, s.asset, max(r.time) FROM latest_rows r JOIN series s ON s.id = r.series "
      "GROUP BY ALL",
      {}, [](auto& out, const Rows& rows, std::size_t i) {
        out.push_back({rows.text(0, i), rows.text(1, i), time_at(rows, 2, i)});
      });
}

Status read_last_values(Connection& connection, LastValues& out) {
  auto values = connection.rows(
      "SELECT s.node, s.asset, s.name, r.time, r.value FROM latest_rows r JOIN series s "
      "ON s.id = r.series ORDER BY s.id");
  if (!values) return tl::make_unexpected(values.error());
  const Status read = for_each_row(*values, [&](const Rows& rows, std::size_t i) {
    out.take(rows.text(0, i), rows.text(1, i), rows.text(2, i), time_at(rows, 3, i),
             rows.value<double>(4, i));
  });
  if (!read) return read;
  auto assets = connection.rows("SELECT node, asset, site, kind, tags FROM asset_rows");
  if (!assets) return tl::make_unexpected(assets.error());
  return for_each_row(*assets, [&](const Rows& rows, std::size_t i) {
    out.describe({rows.text(0, i), rows.text(1, i), rows.text(2, i), rows.text(3, i),
                  tags_from_json(rows.text(4, i))});
  });
}

Result<DropReasons> read_drop_reasons(Connection& connection) {
  return collect<DropReasons>(
      connection,
      "SELECT node, epoch, tier, reason, sum(last_seq - first_seq + 1)::UBIGINT FROM gap_rows "
      "GROUP BY ALL",
      {}, [](DropReasons& out, const Rows& rows, std::size_t i) {
        out[key_at(rows, i)][rows.text(3, i)] = rows.value<std::uint64_t>(4, i);
      });
}

Result<std::vector<GapRow>> read_gaps(Connection& connection, const GapFilter& filter) {
  Where where;
  where.add_text("node", filter.node);
  return collect<std::vector<GapRow>>(
      connection,
      "SELECT node, epoch, tier, first_seq, last_seq, samples, reason, first_time, last_time FROM "
      "gap_rows" +
          where.text() +
          " ORDER BY last_time DESC, node DESC, epoch DESC, tier DESC, first_seq DESC LIMIT " +
          std::to_string(filter.limit),
      where.parameters(), [](auto& out, const Rows& rows, std::size_t i) {
        const auto number = [&](std::size_t c) { return rows.value<std::uint64_t>(c, i); };
        out.push_back({key_at(rows, i), number(3), number(4), number(5), rows.text(6, i),
                       time_at(rows, 7, i), time_at(rows, 8, i)});
      });
}

Result<std::vector<FromNode<telemetry::Decision>>> read_decisions(Connection& connection,
                                                                  const DecisionFilter& filter) {
  Where where;
  where.add_text("asset", filter.asset);
  where.add_text("model", filter.model);
  where.add_range(filter.from, filter.to);
  return collect<std::vector<FromNode<telemetry::Decision>>>(
      connection,
      "SELECT node, asset, model, release, time, score, class, confidence, latency_us, action, "
      "inputs, tier FROM decision_rows" +
          where.text() + " ORDER BY time DESC, rowid DESC LIMIT " + std::to_string(filter.limit),
      where.parameters(), [](auto& out, const Rows& rows, std::size_t i) {
        telemetry::Decision d;
        d.asset = rows.text(1, i);
        d.model = rows.text(2, i);
        d.release = rows.text(3, i);
        d.time = time_at(rows, 4, i);
        d.score = number_at(rows, 5, i);
        d.label = rows.text(6, i);
        d.confidence = number_at(rows, 7, i);
        d.latency_us = number_at(rows, 8, i);
        d.action = rows.text(9, i);
        d.inputs_json = rows.text(10, i);
        out.push_back({rows.text(0, i), std::move(d),
                       static_cast<telemetry::Tier>(rows.value<std::uint8_t>(11, i))});
      });
}

Result<std::vector<EventRow>> read_events(Connection& connection, const EventFilter& filter) {
  Where where;
  where.add_text("id", filter.id);
  where.add_text("asset", filter.asset);
  where.add_text("kind", filter.kind);
  where.add_range(filter.from, filter.to);
  if (filter.uncleared) where.add("kind = 'alert_raised' AND cleared IS NULL");
  return collect<std::vector<EventRow>>(
      connection,
      "SELECT id, node, asset, kind, time, severity, text, data, rule, raised, cleared, "
      "tier FROM event_rows" +
          where.text() + " ORDER BY time DESC, rowid DESC LIMIT " + std::to_string(filter.limit),
      where.parameters(), [](auto& out, const Rows& rows, std::size_t i) {
        EventRow row;
        row.id = rows.text(0, i);
        row.node = rows.text(1, i);
        row.event.asset = rows.text(2, i);
        row.event.kind = rows.text(3, i);
        row.event.time = time_at(rows, 4, i);
        row.event.severity = static_cast<telemetry::Severity>(rows.value<std::uint8_t>(5, i));
        row.event.text = rows.text(6, i);
        row.event.data_json = rows.text(7, i);
        row.rule = rows.text(8, i);
        if (!rows.is_null(9, i)) row.raised = time_at(rows, 9, i);
        if (!rows.is_null(10, i)) row.cleared = time_at(rows, 10, i);
        row.tier = static_cast<telemetry::Tier>(rows.value<std::uint8_t>(11, i));
        out.push_back(std::move(row));
      });
}

}  // namespace wayside::hub::duck
