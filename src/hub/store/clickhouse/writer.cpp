#include "hub/store/clickhouse/writer.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <deque>
#include <future>
#include <limits>

#include "hub/store/clickhouse/mutation.hpp"
#include "hub/store/clickhouse/reader.hpp"
#include "hub/store/clickhouse/schema.hpp"
#include "hub/store/clickhouse/under_way.hpp"

namespace wayside::hub::click {
namespace {

constexpr Duration write_timeout = seconds(120);
constexpr Duration removal_timeout = seconds(120);
/// Of the rows of one INSERT: the server makes one part of each day and tier in them.
constexpr std::size_t insert_rows_max = 1u << 20;
constexpr std::size_t insert_rows_min = 1u << 17;
constexpr std::size_t inserts_at_once = 2;

bool is_alert(const EventRow& row) {
  return row.event.kind == "alert_raised" || row.event.kind == "alert_cleared";
}

}  // namespace

Result<Writer> Writer::open(Database& database, const Log& log) {
  if (const Status learned = database.learn(); !learned)
    return tl::make_unexpected(learned.error());
  if (const Status ready = prepare_schema(database.servers(), database.layout()); !ready)
    return tl::make_unexpected(ready.error());
  Writer writer(database);
  if (const Status taken = writer.take_over(); !taken) return tl::make_unexpected(taken.error());
  // An insert of a hub that was killed may still be under way at the server.
  if (const Status ended = end_under_way(database, write_prefix(database.layout())); !ended)
    return tl::make_unexpected(ended.error());
  for (const auto step : {&Writer::load, &Writer::load_removals, &Writer::complete_latest})
    if (const Status done = (writer.*step)(); !done) return tl::make_unexpected(done.error());
  if (const Status removed = writer.remove_uncommitted(log); !removed)
    return tl::make_unexpected(removed.error());
  if (const Status ended = writer.end_cuts(); !ended) return tl::make_unexpected(ended.error());
  return writer;
}

Status Writer::take_over() {
  Client& first = database_->first();
  const std::string table = database_->layout().of("writer_rows");
  const auto newest = database_->select("SELECT max(number) FROM " + table, write_timeout);
  if (!newest) return tl::make_unexpected(newest.error());
  number_ = newest->blocks.empty() ? 1 : newest->blocks[0].at<std::uint64_t>(0, 0) + 1;
  return first.run(
      {fmt::format("INSERT INTO {} VALUES ({}, '')", table, number_), {}, write_timeout});
}

Status Writer::load() {
  const Layout& layout = database_->layout();
  const auto last = database_->select(
      "SELECT max(commit) FROM " + layout.of("stream_rows") + " WHERE node = ''", write_timeout);
  if (!last) return tl::make_unexpected(last.error());
  committed_ = last->blocks.empty() ? 0 : last->blocks[0].at<std::uint32_t>(0, 0);
  opened_.commit = committed_;
  const auto series = database_->select(
      fmt::format("SELECT DISTINCT toUInt8(kind = 'feature'), node, asset, name FROM {} WHERE "
                  "commit <= {}",
                  layout.of("series_rows"), committed_),
      write_timeout);
  if (!series) return tl::make_unexpected(series.error());
  series->each([&](const Block& block, std::size_t i) {
    series_.insert(
        {block.at<std::uint8_t>(0, i) != 0, block.text(1, i), block.text(2, i), block.text(3, i)});
  });
  return {};
}

/// How far removals have come; what the newest took out may still be there.
Status Writer::load_removals() {
  const auto newest = read_newest_removal(*database_);
  if (!newest) return tl::make_unexpected(newest.error());
  if (!*newest) return {};
  opened_.removals = (*newest)->number;
  opened_.hidden["sample_rows"] = (*newest)->rows;
  return {};
}

/// What the last commit brought may lack in `latest_rows`, which is written after it.
Status Writer::complete_latest() {
  const Layout& layout = database_->layout();
  return database_->first().run(
      {fmt::format("INSERT INTO {} (node, asset, signal, time, value, at) SELECT node, asset, "
                   "signal, max(time) AS newest, assumeNotNull(argMax(value, (time, run))), "
                   "bitXor(reinterpretAsUInt64(reinterpretAsString(newest)), 9223372036854775808) "
                   "FROM {} WHERE commit = {} AND quality = 'good' AND isNotNull(value) GROUP BY "
                   "node, asset, signal",
                   layout.of("latest_rows"), layout.of("sample_rows"), committed_),
       database_->for_writing(), write_timeout, next_query_id()});
}

Status Writer::remove_uncommitted(const Log& log) {
  const Layout& layout = database_->layout();
  for (const RowTable& table : row_tables) {
    const std::string condition =
        fmt::format("commit > {}", table.name == "downsample_rows" ? opened_.removals : committed_);
    for (Client* server : database_->servers()) {
      if (table.shard.empty() && server != &database_->first()) continue;
      const auto removed = remove_rows(*server, layout, table.name, condition, removal_timeout);
      if (!removed) return tl::make_unexpected(removed.error());
      if (*removed > 0)
        log.info("{} rows of {} that were never acknowledged were removed", *removed, table.name);
    }
  }
  return {};
}

Status Writer::check_ownership() {
  const auto newest = database_->select(
      "SELECT max(number) FROM " + database_->layout().of("writer_rows"), write_timeout);
  if (!newest) return tl::make_unexpected(newest.error());
  if (!newest->blocks.empty() && newest->blocks[0].at<std::uint64_t>(0, 0) == number_) return {};
  return fail(Errc::conflict,
              "another hub has taken over the database {} at {}: only one may write to it",
              database_->layout().database, database_->first().options().url);
}

std::string Writer::next_query_id() {
  return fmt::format("{}{}-{}", write_prefix(database_->layout()), number_, ++queries_);
}

Status Writer::insert(const EncodedRows& rows) {
  return insert_as(rows, next_query_id());
}

Status Writer::insert_as(const EncodedRows& rows, const std::string& query_id) const {
  const std::string sql =
      fmt::format("INSERT INTO {} ({})", database_->layout().of(rows.table), rows.columns);
  return database_->first().insert({sql, database_->for_writing(), write_timeout, query_id},
                                   rows.bytes);
}

std::string Writer::take_buffer() {
  if (buffers_.empty()) return {};
  std::string buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

/// The server takes one INSERT with one thread, so large batches go as several at once.
Status Writer::insert_samples(const Batch& batch, std::uint32_t number) {
  std::size_t rows = 0;
  for (const auto& block : batch.samples) rows += block.record.times.size();
  const std::vector<SamplePiece> pieces = split_samples(
      batch, std::clamp(rows / inserts_at_once + 1, insert_rows_min, insert_rows_max));
  struct Sent {
    Status status;
    std::string buffer;
  };
  std::deque<std::future<Sent>> under_way;
  Status done;
  const auto end_one = [&] {
    Sent sent = under_way.front().get();
    under_way.pop_front();
    if (done) done = sent.status;
    buffers_.push_back(std::move(sent.buffer));
  };
  for (const SamplePiece& piece : pieces) {
    if (under_way.size() == inserts_at_once) end_one();
    if (!done) break;
    under_way.push_back(std::async(std::launch::async, [this, &piece, number, id = next_query_id(),
                                                        buffer = take_buffer()]() mutable {
      EncodedRows encoded = encode_samples(piece, number, std::move(buffer));
      Status status = insert_as(encoded, id);
      return Sent{std::move(status), std::move(encoded.bytes)};
    }));
  }
  while (!under_way.empty()) end_one();
  return done;
}

Status Writer::commit(const Batch& batch) {
  if (committed_ == std::numeric_limits<std::uint32_t>::max())
    return fail(Errc::full, "the numbers of commits are used up");
  const std::uint32_t number = committed_ + 1;
  const auto cleared = find_cleared(batch);
  if (!cleared) return tl::make_unexpected(cleared.error());
  const std::vector<NewSeries> series = find_new_series(batch);
  if (const Status inserted = insert_samples(batch, number); !inserted) return inserted;
  for (const EncodedRows& rows : encode_others(batch, number, *cleared, series))
    if (const Status inserted = insert(rows); !inserted) return inserted;
  if (const Status finished = finish(batch.streams); !finished) return finished;
  series_.insert(series.begin(), series.end());
  const EncodedRows latest = encode_latest(batch);
  return latest.rows > 0 ? insert(latest) : Status{};
}

Status Writer::finish(const std::map<StreamKey, StreamTotals>& streams) {
  if (const Status ours = check_ownership(); !ours) return ours;
  const Status inserted = insert(encode_streams(streams, committed_ + 1));
  if (inserted) ++committed_;
  return inserted;
}

/// The alerts that the batch's events end, whether the store holds them or the batch.
Result<std::vector<ClearedAlert>> Writer::find_cleared(const Batch& batch) const {
  std::vector<ClearedAlert> cleared;
  if (std::none_of(batch.events.begin(), batch.events.end(), is_alert)) return cleared;
  std::set<std::string> assets;
  for (const EventRow& row : batch.events)
    if (is_alert(row)) assets.insert(quote(row.event.asset));
  const Layout& layout = database_->layout();
  const std::string where =
      fmt::format("commit <= {} AND asset IN ({})", committed_, fmt::join(assets, ", "));
  const auto rows = database_->select(
      fmt::format("SELECT id, node, asset, rule, time FROM {} WHERE {} AND kind = 'alert_raised' "
                  "AND id GLOBAL NOT IN (SELECT id FROM {} WHERE {})",
                  layout.of("event_rows"), where, layout.of("clear_rows"), where),
      write_timeout);
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<EventRow> open;
  rows->each([&](const Block& block, std::size_t i) {
    EventRow& row = open.emplace_back();
    row.id = block.text(0, i);
    row.node = block.text(1, i);
    row.event.asset = block.text(2, i);
    row.event.kind = "alert_raised";
    row.rule = block.text(3, i);
    row.event.time = {block.at<std::int64_t>(4, i)};
  });
  for (const EventRow& later : batch.events) {
    if (!is_alert(later)) continue;
    std::erase_if(open, [&](const EventRow& raised) {
      const bool ended = ends_alert(raised, later);
      if (ended) cleared.push_back({raised.id, raised.event.asset, later.event.time});
      return ended;
    });
    if (later.cleared) cleared.push_back({later.id, later.event.asset, *later.cleared});
    if (later.event.kind == "alert_raised" && !later.cleared) open.push_back(later);
  }
  return cleared;
}

std::vector<NewSeries> Writer::find_new_series(const Batch& batch) const {
  std::set<NewSeries> found;
  NewSeries one;
  const auto look = [&] {
    if (!series_.contains(one)) found.insert(one);
  };
  for (const auto& [node, block, tier] : batch.samples) {
    one = {false, node, block.asset, block.signal};
    look();
  }
  for (const auto& [node, block, tier] : batch.features)
    for (const std::string& name : block.names) {
      one = {true, node, block.asset, name};
      look();
    }
  return {found.begin(), found.end()};
}

}  // namespace wayside::hub::click
