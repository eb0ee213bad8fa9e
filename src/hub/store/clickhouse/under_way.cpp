#include "hub/store/clickhouse/under_way.hpp"

#include <thread>

namespace wayside::hub::click {
namespace {

constexpr Duration ask_timeout = seconds(20);
/// How often a server is asked whether they have ended.
constexpr std::chrono::milliseconds ask_again{20};
constexpr int rounds_max = 3'000;

}  // namespace

std::string write_prefix(const Layout& layout) {
  return "wayside-write-" + layout.database + "-";
}

std::string removal_prefix(const Layout& layout) {
  return write_prefix(layout) + "removal-";
}

Status end_under_way(const Database& database, const std::string& id_prefix,
                     const std::function<bool()>& cancelled) {
  const std::string ours = " initial_query_id LIKE " + quote(id_prefix + "%");
  for (Client* server : database.servers()) {
    const Status killed =
        server->run({"KILL QUERY WHERE" + ours + " ASYNC", {}, ask_timeout, {}, cancelled});
    if (!killed && killed.error().code == Errc::unavailable) return killed;
    for (int round = 0;; ++round) {
      const auto rows = server->select(
          {"SELECT count() FROM system.processes WHERE" + ours, {}, ask_timeout, {}, cancelled});
      if (!rows) return tl::make_unexpected(rows.error());
      if (rows->blocks.empty() || rows->blocks[0].at<std::uint64_t>(0, 0) == 0) break;
      if (round == rounds_max || (cancelled && cancelled()))
        return fail(Errc::unavailable, "an insert of an earlier hub does not end at {}",
                    server->options().url);
      std::this_thread::sleep_for(ask_again);
    }
  }
  return {};
}

}  // namespace wayside::hub::click
