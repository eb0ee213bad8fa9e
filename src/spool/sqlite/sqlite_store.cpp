#include "spool/sqlite/sqlite_store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <mutex>
#include <optional>

#include "spool/sqlite/connections.hpp"
#include "spool/sqlite/store_room.hpp"

namespace wayside::spool {

using sqlite::Statement;
using telemetry::Tier;

namespace {

/// The statements are sound: where SQLite finds fault with one, the tables are not what they were.
Error damage(Error error) {
  if (error.code == Errc::invalid) error.code = Errc::corrupt;
  return error;
}
bool is_read_only(const Writer& writer) {
  return sqlite3_db_readonly(writer.database.handle(), "main") == 1;
}

Status damage(const Status& status) {
  if (status) return status;
  return tl::make_unexpected(damage(status.error()));
}

}  // namespace

class SqliteStore final : public SpoolStore {
 public:
  SqliteStore(const std::string& path, Log log, const std::shared_ptr<StoreFiles>& files)
      : path_(path), files_(files), log_(std::move(log)), room_(path, files) {}

  /// Opens the file, or begins it anew where it is damaged.
  Status start();

  [[nodiscard]] bool recreated() const override { return recreated_; }
  Result<std::uint64_t> epoch() override;
  Status set_epoch(std::uint64_t epoch) override;
  Result<StreamTotals> totals(Tier tier) override;
  Status set_totals(Tier tier, const StreamTotals& totals) override;
  Result<std::optional<Retention>> retention() override;
  Status set_retention(const std::optional<Retention>& retention) override;
  Result<std::vector<StoredEntry>> gaps(Tier tier) override;
  Status put(const StoredEntry& entry) override;
  Result<std::uint64_t> erase(Tier tier, std::uint64_t first, std::uint64_t last) override;
  Result<std::uint64_t> held(Tier tier, std::uint64_t first, std::uint64_t last) override;
  Status commit() override;
  void rollback() override;
  Result<std::vector<StoredEntry>> read(Tier tier, std::uint64_t from,
                                        std::size_t bytes_max) override;
  Result<std::vector<EntryHead>> heads(Tier tier, std::uint64_t from,
                                       std::size_t entries_max) override;
  Status limit(std::uint64_t bytes) override { return room_.limit(bytes); }
  Result<Room> room() override;
  std::uint64_t footprint(std::uint64_t record_bytes) const override {
    return entry_bytes_max(record_bytes);
  }
  std::uint64_t bytes_taken() override { return room_.bytes_taken(); }
  void tidy() override;
  Status recreate() override;

 private:
  [[nodiscard]] Status open();
  [[nodiscard]] Status begin();
  /// The writer; an error while a recreation has failed and is not repeated yet.
  [[nodiscard]] Result<Writer*> writer();

  std::string path_;
  std::shared_ptr<StoreFiles> files_;  ///< outlives the connections
  Log log_;
  bool recreated_ = false;
  bool untidy_ = false;
  std::optional<Writer> writer_;
  StoreRoom room_;
  std::mutex reader_mutex_;
  std::optional<Reader> reader_;
};

Status SqliteStore::start() {
  Status opened = open();
  if (opened || opened.error().code != Errc::corrupt) return opened;
  recreated_ = true;
  return recreate();
}

Status SqliteStore::open() {
  auto writer = open_writer(path_, files_->vfs());
  if (!writer) return tl::make_unexpected(damage(writer.error()));
  auto reader = open_reader(path_, files_->vfs());
  if (!reader) return tl::make_unexpected(damage(reader.error()));
  writer_ = std::move(*writer);
  {
    const std::lock_guard lock(reader_mutex_);
    reader_ = std::move(*reader);
  }
  return room_.attach(*writer_);
}

Result<Writer*> SqliteStore::writer() {
  if (!writer_) return fail(Errc::corrupt, "{} was damaged and could not be begun anew", path_);
  return &*writer_;
}

Status SqliteStore::begin() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  if ((*w)->in_transaction) return {};
  if (is_read_only(**w)) {
    // SQLite opens a file that it must not write for reading, and stays with that.
    if (auto opened = open(); !opened) return opened;
  }
  if (room_.log_is_full()) {
    // A reader would hold its beginning. It reads for a moment.
    const std::lock_guard lock(reader_mutex_);
    if (auto emptied = room_.empty_log(true); !emptied) return emptied;
  }
  if (auto begun = writer_->begin.run(); !begun) return begun;
  writer_->in_transaction = true;
  return room_.begun();
}

Result<std::uint64_t> SqliteStore::epoch() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  auto statement = (*w)->database.prepare("SELECT epoch FROM spool");
  if (!statement) return tl::make_unexpected(damage(statement.error()));
  return single_value(*statement).map(from_sql);
}

Status SqliteStore::set_epoch(std::uint64_t epoch) {
  if (auto begun = begin(); !begun) return begun;
  return damage(writer_->database.exec(
      fmt::format("DELETE FROM spool; INSERT INTO spool(version, epoch) VALUES({}, {});",
                  format_version, to_sql(epoch))));
}

Result<StreamTotals> SqliteStore::totals(Tier tier) {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->totals;
  statement.reset();
  const auto row = statement.bind(1, static_cast<std::int64_t>(tier)).step();
  if (!row) return tl::make_unexpected(damage(row.error()));
  StreamTotals totals;
  if (*row)
    totals = {from_sql(statement.integer(0)), from_sql(statement.integer(1)),
              from_sql(statement.integer(2)), from_sql(statement.integer(3)),
              from_sql(statement.integer(4))};
  statement.reset();
  return totals;
}

Status SqliteStore::set_totals(Tier tier, const StreamTotals& totals) {
  if (auto begun = begin(); !begun) return begun;
  Statement& statement = writer_->set_totals;
  statement.bind(1, static_cast<std::int64_t>(tier))
      .bind(2, to_sql(totals.produced))
      .bind(3, to_sql(totals.watermark))
      .bind(4, to_sql(totals.delivered))
      .bind(5, to_sql(totals.dropped))
      .bind(6, to_sql(totals.bytes));
  return damage(statement.run());
}

Result<std::optional<Retention>> SqliteStore::retention() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->retention;
  const auto row = statement.step();
  std::optional<Retention> retention;
  if (row && *row) {
    retention.emplace();
    for (std::size_t t = 0; t < telemetry::tier_count; ++t)
      retention->from[t] = from_sql(statement.integer(static_cast<int>(t)));
    retention->note = statement.blob(telemetry::tier_count);
  }
  statement.reset();
  if (!row) return tl::make_unexpected(damage(row.error()));
  return retention;
}

Status SqliteStore::set_retention(const std::optional<Retention>& retention) {
  if (auto begun = begin(); !begun) return begun;
  if (auto cleared = writer_->clear_retention.run(); !cleared || !retention) return damage(cleared);
  if (auto room = room_.take(footprint(retention->note.size())); !room) return room;
  Statement& statement = writer_->set_retention;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    statement.bind(static_cast<int>(t) + 1, to_sql(retention->from[t]));
  statement.bind_blob(telemetry::tier_count + 1, retention->note);
  return damage(statement.run());
}

Result<std::vector<StoredEntry>> SqliteStore::gaps(Tier tier) {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->tiers[static_cast<std::size_t>(tier)].gaps;
  std::vector<StoredEntry> gaps;
  for (;;) {
    const auto row = statement.step();
    if (row && *row) {
      gaps.push_back(entry_of(tier, statement));
      continue;
    }
    statement.reset();
    if (!row) return tl::make_unexpected(damage(row.error()));
    return gaps;
  }
}

Status SqliteStore::put(const StoredEntry& entry) {
  if (auto begun = begin(); !begun) return begun;
  if (auto room = room_.take(footprint(entry.record.size())); !room) return room;
  Statement& statement = writer_->tiers[static_cast<std::size_t>(entry.tier)].put;
  statement.bind(1, to_sql(entry.seq))
      .bind(2, to_sql(entry.span))
      .bind(3, std::int64_t{entry.is_gap})
      .bind(4, entry.time.ns)
      .bind(5, to_sql(entry.samples))
      .bind(6, std::int64_t{entry.crc})
      .bind(7, to_sql(entry.record.size()))
      .bind(8, to_sql(entry.ordinal))
      .bind_blob(9, entry.record);
  return damage(statement.run());
}

Result<std::uint64_t> SqliteStore::held(Tier tier, std::uint64_t first, std::uint64_t last) {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  Statement& statement = (*w)->tiers[static_cast<std::size_t>(tier)].held;
  const auto row = statement.bind(1, to_sql(first)).bind(2, to_sql(last)).step();
  const std::int64_t bytes = row && *row ? statement.integer(0) : 0;
  statement.reset();
  if (!row) return tl::make_unexpected(damage(row.error()));
  return from_sql(bytes);
}

Result<std::uint64_t> SqliteStore::erase(Tier tier, std::uint64_t first, std::uint64_t last) {
  if (auto begun = begin(); !begun) return tl::make_unexpected(begun.error());
  const auto bytes = held(tier, first, last);
  if (!bytes) return bytes;
  Statement& statement = writer_->tiers[static_cast<std::size_t>(tier)].erase;
  if (auto done = statement.bind(1, to_sql(first)).bind(2, to_sql(last)).run(); !done)
    return tl::make_unexpected(damage(done.error()));
  return bytes;
}

Status SqliteStore::commit() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  if (!(*w)->in_transaction) return {};
  if (auto counted = room_.committing(); !counted) return damage(counted);
  if (auto committed = (*w)->commit.run(); !committed) return damage(committed);
  room_.ended(true);
  (*w)->in_transaction = false;
  return {};
}

void SqliteStore::tidy() {
  if (!writer_ || writer_->in_transaction) return;
  // The changes are safe; a file that cannot be tidied now will another time.
  const Status done = room_.tidy();
  if (!done && !untidy_) log_.warn("the spool's file cannot be tidied: {}", done.error().message);
  untidy_ = !done;
}

void SqliteStore::rollback() {
  if (!writer_ || !writer_->in_transaction) return;
  writer_->in_transaction = false;
  room_.ended(false);
  // After some errors (a full disk, say) SQLite has rolled back by itself, and says so here.
  if (auto done = writer_->database.exec("ROLLBACK"); !done)
    log_.debug("rollback: {}", done.error().message);
}

Result<std::vector<StoredEntry>> SqliteStore::read(Tier tier, std::uint64_t from,
                                                   std::size_t bytes_max) {
  const std::lock_guard lock(reader_mutex_);
  if (!reader_) return fail(Errc::corrupt, "{} was damaged and could not be begun anew", path_);
  Statement& statement = reader_->tiers[static_cast<std::size_t>(tier)].read;
  statement.bind(1, to_sql(from));
  std::vector<StoredEntry> entries;
  std::size_t bytes = 0;
  for (;;) {
    const auto row = statement.step();
    bool more = row && *row;
    if (more) {
      bytes += record_of(statement).size();
      more = entries.empty() || bytes <= bytes_max;
      if (more) entries.push_back(entry_of(tier, statement));
    }
    if (more) continue;
    // An open statement would hold back the log's end.
    statement.reset();
    if (!row && entries.empty()) return tl::make_unexpected(damage(row.error()));
    return entries;
  }
}

Result<std::vector<EntryHead>> SqliteStore::heads(Tier tier, std::uint64_t from,
                                                  std::size_t entries_max) {
  const std::lock_guard lock(reader_mutex_);
  if (!reader_) return fail(Errc::corrupt, "{} was damaged and could not be begun anew", path_);
  Statement& statement = reader_->tiers[static_cast<std::size_t>(tier)].heads;
  statement.bind(1, to_sql(from)).bind(2, to_sql(entries_max));
  std::vector<EntryHead> heads;
  for (;;) {
    const auto row = statement.step();
    if (row && *row) {
      heads.push_back(head_of(statement));
      continue;
    }
    statement.reset();
    if (!row && heads.empty()) return tl::make_unexpected(damage(row.error()));
    return heads;
  }
}

Result<Room> SqliteStore::room() {
  const auto w = writer();
  if (!w) return tl::make_unexpected(w.error());
  return room_.room();
}

Status SqliteStore::recreate() {
  {
    const std::lock_guard lock(reader_mutex_);
    reader_.reset();
  }
  room_.detach();
  writer_.reset();
  if (auto done = room_.set_aside(); !done) return done;
  log_.error("the spool's damaged file is now {}.damaged", path_);
  return open();
}

Result<std::unique_ptr<SpoolStore>> open_sqlite_store(const std::string& path, Log log,
                                                      std::shared_ptr<StoreFiles> files) {
  auto store = std::make_unique<SqliteStore>(path, std::move(log), files);
  if (auto opened = store->start(); !opened)
    return fail_in(fmt::format("spool {}", path), opened.error());
  return store;
}

}  // namespace wayside::spool
