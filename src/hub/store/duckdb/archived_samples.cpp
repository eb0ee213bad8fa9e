#include "hub/store/duckdb/archived_samples.hpp"

#include <algorithm>

#include "hub/store/duckdb/sql.hpp"
#include "hub/store/duckdb/views.hpp"

namespace wayside::hub::duck {

Result<std::string> archived_samples(Connection& connection, const Archive& archive,
                                     const ArchivedRequest& request) {
  const auto files = archive.files(connection);
  if (!files) return tl::make_unexpected(files.error());
  std::string condition = "asset = " + sql_text(request.asset);
  if (!request.node.empty()) condition += " AND node = " + sql_text(request.node);
  if (!request.signals.empty())
    condition += fmt::format(" AND signal IN ({})", sql_texts(request.signals));
  if (request.good_only) condition += " AND quality = 'good'";
  std::string sql;
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    const Time from = std::max(request.from, request.from_tier[static_cast<std::size_t>(tier)]);
    std::vector<std::string> paths;
    for (const ArchiveFile& file : *files)
      if (file.tier == tier && file.first <= request.to && file.last >= from)
        paths.push_back(file.path);
    if (paths.empty()) continue;
    if (!sql.empty()) sql += " UNION ALL ";
    sql += fmt::format(
        "SELECT signal, version, time, value, quality::quality AS quality FROM {} WHERE {} AND "
        "time >= {} AND time <= {}",
        parquet_source(paths), condition, sql_time(from), sql_time(request.to));
  }
  return sql;
}

}  // namespace wayside::hub::duck
