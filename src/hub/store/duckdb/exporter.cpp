#include "hub/store/duckdb/exporter.hpp"

#include "hub/store/duckdb/sql.hpp"

namespace wayside::hub::duck {
namespace {

/// A table's columns before and behind its time, and the one its names are in.
struct Shape {
  const char* before;
  const char* after;
  const char* name;
  bool has_asset;
};

Shape shape_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::samples:
      return {"node, asset, signal, version, ", ", value, quality::VARCHAR AS quality", "signal",
              true};
    case RecordKind::features:
      return {"node, asset, name, ", ", value", "name", true};
    case RecordKind::decisions:
      return {"node, asset, model, release, ",
              ", score, class, confidence, latency_us, action, inputs", "model", true};
    case RecordKind::events:
      return {"node, asset, kind, ", ", severity::VARCHAR AS severity, text, data", "kind", true};
    case RecordKind::health:
      return {"node, ", ", metric, value", "metric", false};
    case RecordKind::downsampled:
      return {"node, asset, signal, version, ",
              ", epoch_ms(every) AS every_ms, count, mean, min, max, first, last", "signal", true};
  }
  return {};
}

// Of a TIMESTAMP_NS, strftime gives no more than microseconds.
constexpr const char* rfc3339 =
    "strftime(time, '%Y-%m-%dT%H:%M:%S.') || printf('%09d', ((epoch_ns(time) % 1000000000) + "
    "1000000000) % 1000000000) || 'Z' AS time";

Result<std::string> select_of(const ExportRequest& request) {
  const Shape shape = shape_of(request.kind);
  if (!request.assets.empty() && !shape.has_asset)
    return fail(Errc::invalid, "health belongs to nodes and has no asset to choose by");
  std::string sql = "SELECT ";
  sql += shape.before;
  sql += request.format == ExportFormat::csv ? rfc3339 : "time";
  sql += shape.after;
  sql += fmt::format(" FROM {} WHERE true", to_string(request.kind));
  if (!request.assets.empty()) sql += fmt::format(" AND asset IN ({})", sql_texts(request.assets));
  if (!request.names.empty())
    sql += fmt::format(" AND {} IN ({})", shape.name, sql_texts(request.names));
  if (request.from > Time::min()) sql += " AND time >= " + sql_time(request.from);
  if (request.to < Time::max()) sql += " AND time <= " + sql_time(request.to);
  return sql;
}

}  // namespace

Result<std::uint64_t> write_export(Connection& connection, const ExportRequest& request,
                                   const std::string& path) {
  const auto select = select_of(request);
  if (!select) return tl::make_unexpected(select.error());
  const char* options = request.format == ExportFormat::csv
                            ? "(FORMAT csv, HEADER, USE_TMP_FILE false)"
                            : "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)";
  const auto rows =
      changed_rows(connection, fmt::format("COPY ({}) TO {} {}", *select, sql_text(path), options));
  if (!rows) return tl::make_unexpected(rows.error());
  return static_cast<std::uint64_t>(*rows);
}

Status write_export_line(Connection& connection, const ExportLine& line) {
  return connection.run(fmt::format("INSERT INTO export_rows VALUES ({}, {}, {}, {}, {}, {}, {})",
                                    sql_time(line.time), sql_text(line.by.who),
                                    sql_text(line.by.remote), sql_text(line.what), line.rows,
                                    line.bytes, sql_text(line.digest)));
}

Result<std::vector<ExportLine>> read_exports(Connection& connection, std::size_t limit) {
  return collect<std::vector<ExportLine>>(
      connection,
      fmt::format("SELECT time, who, remote, what, rows, bytes, digest FROM export_rows "
                  "ORDER BY rowid DESC LIMIT {}",
                  limit),
      {}, [](auto& out, const Rows& rows, std::size_t i) {
        out.push_back({Time{rows.value<std::int64_t>(0, i)},
                       {rows.text(1, i), rows.text(2, i)},
                       rows.text(3, i),
                       rows.value<std::uint64_t>(4, i),
                       rows.value<std::uint64_t>(5, i),
                       rows.text(6, i)});
      });
}

}  // namespace wayside::hub::duck
