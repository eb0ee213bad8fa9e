#include "hub/store/clickhouse/mutation.hpp"

#include <fmt/format.h>
#include <thread>

namespace wayside::hub::click {
namespace {

constexpr Duration ask_timeout = seconds(60);
/// The server tells of a mutation's end only when asked.
constexpr std::chrono::milliseconds ask_again{20};

Result<std::uint64_t> one_number(Client& server, const std::string& sql) {
  const auto rows = server.select({sql, {}, ask_timeout});
  if (!rows) return tl::make_unexpected(rows.error());
  return rows->blocks.empty() ? 0 : rows->blocks[0].at<std::uint64_t>(0, 0);
}

}  // namespace

Result<std::uint64_t> count_rows(Client& server, const Layout& layout, std::string_view table,
                                 const std::string& condition) {
  return one_number(
      server, fmt::format("SELECT count() FROM {}.{} WHERE {}", layout.database, table, condition));
}

Result<std::uint64_t> remove_rows(Client& server, const Layout& layout, std::string_view table,
                                  const std::string& condition, Duration timeout) {
  const auto before = count_rows(server, layout, table, condition);
  if (!before || *before == 0) return before;
  const Status begun = server.run(
      {fmt::format("ALTER TABLE {}.{} DELETE WHERE {}", layout.database, table, condition),
       {},
       ask_timeout});
  if (!begun) return tl::make_unexpected(begun.error());
  const std::string waiting = fmt::format(
      "SELECT count() FROM system.mutations WHERE database = {} AND table = {} AND "
      "is_done = 0",
      quote(layout.database), quote(table));
  const auto rounds = timeout.ns / std::chrono::nanoseconds(ask_again).count();
  for (std::int64_t i = 0; i <= rounds; ++i) {
    const auto left = one_number(server, waiting);
    if (!left) return left;
    if (*left == 0) {
      const auto after = count_rows(server, layout, table, condition);
      if (!after) return after;
      if (*after == 0) return before;
    }
    std::this_thread::sleep_for(ask_again);
  }
  return fail(Errc::timeout, "ClickHouse is still removing {} rows of {} after {}", *before, table,
              format_duration(timeout));
}

}  // namespace wayside::hub::click
