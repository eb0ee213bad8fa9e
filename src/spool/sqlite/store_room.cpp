#include "spool/sqlite/store_room.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <algorithm>
#include <utility>

namespace wayside::spool {
namespace {

// Free pages are used again; beyond this, and half of the file, they go back to the file system, a
// few at a time.
constexpr std::uint64_t free_pages_kept = 1024;
constexpr std::uint64_t pages_returned_max = 128;
/// Inner nodes of the tables, and pages that say which are free, that a transaction may add.
constexpr std::uint64_t pages_beside = 16;
/// Of what is free on the disk the log takes at most so much ahead.
constexpr std::uint64_t log_share_of_disk = 2;
/// A log that is short is emptied when this part of it is used, and one transaction takes so much.
constexpr std::uint64_t short_log_share = 4;
constexpr std::uint64_t at_once_min = 64u << 10;
/// Of the limit, what a damaged database may take that stays for who wants to look at it.
constexpr std::uint64_t set_aside_share = 4;

}  // namespace

Status StoreRoom::limit(std::uint64_t bytes) {
  const std::string aside = path_ + ".damaged";
  std::uint64_t taken = files_->size(aside) + files_->size(aside + "-wal");
  if (taken > bytes / set_aside_share) {
    for (const char* suffix : {"", "-wal"})
      if (auto removed = files_->remove(aside + suffix); !removed) return removed;
    taken = 0;
  }
  const auto budget = share_out(bytes, taken);
  if (!budget) return tl::make_unexpected(budget.error());
  limit_ = bytes;
  budget_ = *budget;
  return writer_ != nullptr ? attach(*writer_) : Status{};
}

Status StoreRoom::attach(Writer& writer) {
  writer_ = &writer;
  pages_.reset();
  allowed_pages_ = 0;
  no_room_ = false;
  sqlite3* handle = writer.database.handle();
  sqlite3_wal_hook(
      handle,
      [](void* room, sqlite3*, const char*, int frames) {
        static_cast<StoreRoom*>(room)->log_frames_ = static_cast<std::uint64_t>(frames);
        return SQLITE_OK;
      },
      this);
  if (limit_ == 0) return {};
  int chunk = static_cast<int>(budget_.chunk_bytes);
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
  // An earlier run may have died before the room it took was on stable storage. Nothing can be
  // written where this fails.
  if (const auto has = file_bytes()) static_cast<void>(files_->allocate(path_, in_chunks(*has)));
  // What it left in the log counts from the start.
  if (auto emptied = empty_log(false); !emptied && emptied.error().code == Errc::corrupt)
    return emptied;
  allocate_log();
  return allow(budget_.database_bytes / page_bytes);
}

Status StoreRoom::set_aside() {
  detach();
  files_->release();
  log_frames_ = 0;
  for (const char* suffix : {"", "-wal"}) {
    const std::string to = path_ + ".damaged" + suffix;
    if (auto removed = files_->remove(to); !removed) return removed;
    if (auto renamed = files_->rename(path_ + suffix, to); !renamed) return renamed;
  }
  static_cast<void>(files_->remove(path_ + "-shm"));  // SQLite makes it again
  return limit_ != 0 ? limit(limit_) : Status{};
}

void StoreRoom::allocate_log() {
  const std::string log = path_ + "-wal";
  const std::uint64_t has = files_->size(log);
  std::uint64_t wanted = budget_.log_bytes;
  if (const auto available = files_->available(path_))
    wanted = std::min(wanted, has + *available / log_share_of_disk / page_bytes * page_bytes);
  // Without it the log grows as it is needed, while there is room.
  if (wanted > has) static_cast<void>(files_->allocate(log, wanted));
  log_room_ = files_->size(log);
  log_is_short_ = log_room_ < budget_.log_bytes;
}

void StoreRoom::complete_log() {
  const auto available = files_->available(path_);
  if (!available || *available / log_share_of_disk + log_room_ >= budget_.log_bytes) allocate_log();
}

std::uint64_t StoreRoom::full_log_bytes() const {
  return log_is_short_ ? std::min(budget_.checkpoint_bytes, log_room_ / short_log_share)
                       : budget_.checkpoint_bytes;
}

std::uint64_t StoreRoom::in_chunks(std::uint64_t bytes) const {
  return (bytes + budget_.chunk_bytes - 1) / budget_.chunk_bytes * budget_.chunk_bytes;
}

Status StoreRoom::allow(std::uint64_t pages) {
  if (pages == allowed_pages_) return {};
  allowed_pages_ = pages;
  return writer_->database.exec(fmt::format("PRAGMA max_page_count={}", pages));
}

Result<std::uint64_t> StoreRoom::file_bytes() const {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(writer_->database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  sqlite3_int64 bytes = 0;
  if (file == nullptr || file->pMethods == nullptr ||
      file->pMethods->xFileSize(file, &bytes) != SQLITE_OK)
    return fail(Errc::io, "cannot tell how large {} is", path_);
  return from_sql(bytes);
}

Result<StoreRoom::Pages> StoreRoom::count_pages() {
  const auto all = single_value(writer_->pages);
  if (!all) return tl::make_unexpected(all.error());
  const auto free = single_value(writer_->free_pages);
  if (!free) return tl::make_unexpected(free.error());
  return Pages{from_sql(*all), std::min(from_sql(*free), from_sql(*all))};
}

Result<Room> StoreRoom::room() {
  // Asking SQLite takes and frees a lock each time, but in a transaction; nobody else changes it.
  if (!pages_) {
    const auto pages = count_pages();
    if (!pages) return tl::make_unexpected(pages.error());
    pages_ = *pages;
  }
  Room room;
  room.used = (pages_->all - pages_->free) * page_bytes;
  room.max = budget_.database_bytes;
  if (log_is_short_) room.at_once = std::max(log_room_ / short_log_share, at_once_min);
  if (!no_room_) return room;
  // There may be room again.
  const auto has = file_bytes();
  if (!has) return tl::make_unexpected(has.error());
  if (auto grown = grow(std::min(*has + budget_.chunk_bytes, budget_.database_bytes)); !grown)
    return tl::make_unexpected(grown.error());
  if (no_room_) room.max = std::min(*has, room.max);
  return room;
}

std::uint64_t StoreRoom::bytes_taken() const {
  std::uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal", "-shm", ".damaged", ".damaged-wal"})
    bytes += files_->size(path_ + suffix);
  return bytes;
}

Status StoreRoom::empty_log(bool wholly) {
  int in_log = 0;
  int done = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      writer_->database.handle(), "main",
      wholly ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
  if (in_log >= 0) log_frames_ = static_cast<std::uint64_t>(in_log);
  if (code == SQLITE_OK && wholly) log_frames_ = 0;
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  const char* text = sqlite3_errmsg(writer_->database.handle());
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(Errc::corrupt, "sqlite: {}", text);
    case SQLITE_FULL:
      return fail(Errc::full, "sqlite: {}", text);
    default:
      return fail(Errc::io, "sqlite: {}", text);
  }
}

Status StoreRoom::grow(std::uint64_t bytes) {
  const auto has = file_bytes();
  if (!has) return tl::make_unexpected(has.error());
  file_bytes_ = *has;
  if (bytes > *has) {
    sqlite3_int64 hint = to_sql(bytes);
    const int code =
        sqlite3_file_control(writer_->database.handle(), "main", SQLITE_FCNTL_SIZE_HINT, &hint);
    no_room_ = code != SQLITE_OK;
    const auto now = file_bytes();
    if (!now) return tl::make_unexpected(now.error());
    // Of a chunk that did not fit whole, some may be there.
    file_bytes_ = *now;
  }
  const std::uint64_t pages = (no_room_ ? file_bytes_ : budget_.database_bytes) / page_bytes;
  return allow(pages);
}

Status StoreRoom::begun() {
  if (limit_ == 0) return {};
  const auto now = room();
  if (!now) return tl::make_unexpected(now.error());
  taken_bytes_ = now->used + pages_beside * page_bytes;
  const auto has = file_bytes();
  if (!has) return tl::make_unexpected(has.error());
  file_bytes_ = *has;
  return {};
}

Status StoreRoom::committing() {
  const auto pages = count_pages();
  if (!pages) return tl::make_unexpected(pages.error());
  pages_after_ = *pages;
  return {};
}

void StoreRoom::ended(bool committed) {
  pages_ = committed ? std::exchange(pages_after_, {}) : std::nullopt;
}

Status StoreRoom::take(std::uint64_t bytes) {
  taken_bytes_ += bytes;
  if (limit_ == 0 || no_room_) return {};
  const std::uint64_t wanted = std::min(taken_bytes_, budget_.database_bytes);
  return wanted > file_bytes_ ? grow(wanted) : Status{};
}

Status StoreRoom::tidy() {
  if (limit_ == 0) return {};
  if (log_is_short_ && !no_room_) complete_log();
  if (log_is_half_full())
    if (auto emptied = empty_log(false); !emptied) return emptied;
  const auto now = room();
  if (!now) return tl::make_unexpected(now.error());
  if (pages_->free <= free_pages_kept || pages_->free <= pages_->all / 2) return {};
  pages_.reset();
  return writer_->database.exec(
      fmt::format("PRAGMA incremental_vacuum({})",
                  std::min(pages_returned_max, budget_.checkpoint_bytes / page_bytes / 8)));
}

}  // namespace wayside::spool
