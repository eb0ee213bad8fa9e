#include "hub/store/clickhouse/query.hpp"

#include <fmt/format.h>
#include <atomic>

#include "hub/store/clickhouse/guard.hpp"
#include "hub/store/clickhouse/json_rows.hpp"

namespace wayside::hub::click {
namespace {

/// A cell takes at most so many times the room in the server's blocks that it takes as JSON (a
/// zero: 9 bytes for "0,"), so that a reply is never cut by the server before it is cut here.
constexpr std::size_t bytes_for_json = 8;

/// Unlike that of any other query of this program or of another one.
std::string make_query_id(const Database& database) {
  static std::atomic<std::uint64_t> number = 0;
  return fmt::format("wayside-query-{}-{:x}-{}", database.layout().database,
                     reinterpret_cast<std::uintptr_t>(&database), ++number);
}

/// The server ends with whole blocks, so some more than what is asked for comes.
Settings limits_of(const Database& database, const QueryLimits& limits) {
  Settings settings = database.for_reading(limits.timeout);
  settings.insert(settings.end(),
                  {{"max_result_rows", std::to_string(limits.rows_max + 1)},
                   {"max_result_bytes", std::to_string(bytes_for_json * limits.reply_bytes_max)},
                   {"result_overflow_mode", "break"},
                   {"low_cardinality_allow_in_native_format", "0"},
                   // Last: it forbids every further setting.
                   {"readonly", "1"}});
  return settings;
}

/// A query without rows has a reply without columns.
Status describe(const Database& database, const Ask& ask, QueryResult& out) {
  Ask question = ask;
  question.sql = "DESCRIBE TABLE (" + ask.sql + ")";
  question.query_id += "-columns";
  const auto rows = database.first().select(question, Errc::invalid);
  if (!rows) return tl::make_unexpected(rows.error());
  rows->each([&](const Block& block, std::size_t i) {
    out.columns.push_back({block.text(0, i), block.text(1, i)});
  });
  return {};
}

/// False where no more rows go into the reply.
Result<bool> write_rows(const Block& block, const QueryLimits& limits, QueryResult& out) {
  for (std::size_t i = 0; i < block.rows; ++i) {
    out.truncated = out.rows == limits.rows_max;
    if (out.truncated) return false;
    if (out.rows > 0) out.rows_json += ',';
    if (!append_row(block, i, out.rows_json, limits.reply_bytes_max)) {
      if (out.rows == 0)
        return fail(Errc::full, "one row takes more than the {} bytes of a reply",
                    limits.reply_bytes_max);
      out.rows_json.pop_back();
      out.truncated = true;
      return false;
    }
    ++out.rows;
  }
  return true;
}

/// The rows of a reply as they come, so that it is never in memory as a whole beside its JSON.
Status read_rows(const Database& database, const Ask& ask, const QueryLimits& limits,
                 QueryResult& out) {
  Status failed;
  const Status read = database.first().each_block(
      ask,
      [&](const Block& block) -> Status {
        if (out.columns.empty())
          for (const Block::Column& column : block.columns)
            out.columns.push_back({column.name, column.type});
        const auto more = write_rows(block, limits, out);
        if (!more) failed = tl::make_unexpected(more.error());
        if (more && *more) return {};
        return fail(Errc::full, "the reply is complete");
      },
      Errc::invalid);
  if (!failed) return failed;
  return out.truncated ? Status{} : read;
}

}  // namespace

Result<QueryResult> run_query(const Database& database, const Snapshot& snapshot,
                              const std::string& sql, const QueryLimits& limits) {
  const auto checked = check_query(sql, database.layout(), snapshot);
  if (!checked) return tl::make_unexpected(checked.error());
  bool abandoned = false;
  const Ask ask{*checked, limits_of(database, limits), limits.timeout, make_query_id(database),
                [&] { return abandoned = limits.abandoned && limits.abandoned(); }};
  QueryResult out;
  out.rows_json += '[';
  const Status read = read_rows(database, ask, limits, out);
  if (!read && read.error().code == Errc::timeout) {
    database.first().kill(ask.query_id);
    if (abandoned) return fail(Errc::unavailable, "the client has gone");
    return fail(Errc::timeout, "the query took longer than {}", format_duration(limits.timeout));
  }
  if (!read) return tl::make_unexpected(read.error());
  if (out.columns.empty())
    if (const Status described = describe(database, ask, out); !described)
      return tl::make_unexpected(described.error());
  out.rows_json += ']';
  return out;
}

}  // namespace wayside::hub::click
