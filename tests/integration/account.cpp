#include "account.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "base/http/client.hpp"
#include "base/os/system_clock.hpp"
#include "spool/spool.hpp"
#include "spool/sqlite/sqlite_store.hpp"

namespace wayside::test {
namespace {

constexpr std::size_t read_bytes = 4u << 20;

template <class T>
T or_throw(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().message);
  return std::move(*result);
}

void note_newest(Held& held, const telemetry::Record& record) {
  const auto* block = std::get_if<telemetry::SampleBlock>(&record);
  if (block == nullptr || block->values.empty()) return;
  const auto newest =
      static_cast<std::uint64_t>(*std::max_element(block->values.begin(), block->values.end()));
  for (std::size_t s = 0; s < Feed::signal_count; ++s)
    if (block->signal == Feed::signals[s]) held[s] = std::max(held[s].value_or(0), newest);
}

}  // namespace

Held held_in_spool(const std::string& state_folder) {
  const TemporaryFolder copy;
  for (const auto& file : std::filesystem::directory_iterator(state_folder))
    if (file.is_regular_file())
      std::filesystem::copy_file(file.path(), copy.file(file.path().filename()));
  const os::SystemClock clock;
  Metrics metrics;
  auto store = or_throw(spool::open_sqlite_store(copy.file("spool.sqlite"), Log()),
                        "a killed agent's spool");
  const auto spool = or_throw(spool::Spool::open(std::move(store), {}, 1, clock, metrics, Log()),
                              "a killed agent's spool");
  Held held;
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    std::uint64_t from = spool->watermark(tier) + 1;
    for (auto entries = spool->read(tier, from, read_bytes); !entries.empty();
         entries = spool->read(tier, from, read_bytes)) {
      for (const auto& entry : entries)
        note_newest(held, or_throw(telemetry::decode(entry.record), "a record of the spool"));
      from = entries.back().seq + entries.back().span;
    }
  }
  return held;
}

std::uint64_t Stored::count(std::size_t signal) const {
  std::uint64_t n = 0;
  for (const auto& [first, end] : ranges[signal]) n += end - first;
  return n;
}

bool Stored::has(std::size_t signal, std::uint64_t number) const {
  return std::any_of(ranges[signal].begin(), ranges[signal].end(), [&](const auto& range) {
    return number >= range.first && number < range.second;
  });
}

Stored stored_samples(const Fleet& fleet, const std::string& asset) {
  const std::string here = " from samples where asset = '" + asset + "'";
  // Numbers that follow each other have the same distance to their place in the order.
  const std::string sql =
      "select signal, min(value), max(value) from (select signal, value, value - row_number() over "
      "(partition by signal order by value) as island from (select distinct signal, value" +
      here + ")) group by signal, island order by 1, 2";
  const auto reply =
      or_throw(http::post(fleet.hub_url() + "/api/v1/query", nlohmann::json{{"sql", sql}}.dump()),
               "a query");
  if (reply.status != 200) throw std::runtime_error("a query: " + reply.body);
  Stored stored;
  const nlohmann::json rows = nlohmann::json::parse(reply.body).at("rows");
  for (const auto& row : rows)
    for (std::size_t s = 0; s < Feed::signal_count; ++s)
      if (row.at(0) == Feed::signals[s])
        stored.ranges[s].emplace_back(row.at(1).get<double>(), row.at(2).get<double>() + 1);
  stored.repeated =
      fleet.number("select (select count(*)" + here +
                   ") - (select count(*) from (select distinct signal, value" + here + "))");
  return stored;
}

std::map<std::string, Line> ledger_of(const nlohmann::json& ledger, const std::string& node) {
  std::map<std::string, Line> lines;
  if (!ledger.is_object()) return lines;
  for (const auto& line : ledger.at("lines")) {
    if (line.at("node") != node) continue;
    const auto number = [&](const char* name) { return line.at(name).get<std::uint64_t>(); };
    const Line read{number("produced"), number("delivered"), number("dropped"), number("queued")};
    EXPECT_TRUE(line.at("balanced").get<bool>()) << line.dump();
    EXPECT_EQ(read.produced, read.delivered + read.dropped + read.queued) << line.dump();
    lines[line.at("tier").get<std::string>()] = read;
  }
  return lines;
}

void expect_accepted_stored_once(const std::vector<Feed::Run>& runs, const std::vector<Held>& held,
                                 const Stored& stored) {
  EXPECT_EQ(stored.repeated, 0);
  for (std::size_t s = 0; s < Feed::signal_count; ++s) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
      SCOPED_TRACE(std::string(Feed::signals[s]) + ", run " + std::to_string(r));
      const std::uint64_t first = runs[r].first[s];
      const std::uint64_t end = runs[r].end[s];
      std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
      for (const auto& [from, to] : stored.ranges[s])
        if (from < end && to > first) parts.emplace_back(std::max(from, first), std::min(to, end));
      ASSERT_LE(parts.size(), 1u) << "holes: after " << parts[0].second << " comes "
                                  << parts[1].first;
      const std::uint64_t stored_to = parts.empty() ? first : parts[0].second;
      EXPECT_TRUE(parts.empty() || parts[0].first == first) << "begins at " << parts[0].first;
      if (r + 1 == runs.size()) {
        EXPECT_EQ(stored_to, end);
      } else if (r < held.size() && held[r][s] && *held[r][s] >= first) {
        EXPECT_EQ(stored_to, *held[r][s] + 1);
      }
    }
  }
}

}  // namespace wayside::test
