#pragma once

#include <memory>
#include <optional>
#include <string>

#include "spool/sqlite/budget.hpp"
#include "spool/sqlite/connections.hpp"
#include "spool/sqlite/files.hpp"

namespace wayside::spool {

/// Keeps the files of a store within its limit, and takes their room before it is needed: the log's
/// once, the database's a chunk at a time. So a disk that fills up stops the store where it can
/// still free old entries and write new ones in their place, and never in the midst of moving the
/// log into the database.
class StoreRoom {
 public:
  StoreRoom(std::string path, std::shared_ptr<StoreFiles> files)
      : path_(std::move(path)), files_(std::move(files)) {}

  /// For the connection that is attached, and later ones.
  [[nodiscard]] Status limit(std::uint64_t bytes);
  /// A writer was opened. It must not be moved while it is attached.
  [[nodiscard]] Status attach(Writer& writer);
  void detach() { writer_ = nullptr; }
  /// Renames what is damaged, and forgets an older one. No connection is open.
  [[nodiscard]] Status set_aside();

  [[nodiscard]] Result<Room> room();
  [[nodiscard]] std::uint64_t bytes_taken() const;

  /// The log has grown so far that it must be emptied before the next transaction.
  [[nodiscard]] bool log_is_full() const { return log_bytes() > full_log_bytes(); }
  [[nodiscard]] bool log_is_half_full() const { return log_bytes() > full_log_bytes() / 2; }
  /// Empties the log into the database: as far as that goes beside readers, or wholly, for which
  /// nobody may be reading. Errors: `full` where it could not and there is no room for more.
  [[nodiscard]] Status empty_log(bool wholly);

  /// A transaction has begun; is about to be committed; is over, however it ended.
  [[nodiscard]] Status begun();
  [[nodiscard]] Status committing();
  void ended(bool committed);
  /// It is to take an entry that takes so many bytes.
  [[nodiscard]] Status take(std::uint64_t bytes);
  /// Gives some free pages back where there are many, and takes what the log lacks.
  [[nodiscard]] Status tidy();

 private:
  [[nodiscard]] std::uint64_t log_bytes() const { return log_frames_ * frame_bytes; }
  [[nodiscard]] std::uint64_t full_log_bytes() const;
  struct Pages {
    std::uint64_t all = 0;
    std::uint64_t free = 0;
  };
  [[nodiscard]] Result<Pages> count_pages();
  [[nodiscard]] std::uint64_t in_chunks(std::uint64_t bytes) const;
  [[nodiscard]] Status allow(std::uint64_t pages);
  /// Makes the database's file as large as this. What is no room is no error.
  [[nodiscard]] Status grow(std::uint64_t bytes);
  [[nodiscard]] Result<std::uint64_t> file_bytes() const;
  /// As much of the log's room as is to be had.
  void allocate_log();
  /// All of it, once the disk has plenty.
  void complete_log();

  std::string path_;
  std::shared_ptr<StoreFiles> files_;
  Writer* writer_ = nullptr;
  std::uint64_t limit_ = 0;  ///< 0: none
  Budget budget_;
  std::uint64_t log_frames_ = 0;  ///< in use, by SQLite's hook
  std::uint64_t log_room_ = 0;    ///< bytes its file has
  bool log_is_short_ = false;     ///< there was no room for all of it
  bool no_room_ = false;          ///< for the database to grow
  std::uint64_t allowed_pages_ = 0;
  std::optional<Pages> pages_;        ///< as the last transaction left them
  std::optional<Pages> pages_after_;  ///< as this one will
  std::uint64_t file_bytes_ = 0;      ///< of the database, in a transaction
  std::uint64_t taken_bytes_ = 0;     ///< what a transaction needs, with what is there
};

}  // namespace wayside::spool
