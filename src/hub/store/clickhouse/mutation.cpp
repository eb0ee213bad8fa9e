#include "hub/store/clickhouse/mutation.hpp"

#include <fmt/format.h>
#include <thread>

namespace wayside::hub::click {
namespace {

constexpr Duration ask_timeout = seconds(60);
/// The server tells of a mutation's end only when asked.
constexpr std::chrono::milliseconds ask_again{20};

using Cancelled = std::function<bool()>;

Result<std::uint64_t> one_number(Client& server, const std::string& sql,
                                 const Cancelled& cancelled) {
  const auto rows = server.select({sql, {}, ask_timeout, {}, cancelled});
  if (!rows) return tl::make_unexpected(rows.error());
  return rows->blocks.empty() ? 0 : rows->blocks[0].at<std::uint64_t>(0, 0);
}

/// Rows of one server's own table that a condition holds for.
Result<std::uint64_t> count_rows(Client& server, const Layout& layout, std::string_view table,
                                 const std::string& condition, const Cancelled& cancelled) {
  return one_number(
      server, fmt::format("SELECT count() FROM {}.{} WHERE {}", layout.database, table, condition),
      cancelled);
}

}  // namespace

Status begin_removing(Client& server, const Layout& layout, std::string_view table,
                      const std::string& condition) {
  return server.run(
      {fmt::format("ALTER TABLE {}.{} DELETE WHERE {}", layout.database, table, condition),
       {},
       ask_timeout});
}

Status await_removals(Client& server, const Layout& layout, std::string_view table,
                      Duration timeout, const std::function<bool()>& cancelled) {
  const std::string waiting = fmt::format(
      "SELECT count() FROM system.mutations WHERE database = {} AND table = {} AND "
      "is_done = 0",
      quote(layout.database), quote(table));
  const auto rounds = timeout.ns / std::chrono::nanoseconds(ask_again).count();
  for (std::int64_t i = 0; i <= rounds; ++i) {
    const auto left = one_number(server, waiting, cancelled);
    if (!left) return tl::make_unexpected(left.error());
    if (*left == 0) return {};
    if (cancelled && cancelled())
      return fail(Errc::unavailable, "ClickHouse was not given the time to remove rows of {}",
                  table);
    std::this_thread::sleep_for(ask_again);
  }
  return fail(Errc::timeout, "ClickHouse is still removing rows of {} after {}", table,
              format_duration(timeout));
}

Result<std::uint64_t> remove_rows(Client& server, const Layout& layout, std::string_view table,
                                  const std::string& condition, Duration timeout,
                                  const std::function<bool()>& cancelled) {
  const auto before = count_rows(server, layout, table, condition, cancelled);
  if (!before || *before == 0) return before;
  if (const Status begun = begin_removing(server, layout, table, condition); !begun)
    return tl::make_unexpected(begun.error());
  constexpr int looks_max = 500;
  for (int look = 0; look < looks_max; ++look) {
    if (const Status ended = await_removals(server, layout, table, timeout, cancelled); !ended)
      return tl::make_unexpected(ended.error());
    const auto after = count_rows(server, layout, table, condition, cancelled);
    if (!after) return after;
    if (*after == 0) return before;
    std::this_thread::sleep_for(ask_again);
  }
  return fail(Errc::io, "ClickHouse has removed {} rows of {} and still has some", *before, table);
}

}  // namespace wayside::hub::click
